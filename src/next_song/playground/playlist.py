"""A playlist that is being built."""

from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import NamedTuple

from next_song.serving.song_search import Song

UNDOS = 100  # changes that can be undone


class Entry(NamedTuple):
    """A song in a playlist. The key tells it from the same song at another place."""

    key: int
    song: Song


class Playlist:
    """Songs in the order in which they are played. A key that is gone changes nothing.

    songs: those that it starts with, which cannot be undone.
    """

    def __init__(self, songs: Iterable[Song] = ()) -> None:
        self._keys = count()
        self._before: deque[list[Entry]] = deque(maxlen=UNDOS)
        self.entries = self._entries(songs)

    def add(self, songs: Iterable[Song]) -> None:
        """Put songs at the end."""
        self._become([*self.entries, *self._entries(songs)])

    def remove(self, key: int) -> None:
        """Take one out."""
        self._become([entry for entry in self.entries if entry.key != key])

    def move(self, key: int, step: int) -> None:
        """Move one by as many places, towards the end if step is positive, not beyond the ends."""
        entries = list(self.entries)
        for place, entry in enumerate(self.entries):
            if entry.key == key:
                del entries[place]
                entries.insert(max(0, place + step), entry)
        self._become(entries)

    def replace(self, songs: Iterable[Song]) -> None:
        """Take all out, and put these in."""
        self._become(self._entries(songs))

    def undo(self) -> None:
        """Take back the last change, if there is one."""
        if self._before:
            self.entries = self._before.pop()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._before)

    @property
    def songs(self) -> list[Song]:
        """Its songs, oldest first."""
        return [entry.song for entry in self.entries]

    @property
    def song_ids(self) -> list[str]:
        """The ids of its songs, oldest first: a history."""
        return [song.song_id for song in self.songs]

    def _entries(self, songs: Iterable[Song]) -> list[Entry]:
        return [Entry(key, song) for song, key in zip(songs, self._keys, strict=False)]

    def _become(self, entries: list[Entry]) -> None:
        if entries != self.entries:
            self._before.append(self.entries)
            self.entries = entries
