"""Finds songs in a songs table by the text that a person types.

The functions answer one question about a table; `SongIndex` is for many questions.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.serving.song_search.index import Song, SongIndex
from next_song.serving.song_search.words import readable

__all__ = ["Song", "SongIndex", "find", "names", "nearest", "search"]


def find(songs: DuckDBPyRelation, texts: Sequence[str]) -> dict[str, Song]:
    """Returns the song of each text: by id, by name ignoring case, else by the same words.

    The same words may stand in another order, with other accents, quotes and dashes. If several
    songs fit, it is the most played one. A text that names none is left out.
    """
    asked = {text: readable(text) for text in texts}
    rows = _query("find", songs, texts=[*asked.values()]).fetchall()
    exact = {text: Song(*song) for text, *song in rows}
    others = [text for text in asked.values() if text.strip() and text not in exact]
    found = exact | (_index(songs).find(others) if others else {})
    return {text: found[read] for text, read in asked.items() if read in found}


def nearest(songs: DuckDBPyRelation, text: str, most: int = 3) -> list[Song]:
    """Returns the songs with the names or ids most similar in spelling, best first."""
    return _index(songs).nearest(text, most)


def search(songs: DuckDBPyRelation, text: str, most: int = 20) -> list[Song]:
    """Returns the songs with all words of a text, as `SongIndex.search` does."""
    return _index(songs).search(text, most)


def names(songs: DuckDBPyRelation, song_ids: list[str]) -> dict[str, str]:
    """Returns the name of each id that the table has."""
    return dict(_query("names", songs, song_ids=song_ids).fetchall())


@lru_cache(maxsize=1)  # the unknown songs of a question are about one table
def _index(songs: DuckDBPyRelation) -> SongIndex:
    return SongIndex(songs)


def _query(name: str, songs: DuckDBPyRelation, **params: Any) -> DuckDBPyRelation:
    named = sql.query(__package__, "named", songs=songs)
    return sql.query(__package__, name, params, named=named)
