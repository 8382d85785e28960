"""Scorecards: the figures of one model on the queries of one split."""

from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation
from scipy.sparse import coo_array, csr_array

from next_song import metrics
from next_song.parameters import Protocol, Retrieval
from next_song.queries import Queries, queries_of
from next_song.retrieval import Index, build_index, encode, ranks, top_k
from next_song.song_space import Ints, SongSpace


def held_out(playlists: DuckDBPyRelation, split: str, protocol: Protocol) -> Queries:
    """The queries that the protocol asks of a split of the `playlists` table, in its order."""
    part = playlists.filter(f"split = '{split}'").select("songs, first_target")
    table = part.to_arrow_table().combine_chunks()
    songs = table["songs"].combine_chunks()
    return queries_of(
        songs.values.to_numpy(zero_copy_only=False),
        songs.offsets.to_numpy(zero_copy_only=False).astype(np.int64),
        table["first_target"].to_numpy().astype(np.int64),
        protocol.targets,
    )


def training_plays(songs: DuckDBPyRelation) -> Ints:
    """Plays in training of every song that has any, (n,) int64 by song number."""
    counts = songs.filter("plays > 0").order("song").select("plays").fetchnumpy()["plays"]
    return np.ascontiguousarray(counts, dtype=np.int64)


def follower_rates(followers: DuckDBPyRelation) -> csr_array:
    """The `followers` table as a matrix: rates by song and follower, (m, m) float32.

    m is one more than the highest number in it.
    """
    table = followers.fetchnumpy()
    songs = max(int(table[name].max(initial=-1)) for name in ("song", "follower")) + 1
    rates = (table["rate"], (table["song"], table["follower"]))
    return csr_array(coo_array(rates, shape=(songs, songs), dtype=np.float32))


def popularity_index(plays: Ints, repeats: bool) -> Index:
    """The popularity baseline: vectors of zeros, so that ln(plays) alone decides."""
    nothing = np.zeros((len(plays), 1), np.float32)
    retrieval = Retrieval(decay=0, target="input", popularity=1, followers=0, repeats=repeats)
    return build_index(SongSpace(nothing, nothing, plays), csr_array((0, 0)), retrieval)


def figures(index: Index, queries: Queries, ks: list[int]) -> dict[str, Any]:
    """Number of queries, share of them without a known song, and each metric at each k."""
    _, known = encode(index, queries.histories)
    return {"queries": len(queries), "unknown": float(np.mean(~known))} | rank_figures(
        ranks(index, queries), ks
    )


def rank_figures(places: Ints, ks: list[int]) -> dict[str, dict[str, float]]:
    """Each metric at each k: `{"hit_rate": {"1": .., "10": ..}, "mrr": ...}`."""
    return {
        name: {str(k): metric(places, k) for k in ks} for name, metric in metrics.METRICS.items()
    }


def coverage_figures(
    index: Index, queries: Queries, ks: list[int], songs: int
) -> dict[str, dict[str, float]]:
    """Share of all songs that are among the first k answers to some query, at each k."""
    answers, _ = top_k(index, queries.histories, min(max(ks), len(index)))
    return {"coverage": {str(k): metrics.coverage(answers[:, :k], songs) for k in ks}}
