"""Finding songs in a songs table by what a person types."""

from typing import NamedTuple

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
    rows = sql.query(__package__, "names", {"song_ids": song_ids}, songs=songs).fetchall()
    return dict(rows)


def _run(name: str, songs: DuckDBPyRelation, text: str) -> list[Song]:
    # a hundred are plenty to choose from; a lazy limit keeps the rest out of Python
    rows = sql.query(__package__, name, {"text": text}, songs=songs).limit(100).fetchall()
    return [Song(*row) for row in rows]
