"""Finds songs in a songs table by the text that a person types."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from duckdb import DuckDBPyRelation

from next_song import sql


class Song(NamedTuple):
    """A song: its id, and its name, `artist - title` or the part of it that the table has."""

    song_id: str
    name: str


def find(songs: DuckDBPyRelation, texts: Sequence[str]) -> dict[str, Song]:
    """Returns the song that each text names, by its id or, ignoring case, by "artist - title".

    If a text names several songs, it gets the most played one. A text that names none is left out.
    """
    rows = _query("find", songs, texts=list(texts)).fetchall()
    return {text: Song(*song) for text, *song in rows}


def nearest(songs: DuckDBPyRelation, text: str, most: int = 3) -> list[Song]:
    """Returns the songs with the names or ids most similar in spelling, best first."""
    return _run("nearest", songs, text)[:most]


def search(songs: DuckDBPyRelation, text: str, most: int = 20) -> list[Song]:
    """Returns the songs whose names or ids contain the text, ignoring case, most played first."""
    return _run("search", songs, text)[:most]


def names(songs: DuckDBPyRelation, song_ids: list[str]) -> dict[str, str]:
    """Returns the name of each id that the table has."""
    return dict(_query("names", songs, song_ids=song_ids).fetchall())


def named(songs: DuckDBPyRelation) -> DuckDBPyRelation:
    """Returns the number, the id and the name of each song: song, song_id, name, in order."""
    return sql.query(__package__, "named", songs=songs)


def _run(name: str, songs: DuckDBPyRelation, text: str) -> list[Song]:
    # a hundred are enough to choose from; the lazy limit keeps the rest out of Python
    return [Song(*row) for row in _query(name, songs, text=text).limit(100).fetchall()]


def _query(name: str, songs: DuckDBPyRelation, **params: Any) -> DuckDBPyRelation:
    return sql.query(__package__, name, params, named=named(songs))
