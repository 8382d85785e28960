"""Scorecards: the figures of one model on the queries of one split."""

from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation
from scipy.sparse import csr_array

from next_song import metrics
from next_song.metrics import Values
from next_song.parameters import Protocol
from next_song.queries import Queries, queries_of
from next_song.ranking import Model, ranks, top_k
from next_song.song_space import Ints
from next_song.uncertainty import bootstrap, interval


def held_out(playlists: DuckDBPyRelation, split: str, protocol: Protocol) -> Queries:
    """The queries that the protocol asks of a split of the `playlists` table, in its order."""
    songs, offsets, first_targets = lists(playlists, split)
    return queries_of(songs, offsets, first_targets, protocol.targets)


def validation(playlists: DuckDBPyRelation, protocol: Protocol) -> Queries:
    """The queries that models are chosen by: all of validation, or a sample."""
    queries = held_out(playlists, "validation", protocol)
    return queries.sample(protocol.max_validation_queries, protocol.seed)


def lists(playlists: DuckDBPyRelation, split: str) -> tuple[Any, Ints, Ints]:
    """Playlists of a split, as `queries_of` takes them: songs, offsets and first targets."""
    part = playlists.filter(f"split = '{split}'").select("songs, first_target")
    table = part.to_arrow_table().combine_chunks()
    songs = table["songs"].combine_chunks()
    return (
        songs.values.to_numpy(zero_copy_only=False),
        songs.offsets.to_numpy(zero_copy_only=False).astype(np.int64),
        table["first_target"].to_numpy().astype(np.int64),
    )


def training_plays(songs: DuckDBPyRelation) -> Ints:
    """Plays in training of every song that has any, (n,) int64 by song number."""
    counts = songs.filter("plays > 0").order("song").select("plays").fetchnumpy()["plays"]
    return np.ascontiguousarray(counts, dtype=np.int64)


def follower_rates(followers: DuckDBPyRelation) -> csr_array:
    """The `followers` table as a matrix: rates by song and follower, (m, m) float32.

    m is one more than the highest number in it. The table goes by song, then by follower.
    """
    table = followers.fetchnumpy()
    songs = max(int(table[name].max(initial=-1)) for name in ("song", "follower")) + 1
    starts = np.searchsorted(table["song"], np.arange(songs + 1))
    return csr_array((table["rate"], table["follower"], starts), shape=(songs, songs))


def figures(model: Model, queries: Queries, protocol: Protocol) -> dict[str, Any]:
    """Each metric at each k, with its 95 % interval.

    `{"queries": .., "unknown": .., "hit_rate": {"10": .., "20": ..}, "mrr": .., "ndcg": ..,
    "interval": {"hit_rate": {"10": [low, high], ..}, ..}}`; unknown is the share of queries
    without a song that the model knows.
    """
    return rank_figures(ranks(model, queries, protocol.scores_mib), queries, protocol) | {
        "unknown": unknown_share(queries, len(model))
    }


def rank_figures(places: Ints, queries: Queries, protocol: Protocol) -> dict[str, Any]:
    """What `figures` gives, from the ranks of the targets."""
    names = [(name, k) for name in metrics.METRICS for k in protocol.k]
    values = np.stack([metrics.METRICS[name](places, k) for name, k in names], axis=1)
    low, high = interval(bootstrap(values, queries.histories.starts, protocol.seed))
    card: dict[str, Any] = {"queries": len(queries), "interval": {}}
    for column, (name, k) in enumerate(names):
        card.setdefault(name, {})[str(k)] = float(values[:, column].mean())
        bounds = [float(low[column]), float(high[column])]
        card["interval"].setdefault(name, {})[str(k)] = bounds
    return card


def compare(one: Values, other: Values, queries: Queries, seed: int) -> dict[str, float]:
    """How much larger the mean of one model's values is than another's, on the same queries.

    Gives the difference and its 95 % interval; more than chance if `low` is above 0. A single
    playlist says nothing of chance: its interval is all that is possible.
    """
    apart, playlists = (one - other)[:, None], queries.histories.starts
    low, high = interval(bootstrap(apart, playlists, seed))[:, 0]
    if (playlists == playlists[0]).all():
        low, high = -1, 1
    return {"difference": float(apart.mean()), "low": float(low), "high": float(high)}


def answer_figures(
    model: Model, queries: Queries, protocol: Protocol, plays: Ints
) -> dict[str, dict[str, float]]:
    """What is answered, at each k: how many of all songs, how unequally, how well known."""
    answers, _ = top_k(
        model, queries.histories, min(max(protocol.k), len(model)), protocol.scores_mib
    )
    return {
        "coverage": {str(k): metrics.coverage(answers[:, :k], len(plays)) for k in protocol.k},
        "gini": {str(k): metrics.gini(answers[:, :k], len(plays)) for k in protocol.k},
        "popularity": {str(k): metrics.mean_popularity(answers[:, :k], plays) for k in protocol.k},
    }


def unknown_share(queries: Queries, songs: int) -> float:
    """Share of the queries without a song in their history that is among the first so many."""
    rows, history = queries.histories.flat()
    known = np.bincount(rows[history < songs], minlength=len(queries)) > 0
    return float(np.mean(~known))
