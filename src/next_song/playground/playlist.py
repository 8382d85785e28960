"""A playlist that is being built."""

from collections.abc import Iterable
from itertools import count
from typing import NamedTuple

from next_song.serving.song_search import Song


class Entry(NamedTuple):
    """A song in a playlist. The key tells it from the same song at another place."""

    key: int
    song: Song


class Playlist:
    """Songs in the order in which they are played. A key that is gone changes nothing."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._keys = count()

    def add(self, songs: Iterable[Song]) -> None:
        """Put songs at the end."""
        self.entries += [Entry(key, song) for song, key in zip(songs, self._keys, strict=False)]

    def remove(self, key: int) -> None:
        """Take one out."""
        self.entries = [entry for entry in self.entries if entry.key != key]

    def move(self, key: int, step: int) -> None:
        """Move one by as many places, towards the end if step is positive, not beyond the ends."""
        for place, entry in enumerate(self.entries):
            if entry.key == key:
                del self.entries[place]
                self.entries.insert(max(0, place + step), entry)
                return

    def clear(self) -> None:
        """Take all out."""
        self.entries = []

    @property
    def song_ids(self) -> list[str]:
        """The ids of its songs, oldest first: a history."""
        return [entry.song.song_id for entry in self.entries]
