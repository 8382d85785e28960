"""Neighbour methods: the training playlists that are nearest to a history vote for their songs.

V-SKNN: Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018 (arXiv
1803.09587). STAN: Garg et al., Sequence and time aware neighborhood for session-based
recommendations, SIGIR 2019. VSTAN: Ludewig, Mauro, Latifi and Jannach, Empirical analysis of
session-based recommendation algorithms, User Modeling and User-Adapted Interaction 31, 2021. The
authors' code: rn5l/session-rec. The constants of STAN and VSTAN were searched in its ranges, at
random and then one at a time (playlist_age from .01 to 4 and infinite), by the mean over 2,000
validation queries each of nowplaying, diginetica and beauty; toys was no part of it:

             nowplaying    diginetica    beauty        toys
             HR@20 MRR@20  HR@20 MRR@20  HR@10 NDCG@10 HR@10 NDCG@10
session_knn  .235  .075    .504  .176    .100  .062    .103  .067
stan         .233  .077    .502  .176    .113  .066    .107  .068
vstan        .239  .077    .507  .176    .114  .069    .106  .068
"""

from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array, diags_array

from next_song.evaluation.metrics import Values
from next_song.evaluation.voting import RECENT_SONGS, Baseline
from next_song.retrieval.queries import Histories, ranges

LATEST = 1000


class Neighbours(Baseline):
    """What V-SKNN, STAN and VSTAN have in common.

    The similarity of a playlist is the sum of the weights of the recent songs that it contains,
    divided by the root of its number of songs. Ties go to the later playlist. For each song, its
    LATEST playlists are considered; the sources take the latest ones over all songs of a history.
    """

    nearest = 100

    @cached_property
    def _idf(self) -> Values:
        """The ln(playlists / playlists with the song) of each song, (n,)."""
        idf: Values = np.log(self._holds.shape[0] / self._holds.sum(axis=0))
        return idf

    def _trust(self) -> Values:
        """Returns what the similarity of each playlist is multiplied with, (p,), latest first."""
        return np.ones(self._holds.shape[0])

    @cached_property
    def _calls(self) -> csr_array:
        """What a song of weight 1 adds to the similarity of each playlist, (n, p)."""
        roots = np.sqrt(np.maximum(1, self._holds.sum(axis=1)))
        calls: csr_array = (diags_array(self._trust() / roots) @ self._holds).T.tocsr()
        for start, end in pairwise(calls.indptr):
            calls.data[start + LATEST : end] = 0
        calls.eliminate_zeros()
        return calls

    def _near(self, weights: csr_array) -> csr_array:
        """Returns the similarity of the nearest playlists, (q, p). weights: of songs, (q, n)."""
        near: csr_array = weights @ self._calls
        near.sort_indices()  # the latest playlist first
        for start, end in pairwise(near.indptr):
            playlists = near.data[start:end]
            order = np.argsort(-playlists.astype(np.float32), kind="stable")
            playlists[order[self.nearest :]] = 0
        near.eliminate_zeros()
        return near


class SessionKnn(Neighbours):
    """V-SKNN: a song weighs DECAY^age * idf in the similarity; a vote is similarity * idf.

    idf and cosine are options in the source.
    """

    def _votes(self, histories: Histories) -> csr_array:
        idf = diags_array(self._idf)
        near = self._near(self._recent(histories, RECENT_SONGS) @ idf)
        votes: csr_array = near @ self._holds @ idf
        return votes


class Stan(Neighbours):
    """STAN: V-SKNN without idf, and with three decays.

    In the similarity, a song weighs exp(-age / song_age), and a playlist exp(-later /
    playlist_age), where later is the share of playlists that come after it. The source has days in
    its place: here, the order of the playlists stands for time. A vote is similarity *
    exp(-apart / distance) for a song that is so many places apart from the last shared song of the
    playlist. These are lambda 1 to 3 of the source.
    """

    block = 16  # all songs of all nearest playlists of so many histories are in memory
    song_age = 2.45
    playlist_age = 4.0
    distance = 4.9
    shared_age = np.inf
    rarity = 0.0

    def _trust(self) -> Values:
        playlists = self._holds.shape[0]
        trust: Values = np.exp(-np.arange(playlists) / playlists / self.playlist_age)
        return trust

    @cached_property
    def _places(self) -> csr_array:
        """The place at which a playlist has a song last, from 1 on, (p, n), latest first."""
        playlists = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        places = np.arange(1, len(playlists) + 1) - self.offsets[playlists]
        cells = (len(self.offsets) - 2 - playlists) * len(self) + self.songs
        cells, lasts = np.unique(cells[::-1], return_index=True)
        return csr_array((places[::-1][lasts], np.divmod(cells, len(self))), self._holds.shape)

    def _votes(self, histories: Histories) -> csr_array:
        near, ages = self._near_and_ages(histories)
        starts = self._places.indptr.astype(np.int64)
        starts, lengths = starts[near.indices], np.diff(starts)[near.indices]
        begins, plays = np.cumsum(lengths) - lengths, ranges(starts, lengths)
        songs, places = self._places.indices[plays], self._places.data[plays]
        queries = np.repeat(np.repeat(np.arange(len(histories)), np.diff(near.indptr)), lengths)
        shared = ages[queries, songs]
        last = np.maximum.reduceat(np.where(np.isfinite(shared), places, 0), begins)
        similarity = near.data * np.exp(-np.minimum.reduceat(shared, begins) / self.shared_age)
        apart = np.abs(places - np.repeat(last, lengths))
        votes = np.repeat(similarity, lengths) * np.exp(-apart / self.distance)
        votes *= 1 + self.rarity * self._idf[songs]
        return csr_array((votes, (queries, songs)), shape=ages.shape)

    def _near_and_ages(self, histories: Histories) -> tuple[csr_array, Values]:
        """Returns the nearest playlists, and the age of each song, (q, n): inf if not played."""
        rows, songs, of_songs = self._latest(histories, RECENT_SONGS)
        ages = np.full((len(histories), len(self)), np.inf)
        ages[rows, songs] = of_songs
        weights = np.exp(-of_songs / self.song_age)
        return self._near(csr_array((weights, (rows, songs)), shape=ages.shape)), ages


class Vstan(Stan):
    """VSTAN: STAN, with votes multiplied by exp(-age / shared_age) * (1 + rarity * idf).

    age is that of the latest song that the history shares with the playlist.
    """

    nearest = 200
    song_age = 4.9
    shared_age = 4.9
    rarity = 2.0
