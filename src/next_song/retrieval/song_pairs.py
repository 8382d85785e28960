"""Song pairs: how often one song was played next to another."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from next_song.retrieval.queries import Numbers, ranges
from next_song.retrieval.song_space import Floats, Ints

RATES = ("next", "later", "earlier", "together")


@dataclass(frozen=True)
class SongPairs:
    """The rates of pairs of songs: those of song i are at starts[i] to starts[i + 1].

    starts: (n + 1,) int64. others: (e,) int32, the other song, ascending for each song. rates:
    (e,) float32 for each of RATES, an array of its own, since scipy would copy a row of a matrix;
    data_engineering/sql/song_pairs.sql defines them.
    """

    starts: Ints
    others: Numbers
    rates: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def matrix(self, rate: str) -> csr_array:
        """Returns one rate of all pairs, (n, n) float32: row i has those of song i."""
        # of the type of `others`, or scipy would copy these
        few = len(self.others) < 2**31
        starts = self.starts.astype(np.int32) if few else self.starts
        entries = (self.rates[RATES.index(rate)], self.others, starts)
        return csr_array(entries, shape=(len(self), len(self)))

    def among(self, songs: int) -> "SongPairs":
        """Returns the pairs among the first `songs` songs, of which some may have none."""
        counts = np.zeros(songs, np.int64)
        shared = min(songs, len(self))
        counts[:shared] = np.diff(self.starts)[:shared]
        entries = ranges(self.starts[:shared], counts[:shared])
        kept = self.others[entries] < songs
        rows = np.repeat(np.arange(songs), counts)[kept]
        starts = np.concatenate([[0], np.bincount(rows, minlength=songs).cumsum()])
        rates = tuple(each[entries[kept]] for each in self.rates)
        return SongPairs(starts, self.others[entries][kept], rates)


NO_PAIRS = SongPairs(
    np.zeros(1, np.int64), np.zeros(0, np.int32), len(RATES) * (np.zeros(0, np.float32),)
)
