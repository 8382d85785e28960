"""Tables of the catalog, read as the arrays that retrieval and evaluation work on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import Protocol
from next_song.retrieval.definition import COUNTS
from next_song.retrieval.queries import Queries, queries_of
from next_song.retrieval.song_pairs import RATES, SongPairs
from next_song.retrieval.song_space import Floats, Ints


def held_out(playlists: DuckDBPyRelation, split: str, protocol: Protocol) -> Queries:
    """Returns the queries of a split under the protocol, in the order of `playlists`."""
    songs, offsets, first_targets = split_songs(playlists, split)
    return queries_of(songs, offsets, first_targets, protocol.targets)


def validation(playlists: DuckDBPyRelation, protocol: Protocol) -> Queries:
    """Returns the queries that compare candidates: all of validation, or a sample of them."""
    queries = held_out(playlists, "validation", protocol)
    return queries.sample(protocol.max_validation_queries, protocol.seed)


def split_songs(playlists: DuckDBPyRelation, split: str) -> tuple[Any, Ints, Ints]:
    """Returns the playlists of a split as arguments of `queries_of`.

    These are songs (m,) int32, offsets (p + 1,) int64 and first targets (p,) int64.
    """
    part = playlists.filter(f"split = '{split}'").select("songs, first_target")
    table = part.to_arrow_table().combine_chunks()
    songs = table["songs"].combine_chunks()
    return (
        songs.values.to_numpy(),
        songs.offsets.to_numpy().astype(np.int64),
        table["first_target"].to_numpy().astype(np.int64),
    )


def training_plays(songs: DuckDBPyRelation) -> Ints:
    """Returns the plays in training of every song that has any, (n,) int64 by song number."""
    counts = songs.filter("plays > 0").order("song").select("plays").fetchnumpy()["plays"]
    return np.ascontiguousarray(counts, dtype=np.int64)


def most_plays(songs: DuckDBPyRelation) -> int:
    """Returns the plays in training of the most played song, 0 without any."""
    (most,) = songs.aggregate("coalesce(max(plays), 0)").fetchall()[0]
    return int(most)


def former_numbers(former: DuckDBPyRelation, songs: DuckDBPyRelation) -> Ints:
    """Returns the number that each song had in another table of songs, (n,) int64; -1 for none.

    A song that has no plays in training there had none.
    """
    found = sql.query(__package__, "former_numbers", former_songs=former, present_songs=songs)
    numbers: Ints = found.fetchnumpy()["former"].astype(np.int64)
    return numbers


def song_counts(songs: DuckDBPyRelation) -> Floats:
    """Returns recent plays and late plays, (2, m) float32: a column for each song number."""
    table = songs.order("song").select(", ".join(COUNTS)).fetchnumpy()
    counts: Floats = np.stack([table[name] for name in COUNTS]).astype(np.float32)
    return counts


def artists_of(names: Sequence[str | None]) -> tuple[list[str], Ints]:
    """Returns the names of artists, and the number of each song's artist, (m,) int64.

    names: that of each song. Name 0, NO_ARTIST, is "", for a song without one. So is a name with a
    line break, since an exported model holds its names as lines.
    """
    lines = [name if name and not {"\n", "\r"} & set(name) else "" for name in names]
    found = sorted({"", *lines})  # NumPy would give each text the room of the longest
    number = {name: place for place, name in enumerate(found)}
    return found, np.array([number[name] for name in lines], np.int64)


def pairs_of(song_pairs: DuckDBPyRelation) -> SongPairs:
    """Returns the table `song_pairs`, which is ordered by song, then other song."""
    table = song_pairs.fetchnumpy()
    songs = int(table["song"].max(initial=-1)) + 1
    starts = np.searchsorted(table["song"], np.arange(songs + 1))
    rates = tuple(np.ascontiguousarray(table[rate]) for rate in RATES)
    return SongPairs(starts, np.ascontiguousarray(table["other"]), rates)
