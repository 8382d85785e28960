"""Rankings by votes: what all baselines have in common.

For each history, a baseline gives songs votes, computed from the training playlists. Songs of the
history are left out unless `repeats` is true. Songs without plays in training are ignored. If no
song gets a vote, the ranking is by popularity, with the score ln(plays).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from next_song.retrieval.queries import Histories, Numbers
from next_song.retrieval.song_space import Floats, Ints

DECAY = 0.6
RECENT_SONGS = 15  # an older one weighs less than a thousandth of the last


@dataclass(frozen=True)
class Baseline(ABC):
    """A model that scores n songs by the training playlists.

    Playlist i is songs[offsets[i]:offsets[i + 1]], with songs (m,) int32 and offsets (p + 1,)
    int64, the earliest playlist first. plays: (n,) int64, the plays of each song, at least 1.
    """

    songs: Numbers
    offsets: Ints
    plays: Ints
    repeats: bool

    block = 128  # histories at a time

    def __len__(self) -> int:
        return len(self.plays)

    def score(self, histories: Histories) -> Floats:
        """Returns the scores of all songs for each history, (q, n) float32; -inf if left out."""
        scores = np.empty((len(histories), len(self)), np.float32)
        for start in range(0, len(histories), self.block):
            rows = slice(start, start + self.block)
            scores[rows] = self._votes(histories[rows]).toarray()
        if not self.repeats:
            history, songs = histories.flat()
            known = songs < len(self)
            scores[history[known], songs[known]] = -np.inf
        scores[scores.max(axis=1) <= 0] += np.log(self.plays).astype(np.float32)
        return scores

    @abstractmethod
    def _votes(self, histories: Histories) -> csr_array:
        """Returns votes, (q, n) float64, at least 0; as float32, equal sums are equal scores."""

    @cached_property
    def _holds(self) -> csr_array:
        """A matrix with 1 where a playlist contains a song, (p, n), the latest playlist first."""
        playlists = np.repeat(np.arange(len(self.offsets) - 1)[::-1], np.diff(self.offsets))
        ones, shape = np.ones(len(playlists)), (len(self.offsets) - 1, len(self))
        holds = csr_array((ones, (playlists, self.songs)), shape)
        holds.data[:] = 1
        return holds

    def _recent(self, histories: Histories, most: int) -> csr_array:
        """Returns DECAY^age of the most recent known songs, each at its latest play, (q, n)."""
        rows, songs, ages = self._latest(histories, most)
        return csr_array((DECAY**ages, (rows, songs)), (len(histories), len(self)))

    def _latest(self, histories: Histories, most: int) -> tuple[Ints, Ints, Ints]:
        """Returns the most recent known songs of each history, each once, at its latest play.

        These are history numbers, song numbers and ages, each (c,). The last song has age 0.
        """
        rows, songs = histories.flat()
        rows, songs = rows[songs < len(self)], songs[songs < len(self)]
        ages = np.bincount(rows, minlength=len(histories)).cumsum()[rows] - 1 - np.arange(len(rows))
        recent = np.flatnonzero(ages < most)[::-1]
        _, firsts = np.unique(rows[recent] * len(self) + songs[recent], return_index=True)
        latest = recent[firsts]
        return rows[latest], songs[latest].astype(np.int64), ages[latest]
