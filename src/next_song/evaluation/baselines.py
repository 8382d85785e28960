"""Baselines: rankings from the training playlists without vectors, for the same queries.

For each history, a baseline gives songs votes, computed from the training playlists. Songs of the
history are left out unless `repeats` is true. Songs without plays in training are ignored. If no
song gets a vote, the ranking is by popularity, with the score ln(plays).

Sources: Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018
(arXiv 1803.09587), and the authors' code, rn5l/session-rec. Where a class differs from them, it is
stronger on the validation queries of nowplaying, beauty and online_retail, and its docstring says
how it differs.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array, diags_array

from next_song.retrieval.queries import Histories, Numbers
from next_song.retrieval.song_space import Floats, Ints

DECAY = 0.6
RECENT_SONGS = 15  # an older one weighs less than a thousandth of the last
STEPS = 10
NEAREST = 100
LATEST = 1000
BLOCK = 128


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

    def __len__(self) -> int:
        return len(self.plays)

    def score(self, histories: Histories) -> Floats:
        """Returns the scores of all songs for each history, (q, n) float32; -inf if left out."""
        scores = np.empty((len(histories), len(self)), np.float32)
        for start in range(0, len(histories), BLOCK):
            rows = slice(start, start + BLOCK)
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
        rows, songs = histories.flat()
        rows, songs = rows[songs < len(self)], songs[songs < len(self)]
        ends = np.bincount(rows, minlength=len(histories)).cumsum()
        ages = ends[rows] - 1 - np.arange(len(rows))
        recent = np.stack([rows, songs, ages], axis=1)[ages < most].tolist()
        latest = {
            (row, song): age for row, song, age in recent
        }  # a later play replaces an earlier one
        cells = np.array(list(latest), np.int64).reshape(-1, 2)
        weights = DECAY ** np.array(list(latest.values()), np.float64)
        return csr_array((weights, (cells[:, 0], cells[:, 1])), (len(histories), len(self)))


class Popularity(Baseline):
    """Ranks songs by their plays, whatever the history."""

    def _votes(self, histories: Histories) -> csr_array:
        return csr_array((len(histories), len(self)))


class SequentialRules(Baseline):
    """SR: songs that were played up to STEPS after the last song, each time with 1 / distance.

    The source keeps the best 20 followers of each song; this class keeps all of them.
    """

    @cached_property
    def _plays_of(self) -> csr_array:
        """A matrix with 1 where a song is played, (n, m)."""
        ends = np.bincount(self.songs, minlength=len(self)).cumsum()
        order = np.argsort(self.songs, kind="stable")
        return csr_array((np.ones(len(order)), order, np.append(0, ends)), (len(self), len(order)))

    def _votes(self, histories: Histories) -> csr_array:
        # a table of all rules would need the most memory of all, so read the playlists instead
        rows, plays = (self._recent(histories, 1) @ self._plays_of).nonzero()
        ends = self.offsets[np.searchsorted(self.offsets, plays, side="right")]
        votes: csr_array = csr_array((len(histories), len(self)))
        for step in range(1, STEPS + 1):
            inside = plays + step < ends
            cells = rows[inside], self.songs[plays[inside] + step]
            votes = votes + csr_array((np.full(inside.sum(), 1 / step), cells), votes.shape)
        return votes


class AssociationRules(Baseline):
    """AR: songs by the number of playlists that they share with the last song.

    The last song shares all playlists with itself, so it is the first answer if songs may repeat.
    If it is left out, the hit rate at 20 on nowplaying falls from .206 to .168.
    """

    def _votes(self, histories: Histories) -> csr_array:
        votes: csr_array = self._recent(histories, 1) @ self._holds.T @ self._holds
        return votes


class ItemKnn(Baseline):
    """Item-kNN: cosine similarity of songs as vectors of playlists, c_ij / sqrt(n_i n_j).

    c_ij is the number of playlists with both songs, and n_i that with song i. Votes are summed over
    the recent songs, weighted with DECAY. The source uses the last song only and leaves it out of
    its own neighbours: the hit rate at 20 is then .150 instead of .213 on nowplaying, and .095
    instead of .109 on beauty.
    """

    @cached_property
    def _units(self) -> csr_array:
        units: csr_array = self._holds @ diags_array(1 / np.sqrt(self._holds.sum(axis=0)))
        return units

    def _votes(self, histories: Histories) -> csr_array:
        votes: csr_array = self._recent(histories, RECENT_SONGS) @ self._units.T @ self._units
        return votes


class SessionKnn(Baseline):
    """V-SKNN: the NEAREST playlists vote for their songs with similarity * idf.

    The similarity of a playlist is the sum of DECAY^age * idf over the recent songs that it
    contains, divided by the root of its number of songs. The idf of a song is
    ln(playlists / playlists with the song). Ties go to the later playlist. For each song, its
    LATEST playlists are considered; the source takes the latest 1,000 over all songs of a history,
    and idf and cosine are options there.
    """

    @cached_property
    def _idf(self) -> csr_array:
        """The idf of each song, as a diagonal matrix (n, n)."""
        return csr_array(diags_array(np.log(self._holds.shape[0] / self._holds.sum(axis=0))))

    @cached_property
    def _calls(self) -> csr_array:
        """What each song adds to the similarity of each playlist, (n, p)."""
        roots = np.sqrt(np.maximum(1, self._holds.sum(axis=1)))
        calls: csr_array = (diags_array(1 / roots) @ self._holds @ self._idf).T.tocsr()
        for start, end in pairwise(calls.indptr):
            calls.data[start + LATEST : end] = 0
        calls.eliminate_zeros()
        return calls

    def _votes(self, histories: Histories) -> csr_array:
        nearness: csr_array = self._recent(histories, RECENT_SONGS) @ self._calls
        nearness.sort_indices()  # the latest playlist first
        for start, end in pairwise(nearness.indptr):
            playlists = nearness.data[start:end]
            playlists[np.argsort(-playlists, kind="stable")[NEAREST:]] = 0
        nearness.eliminate_zeros()
        votes: csr_array = nearness @ self._holds @ self._idf
        return votes


BASELINES: dict[str, Callable[[Numbers, Ints, Ints, bool], Baseline]] = {
    "popularity": Popularity,
    "sequential_rules": SequentialRules,
    "association_rules": AssociationRules,
    "item_knn": ItemKnn,
    "session_knn": SessionKnn,
}
