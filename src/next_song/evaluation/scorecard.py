"""Scorecards: the metrics of one model on the queries of one split."""

from typing import Any

import numpy as np

from next_song.evaluation import metrics
from next_song.evaluation.metrics import Values
from next_song.evaluation.uncertainty import interval
from next_song.parameters import Protocol
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import Model, top_k
from next_song.retrieval.song_space import Ints


def rank_figures(
    target_ranks: Ints, queries: Queries, protocol: Protocol, songs: int, looks: int = 1
) -> dict[str, Any]:
    """Returns each metric at each k, with its 95 % interval, from the ranks of the targets.

    songs: how many the model knows. looks: see `uncertainty.level`. The form is `{"queries": ..,
    "unknown": .., "hit_rate": {"10": .., "20": ..}, "mrr": .., "ndcg": .., "interval": {"hit_rate":
    {"10": [low, high], ..}, ..}}`. unknown is the share of queries whose history has no song that
    the model knows.
    """
    names = [(name, k) for name in metrics.METRICS for k in protocol.k]
    values = np.stack([metrics.METRICS[name](target_ranks, k) for name, k in names], axis=1)
    low, high = interval(values, queries.histories.starts, protocol.seed, looks=looks)
    unknown = unknown_share(queries, songs)
    card: dict[str, Any] = {"queries": len(queries), "unknown": unknown, "interval": {}}
    for column, (name, k) in enumerate(names):
        card.setdefault(name, {})[str(k)] = float(values[:, column].mean())
        bounds = [float(low[column]), float(high[column])]
        card["interval"].setdefault(name, {})[str(k)] = bounds
    return card


def compare(
    values: Values, others: Values, queries: Queries, seed: int, looks: int = 1
) -> dict[str, float]:
    """Returns the difference of two models' means on the same queries, with its 95 % interval.

    The first model is better beyond chance if `low` is above 0, which takes at least six playlists;
    one playlist alone has the widest interval. looks: see `uncertainty.level`.
    """
    apart, playlists = (values - others)[:, None], queries.histories.starts
    low, high = interval(apart, playlists, seed, (-1, 1), looks)[:, 0]
    if (playlists == playlists[0]).all():
        low, high = -1, 1
    return {"difference": float(apart.mean()), "low": float(low), "high": float(high)}


def answer_figures(
    model: Model, queries: Queries, protocol: Protocol, plays: Ints
) -> dict[str, dict[str, float]]:
    """Returns coverage, Gini index and mean popularity of the answers, at each k."""
    answers, _ = top_k(
        model, queries.histories, min(max(protocol.k), len(model)), protocol.scores_mib
    )
    return {
        "coverage": {str(k): metrics.coverage(answers[:, :k], len(plays)) for k in protocol.k},
        "gini": {str(k): metrics.gini(answers[:, :k], len(plays)) for k in protocol.k},
        "popularity": {str(k): metrics.mean_popularity(answers[:, :k], plays) for k in protocol.k},
    }


def unknown_share(queries: Queries, songs: int) -> float:
    """Returns the share of queries whose history has none of the first `songs` songs."""
    return float(np.mean(queries.histories.known(songs) == 0))
