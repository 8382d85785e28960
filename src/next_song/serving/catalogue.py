"""The songs of an archive: their numbers by id, name, artist and set, and what they are called."""

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray

from next_song.errors import InputError
from next_song.retrieval.definition import NO_ARTIST
from next_song.retrieval.song_space import Ints
from next_song.retrieval.tables import artists_of
from next_song.serving import song_search
from next_song.serving.archive import ModelArchive
from next_song.serving.asked import BETWEEN
from next_song.serving.contents import EXTRA, SONGS


class Catalogue:
    """The n songs that a model knows. sets: the song numbers of each set that it holds."""

    def __init__(self, archive: ModelArchive, sets: Mapping[str, Ints]) -> None:
        self._archive, self.sets = archive, sets
        self._tables: dict[int, DuckDBPyRelation] = {}  # by process: a forked one makes its own
        self.song_ids = self.column("song_id")

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_tables": {}}  # which belong to this process

    def column(self, name: str) -> NDArray[Any]:
        """Returns a column of the songs table, (n,) by song number; None where there is nothing."""
        path = self._archive.folder / EXTRA / SONGS
        values = pq.ParquetFile(path).read(columns=[name])[name].to_pylist()
        return np.array(values, object if name != "plays" else np.int64)

    @cached_property
    def names(self) -> NDArray[Any]:
        """What each song is called, (n,): "artist - title", or the part of it that is known."""
        columns = (self.column(name).tolist() for name in ("artist", "track", "song_id"))
        named = [
            (f"{artist}{BETWEEN}" if artist else "") + (track or song)
            for artist, track, song in zip(*columns, strict=True)
        ]
        return np.array(named, object)

    def ids(self, songs: Ints) -> list[list[str]]:
        """Returns the ids of song numbers (q, k), "" for NO_SONG."""
        ids: list[list[str]] = self._ids_and_none[songs].tolist()  # NO_SONG is the last
        return ids

    def known(self, texts: Iterable[str], *, by_name: bool) -> dict[str, int]:
        """Returns the number of the song of each text, without those that name none.

        A text is an id or, by_name, also a name.
        """
        wanted, numbers = set(texts), self._number_of
        found = {text: numbers[text] for text in wanted if text in numbers}
        others = sorted(wanted - found.keys() - {""}) if by_name else []
        if others:
            named = song_search.find(self._songs(), others)
            found |= {text: numbers[song.song_id] for text, song in named.items()}
        return found

    def numbers(self, song_ids: Iterable[str]) -> Ints:
        """Returns the numbers of song ids, without those of songs that the model does not know."""
        numbers = self._number_of
        return np.array([numbers[song] for song in song_ids if song in numbers], np.int64)

    def lists(self, name: str, given: Any, histories: int) -> list[Ints]:
        """Returns the song numbers of one list for all histories, or of one list for each.

        given: ids or names, lists of them, or the name of a set. Raises InputError, which names the
        argument.
        """
        if isinstance(given, str):
            return [self.of_set(name, given)]
        _check_no_table(name, given)
        if not isinstance(given, Iterable) or isinstance(given, Mapping):
            raise InputError(f"{name}: found {given!r}; expected a list of song ids or names")
        lists = list(given)
        for one in lists:
            _check_no_table(name, one)
        if not any(_is_list(one) for one in lists):
            lists = [lists]
        if not all(_is_list(one) and all(isinstance(s, str) for s in one) for one in lists):
            raise InputError(f"{name}: found {given!r}; expected a list of song ids or names")
        if len(lists) not in (1, histories):
            raise InputError(
                f"{name}: found {len(lists)} lists; expected one for each of {histories} histories"
            )
        numbers = self.known(chain.from_iterable(lists), by_name=True)
        return [
            np.array([numbers[song] for song in songs if song in numbers], np.int64)
            for songs in lists
        ]

    def artist_number(self, name: str) -> int:
        """Returns the number of an artist, in upper or lower case; NO_ARTIST if none is known."""
        exact = self.artists.get(name)
        return self._folded_artists.get(name.casefold(), NO_ARTIST) if exact is None else exact

    def artist(self, name: str) -> str:
        """Returns an artist as the songs table has it, from a name in upper or lower case.

        An artist that the model does not know is "".
        """
        return self._artist_names[self.artist_number(name)]

    def of_set(self, argument: str, name: str) -> Ints:
        """Returns the song numbers of a set; raises InputError, which names the argument."""
        if name not in self.sets:
            there = ", ".join(self.sets) or "none: export.sets names them"
            raise InputError(f"{argument}: found the set {name!r}; expected one of {there}")
        return self.sets[name]

    @cached_property
    def _ids_and_none(self) -> NDArray[Any]:
        return np.append(self.song_ids, "")

    def _songs(self) -> DuckDBPyRelation:
        """Returns the songs table: one relation in a process, so that its index is made once."""
        process = os.getpid()
        if process not in self._tables:
            self._tables[process] = self._archive.songs
        return self._tables[process]

    @cached_property
    def _number_of(self) -> dict[str, int]:
        return {song: number for number, song in enumerate(self.song_ids.tolist())}

    @cached_property
    def artists(self) -> dict[str, int]:
        """The number of each artist by name, as the songs table has it; "" is NO_ARTIST."""
        return {name: number for number, name in enumerate(self._artist_names)}

    @cached_property
    def _artist_names(self) -> list[str]:
        return artists_of(self.column("artist").tolist())[0]

    @cached_property
    def _folded_artists(self) -> dict[str, int]:
        return {name.casefold(): number for name, number in self.artists.items()}


def _is_list(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str)


def _check_no_table(name: str, given: Any) -> None:
    """Raises InputError for a table: iterating over it would give the names of its columns."""
    if hasattr(given, "columns"):
        raise InputError(f"{name}: found a table; expected a list, such as one of its columns")
