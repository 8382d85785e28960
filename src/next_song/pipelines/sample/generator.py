"""Generates playlists as DuckDB tables: NumPy draws numbers, SQL makes names and lines."""

from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from next_song import sql
from next_song.parameters import Sample
from next_song.pipelines.sample.faults import PlayFault, SongFault, spread_faults
from next_song.pipelines.sample.library import Library, build_library
from next_song.pipelines.sample.names import (
    ENGLISH,
    code_artists,
    code_titles,
    invent_words,
    pool_playlist_names,
)
from next_song.pipelines.sample.playlists import draw_heads, draw_routes
from next_song.pipelines.sample.walk import Routes, walk

Columns = dict[str, NDArray[Any]]
# Limits the memory of a walk: about 200 MB at a mean length of 66.
PLAYLISTS_AT_ONCE = 10_000


def create_tables(connection: duckdb.DuckDBPyConnection, sample: Sample) -> None:
    """Fills the temporary tables fake_playlists, fake_plays and fake_songs, which lines.sql reads.

    It replaces the tables of an earlier call.
    """
    rng = np.random.default_rng([sample.seed, 0])
    library = build_library(sample, rng)
    words = invent_words(rng)
    names = pool_playlist_names(words, rng)
    heads = draw_heads(sample, len(names), rng)
    store(connection, "fake_english", number_texts(list(ENGLISH)))
    store(connection, "fake_invented", number_texts(words))
    store(connection, "fake_names", number_texts(names))
    store(connection, "fake_heads", heads)
    create_plays(connection, sample, library, draw_routes(sample, heads["fault"], rng))
    create_songs(connection, sample, library, rng)
    create(connection, "fake_playlists", sql.text(__package__, "playlists"), {"seed": sample.seed})
    connection.execute("insert into fake_plays values (0, -1, -1, 0)")  # the header: see lines.sql


def create_plays(
    connection: duckdb.DuckDBPyConnection, sample: Sample, library: Library, routes: Routes
) -> None:
    """Fills fake_plays, one row per play in file order from 1, 10,000 playlists at a time."""
    columns = "play bigint, playlist integer, song integer, fault utinyint"
    connection.execute(f"create or replace temp table fake_plays ({columns})")
    plays = 0
    for first in range(0, sample.playlists, PLAYLISTS_AT_ONCE):
        rng = np.random.default_rng([sample.seed, 1, first])
        part = slice(first, first + PLAYLISTS_AT_ONCE)
        playlist, song = walk(library, routes[part], sample.noise, rng)
        faults = spread_faults(PlayFault, len(song), sample.dirty, rng)
        copies = np.where(faults == PlayFault.REPEATED, 2, 1)
        rows: Columns = {
            "play": plays + 1 + np.arange(copies.sum()),
            "playlist": np.repeat(playlist + first, copies),
            "song": np.repeat(song, copies),
            "fault": np.repeat(faults, copies),
        }
        plays += int(copies.sum())
        register(connection, rows)
        connection.execute("insert into fake_plays from fake_columns")
    connection.unregister("fake_columns")


def create_songs(
    connection: duckdb.DuckDBPyConnection,
    sample: Sample,
    library: Library,
    rng: np.random.Generator,
) -> None:
    """Fills fake_songs; only songs that are played get faults."""
    query = "select distinct song from fake_plays order by song"
    played = connection.execute(query).fetchnumpy()["song"]
    faults = np.zeros(sample.songs, dtype=np.uint8)
    faults[played] = spread_faults(SongFault, len(played), sample.dirty, rng)
    titles = code_titles(library.artist_of, library.track, rng)
    songs = {"song": np.arange(sample.songs), "artist": library.artist_of, "fault": faults}
    store(connection, "fake_artist_codes", code_artists(sample.artists, rng))
    store(connection, "fake_song_codes", songs | titles)
    create(connection, "fake_artists", sql.text(__package__, "artists"))
    create(connection, "fake_songs", sql.text(__package__, "songs"))


def number_texts(texts: list[str]) -> Columns:
    """Returns the columns number, from 0, and text."""
    return {"number": np.arange(len(texts)), "text": np.array(texts, dtype=object)}


def register(connection: duckdb.DuckDBPyConnection, columns: Columns) -> None:
    """Registers columns as fake_columns; DuckDB documents that it reads a dict of arrays."""
    connection.register("fake_columns", columns)


def store(connection: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    """Creates or replaces a temporary table from columns."""
    register(connection, columns)
    create(connection, table, "from fake_columns")
    connection.unregister("fake_columns")


def create(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    parameters: dict[str, object] | None = None,
) -> None:
    """Creates or replaces a temporary table from a query."""
    connection.execute(f"create or replace temp table {table} as {query}", parameters or {})
