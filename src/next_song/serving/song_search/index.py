"""Searches the songs of a table by the words of their names, at each keystroke."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler

from next_song import sql
from next_song.serving.song_search.matches import Choice, Matches
from next_song.serving.song_search.postings import Postings
from next_song.serving.song_search.typos import Spelling
from next_song.serving.song_search.words import asked_words, is_spoken, readable, words

WHOLE, BEGUN, TYPO = 0, 1, 2  # what a word costs: typed whole, begun, and for each typo
MOST_WORDS = 12  # of a text in which typos are tolerated
SIMILAR, COMPARED = 3, 100  # of each word, the words; of each text, the names that are compared
LAST = "\U0010ffff"  # no word begins with it


class Song(NamedTuple):
    """A song: its id, and its name, `artist - title` or the part of it that the table has."""

    song_id: str
    name: str


class SongIndex:
    """The songs of a table, the most played first. Several threads may search it at once."""

    def __init__(self, songs: DuckDBPyRelation) -> None:
        named = sql.query(__package__, "named", songs=songs).to_arrow_table()
        self._ids, self._names = (_array(named[column]) for column in ("song_id", "name"))
        self._postings = Postings.of(self._names)
        pa.default_memory_pool().release_unused()  # the tokens, as large as the names
        self._matches = Matches(self._postings)
        self._spelling = Spelling(self._postings.words)

    def search(self, text: str, most: int = 20) -> list[Song]:
        """Returns the songs with all words of a text, best match first, then most played.

        Words stand in any order; the last one may be begun. If no song has them all, typos are
        tolerated. A song of exactly this id or name is the first; whole words come before begun
        ones, and words that stand together as in the text before others. A blank text has all
        songs.
        """
        text = readable(text)
        asked = asked_words(text)
        if not text.strip():
            return self._songs(range(min(most, len(self._ids))))
        found = self._best(asked, most) or self._best(asked, most, tolerant=True)
        return self._songs([*dict.fromkeys([*self._exact(text, asked), *found])][:most])

    def find(self, texts: Iterable[str]) -> dict[str, Song]:
        """Returns the song of each text: by id, by name ignoring case, else by the same words.

        The same words may stand in another order, with other accents, quotes and dashes. If
        several songs fit, it is the most played one. A text that names none is left out.
        """
        rows = {text: next(self._meant(text), None) for text in texts}
        known = {text: row for text, row in rows.items() if row is not None}
        return dict(zip(known, self._songs(known.values()), strict=True))

    def names(self, song_ids: Iterable[str]) -> dict[str, str]:
        """Returns the name of each id that the table has."""
        rows = {song_id: self._row(song_id) for song_id in song_ids}
        return {
            song_id: self._names[row].as_py() for song_id, row in rows.items() if row is not None
        }

    def nearest(self, text: str, most: int = 3) -> list[Song]:
        """Returns the songs with the names or ids most similar in spelling, best first.

        It compares the names that have the most words that are similar to the text's, rare words
        counting more (Jaro-Winkler similarity).
        """
        text = readable(text).lower()
        rows = self._matches.closest(self._similar(text), COMPARED)

        def similarity(song: Song) -> float:
            return max(JaroWinkler.similarity(written.lower(), text) for written in song)

        return sorted(self._songs(rows), key=similarity, reverse=True)[:most]

    def _similar(self, text: str) -> list[list[tuple[int, float]]]:
        return [self._spelling.similar(word, SIMILAR) for word in words(text)[:MOST_WORDS]]

    def _best(self, asked: list[str], most: int, *, tolerant: bool = False) -> list[int]:
        if not asked or (tolerant and len(asked) > MOST_WORDS):
            return []
        choices = [self._choices(word, word == asked[-1], tolerant) for word in asked]
        found = self._matches.best(choices, max(most, COMPARED))
        apart = {row: f" {' '.join(asked)}" not in self._spoken(row) for _, row in found}
        return [row for _, row in sorted(found, key=lambda one: (one[0], apart[one[1]], one[1]))]

    def _spoken(self, row: int) -> str:
        return " " + " ".join(filter(is_spoken, words(self._names[row].as_py())))

    def _choices(self, word: str, last: bool, tolerant: bool) -> list[Choice]:
        found = [Choice(*self._range(word, word + "\0"), WHOLE)]
        if last:
            found.append(Choice(*self._range(word, word + LAST), BEGUN))
        near = self._spelling.near(word) if tolerant else []
        return [*found, *(Choice(one, one + 1, TYPO * typos) for one, typos in near)]

    def _range(self, first: str, end: str) -> tuple[int, int]:
        return bisect_left(self._postings.words, first), bisect_left(self._postings.words, end)

    def _meant(self, text: str) -> Iterator[int]:
        text = readable(text)
        asked = asked_words(text)
        yield from self._exact(text, asked)
        yield from self._same_words(asked)[:1] if asked else []

    def _exact(self, text: str, asked: list[str]) -> Iterator[int]:
        """The row of the song with this id, then that of the most played one with this name."""
        if (row := self._row(text)) is not None:
            yield row
        for row in self._same_words(asked):
            if self._names[row].as_py().lower() == text.lower():
                yield row
                return

    def _row(self, song_id: str) -> int | None:
        """The row of the song with this id, by halving: ids are sorted once."""
        rows = self._by_id
        at = bisect_left(rows, song_id, key=lambda row: self._ids[int(row)].as_py())
        found = at < len(rows) and self._ids[int(rows[at])].as_py() == song_id
        return int(rows[at]) if found else None

    @cached_property
    def _by_id(self) -> NDArray[np.int32]:
        rows: NDArray[np.int32] = pc.sort_indices(self._ids).to_numpy().astype(np.int32)
        return rows

    def _same_words(self, asked: list[str]) -> list[int]:
        return self._matches.complete([self._range(word, word + "\0") for word in asked])

    def _songs(self, rows: Iterable[int]) -> list[Song]:
        at = np.fromiter(rows, np.int64)
        columns = (column.take(at).to_pylist() for column in (self._ids, self._names))
        return [Song(*pair) for pair in zip(*columns, strict=True)]


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.large_string()).combine_chunks()
