"""How good rankings are. Ranks are those of `next_song.retrieval.ranking.ranks`: 0 for the best.

Each of METRICS gives a value for each query; a figure is the mean of them.
"""

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.song_space import Ints

Values = NDArray[np.float64]


def hit_rate(ranks: Ints, k: int) -> Values:
    """1 where the target is among the first k answers, else 0."""
    return (ranks < k).astype(np.float64)


def mrr(ranks: Ints, k: int) -> Values:
    """1 / place among the first k answers, first place 1; 0 where it is not among them.

    Mean reciprocal rank: Voorhees, TREC-8 Question Answering Track Report, 1999.
    """
    return np.where(ranks < k, 1 / (np.minimum(ranks, k) + 1), 0)


def ndcg(ranks: Ints, k: int) -> Values:
    """1 / log2(place + 1) among the first k answers; 0 where it is not among them.

    Normalised discounted cumulative gain with one relevant song: Järvelin and Kekäläinen, 2002.
    """
    return np.where(ranks < k, 1 / np.log2(np.minimum(ranks, k) + 2), 0)


METRICS = {"hit_rate": hit_rate, "mrr": mrr, "ndcg": ndcg}


def coverage(answers: Ints, songs: int) -> float:
    """Share of all songs that some answer holds. answers: (q, k) song numbers, -1 for none."""
    return float(len(np.unique(answers[answers >= 0])) / songs)


def gini(answers: Ints, songs: int) -> float:
    """How unequally songs are answered: 0 if all equally often, near 1 if only one of many.

    The Gini index over all songs, those never answered too, as in Castells, Hurley and Vargas,
    Recommender Systems Handbook, 2022.
    """
    counts = np.sort(np.bincount(answers[answers >= 0], minlength=songs))
    ranks = 2 * np.arange(1, songs + 1) - songs - 1
    return float((ranks * counts).sum() / (songs * max(counts.sum(), 1)))


def mean_popularity(answers: Ints, plays: Ints) -> float:
    """Mean of the plays in training of the songs that are answered."""
    return float(plays[answers[answers >= 0]].mean()) if (answers >= 0).any() else 0.0
