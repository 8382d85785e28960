"""How good rankings are. Ranks are those of `next_song.retrieval.ranks`: 0 for the best."""

import numpy as np

from next_song.song_space import Ints


def hit_rate(ranks: Ints, k: int) -> float:
    """Share of the targets that are among the first k answers."""
    return float(np.mean(ranks < k))


def mrr(ranks: Ints, k: int) -> float:
    """Mean of 1 / place among the first k answers, first place 1; 0 where it is not among them.

    Mean reciprocal rank: Voorhees, TREC-8 Question Answering Track Report, 1999.
    """
    return float(np.mean(np.where(ranks < k, 1 / (np.minimum(ranks, k) + 1), 0)))


def ndcg(ranks: Ints, k: int) -> float:
    """Mean of 1 / log2(place + 1) among the first k answers; 0 where it is not among them.

    Normalised discounted cumulative gain with one relevant song: Järvelin and Kekäläinen, 2002.
    """
    return float(np.mean(np.where(ranks < k, 1 / np.log2(np.minimum(ranks, k) + 2), 0)))


def coverage(answers: Ints, songs: int) -> float:
    """Share of all songs that some answer holds. answers: (q, k) song numbers, -1 for none."""
    return float(len(np.unique(answers[answers >= 0])) / songs)


METRICS = {"hit_rate": hit_rate, "mrr": mrr, "ndcg": ndcg}
