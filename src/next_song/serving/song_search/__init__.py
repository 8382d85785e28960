"""Finding songs in a songs table by what a person types."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from duckdb import DuckDBPyRelation

from next_song import sql


class Song(NamedTuple):
    """A song as people know it: its id, and `artist - title` or what there is of it."""

    song_id: str
    name: str


def find(songs: DuckDBPyRelation, texts: Sequence[str]) -> dict[str, Song]:
    """The song that each text names: by its id or, in any case, by "artist - title".

    The most played of several; a text that names none is left out.
    """
    rows = _query("find", songs, texts=list(texts)).fetchall()
    return {text: Song(*song) for text, *song in rows}


def nearest(songs: DuckDBPyRelation, text: str, most: int = 3) -> list[Song]:
    """The songs whose names or ids are spelled most like the text, best first."""
    return _run("nearest", songs, text)[:most]


def search(songs: DuckDBPyRelation, text: str, most: int = 20) -> list[Song]:
    """The songs whose names hold the text, in any case, most played first."""
    return _run("search", songs, text)[:most]


def names(songs: DuckDBPyRelation, song_ids: list[str]) -> dict[str, str]:
    """The name of each id that the table has."""
    return dict(_query("names", songs, song_ids=song_ids).fetchall())


def _run(name: str, songs: DuckDBPyRelation, text: str) -> list[Song]:
    # a hundred are plenty to choose from; a lazy limit keeps the rest out of Python
    return [Song(*row) for row in _query(name, songs, text=text).limit(100).fetchall()]


def _query(name: str, songs: DuckDBPyRelation, **params: Any) -> DuckDBPyRelation:
    named = sql.query(__package__, "named", songs=songs)
    return sql.query(__package__, name, params, named=named)
