"""Baselines: rankings from the training playlists without vectors, for the same queries.

Sources: Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018
(arXiv 1803.09587), and the authors' code, rn5l/session-rec. Where a class differs from them, it is
stronger on the validation queries of nowplaying, beauty and online_retail, and its docstring says
how it differs.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array

from next_song.evaluation.neighbours import SessionKnn, Stan, Vstan
from next_song.evaluation.voting import RECENT_SONGS, Baseline
from next_song.retrieval.queries import Histories, Numbers
from next_song.retrieval.song_space import Ints

STEPS = 10


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


BASELINES: dict[str, Callable[[Numbers, Ints, Ints, bool], Baseline]] = {
    "popularity": Popularity,
    "sequential_rules": SequentialRules,
    "association_rules": AssociationRules,
    "item_knn": ItemKnn,
    "session_knn": SessionKnn,
    "stan": Stan,
    "vstan": Vstan,
}
