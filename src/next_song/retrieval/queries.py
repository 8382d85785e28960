"""Queries: histories, each with its target, the song that came next."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.song_space import Ints

Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Histories:
    """q histories, oldest song first: history i is songs[starts[i]:ends[i]].

    songs: (s,) int32 song numbers. Histories may overlap, so all prefixes of a playlist take no
    more memory than the playlist. starts, ends: (q,) int64.
    """

    songs: Numbers
    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: slice | Ints) -> "Histories":
        return Histories(self.songs, self.starts[rows], self.ends[rows])

    @classmethod
    def of(cls, histories: list[list[int]]) -> "Histories":
        """Returns histories from lists of song numbers."""
        ends = np.cumsum([len(history) for history in histories], dtype=np.int64)
        songs = [song for history in histories for song in history]
        return cls(np.array(songs, np.int32), np.concatenate([[0], ends])[:-1], ends)

    def known(self, songs: int) -> Ints:
        """Returns how many songs of each history have a number below `songs`, (q,).

        Of overlapping histories, each song is looked at once.
        """
        before = np.append(0, np.cumsum(self.songs < songs))
        counts: Ints = before[self.ends] - before[self.starts]
        return counts

    def flat(self) -> tuple[Ints, Numbers]:
        """Returns all songs of all histories in order: (m,) history numbers, (m,) song numbers."""
        lengths = self.ends - self.starts
        rows = np.repeat(np.arange(len(self)), lengths)
        return rows, self.songs[ranges(self.starts, lengths)]


@dataclass(frozen=True)
class Queries:
    """q histories and their targets, (q,) int32 song numbers."""

    histories: Histories
    targets: Numbers

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, rows: slice | Ints) -> "Queries":
        return Queries(self.histories[rows], self.targets[rows])

    def sample(self, most: int, seed: int) -> "Queries":
        """Returns at most `most` of the queries, drawn uniformly, in their order."""
        if len(self) <= most:
            return self
        chosen = np.random.default_rng(seed).choice(len(self), most, replace=False)
        return self[np.sort(chosen)]


def queries_of(
    songs: Numbers, offsets: Ints, first_targets: Ints, targets: Literal["last", "every"]
) -> Queries:
    """Returns queries for the last song of each playlist, or for every song after the first.

    Playlist i is songs[offsets[i]:offsets[i + 1]], with offsets (p + 1,). Its songs before
    first_targets[i] belong to an earlier split, so they are never targets; nor is the first song of
    a playlist. Queries are ordered by playlist, then by position.
    """
    starts, ends = offsets[:-1], offsets[1:]
    firsts = starts + np.maximum(first_targets, 1)
    if targets == "last":
        firsts = np.maximum(firsts, ends - 1)
    counts = np.maximum(ends - firsts, 0)
    positions = ranges(firsts, counts)
    return Queries(Histories(songs, np.repeat(starts, counts), positions), songs[positions])


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """Returns ranges of numbers, one after the other: `lengths[i]` numbers from `starts[i]` on.

    `ranges([5, 2], [2, 3])` is `[5, 6, 2, 3, 4]`.
    """
    before = np.cumsum(lengths) - lengths
    numbers: Ints = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return numbers
