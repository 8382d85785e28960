"""Metrics of rankings, from the ranks of `next_song.retrieval.ranking.ranks`: 0 is the best.

Each function of METRICS returns one value per query; the metric of a model is their mean.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.song_space import Ints

Values = NDArray[np.float64]


def hit_rate(ranks: Ints, k: int) -> Values:
    """Returns 1 for each target among the first k answers, else 0."""
    return (ranks < k).astype(np.float64)


def mrr(ranks: Ints, k: int) -> Values:
    """Returns 1 / (rank + 1) for each target among the first k answers, else 0.

    Mean reciprocal rank: Voorhees, TREC-8 Question Answering Track Report, 1999.
    """
    return np.where(ranks < k, 1 / (np.minimum(ranks, k) + 1), 0)


def ndcg(ranks: Ints, k: int) -> Values:
    """Returns 1 / log2(rank + 2) for each target among the first k answers, else 0.

    Normalised discounted cumulative gain with one relevant song: Järvelin and Kekäläinen, 2002.
    """
    return np.where(ranks < k, 1 / np.log2(np.minimum(ranks, k) + 2), 0)


METRICS = {"hit_rate": hit_rate, "mrr": mrr, "ndcg": ndcg}


@dataclass(frozen=True)
class Metric:
    """A metric over the first k answers, such as the one that chooses. name: one of METRICS."""

    name: str
    k: int

    def __str__(self) -> str:
        """Returns what columns of tables call it, such as `hit_rate@20`."""
        return f"{self.name}@{self.k}"

    def values(self, ranks: Ints) -> Values:
        """Returns its value for each query, (q,), from the ranks of the targets, (q,)."""
        return METRICS[self.name](ranks, self.k)

    def mean(self, card: dict[str, Any]) -> float:
        """Returns the mean that a scorecard has."""
        return float(card[self.name][str(self.k)])


def coverage(answers: Ints, songs: int) -> float:
    """Returns the share of songs that are in any answer. answers: (q, k) numbers, -1 for none."""
    return float(len(np.unique(answers[answers >= 0])) / songs)


def gini(answers: Ints, songs: int) -> float:
    """Returns the Gini index of answers: 0 if all songs are equally frequent, near 1 if one is.

    It counts all songs, including those that are never answered, as in Castells, Hurley and
    Vargas, Recommender Systems Handbook, 2022.
    """
    counts = np.sort(np.bincount(answers[answers >= 0], minlength=songs))
    ranks = 2 * np.arange(1, songs + 1) - songs - 1
    return float((ranks * counts).sum() / (songs * max(counts.sum(), 1)))


def mean_popularity(answers: Ints, plays: Ints) -> float:
    """Returns the mean number of training plays of the songs in the answers."""
    return float(plays[answers[answers >= 0]].mean()) if (answers >= 0).any() else 0.0
