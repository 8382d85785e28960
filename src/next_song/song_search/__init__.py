"""Finding songs in a songs table by what a person types."""

from typing import Any, NamedTuple

from duckdb import DuckDBPyRelation

from next_song import sql


class Song(NamedTuple):
    """A song as people know it: its id, and `artist - title` or what there is of it."""

    song_id: str
    name: str


def find(songs: DuckDBPyRelation, text: str) -> Song | None:
    """The song of this id, or of this "artist - title" in any case; the most played of several."""
    return next(iter(_run("find", songs, text)), None)


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
