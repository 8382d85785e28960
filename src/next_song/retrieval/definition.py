"""The definition of retrieval: how a history becomes a query, and a query a ranking.

For a history of known songs, oldest first, with age 0 for the latest:

    q = sum of decay^age * unit(query vector)
    follows(song) = sum of decay^age * rate at which the song follows that song of the history
    score(song) = cosine(q, target vector of the song) + popularity * ln(plays of the song)
                  + followers * ln(1 + 30 * follows(song))

Target vectors are Word2Vec's output vectors, or its input vectors with `target: input`. Vectors
measure similarity; rates measure co-occurrence. The rate of a pair of songs, from the table
`followers`, is the weighted number of plays of the second song per play of the first; a rate of
1/30 adds ln 2. Songs of the history are left out unless `repeats` is true. Songs that are not in
the song space are ignored. A history without a known song gets the popularity ranking, with the
score ln(plays). Ties go to the lower song number, which is the more popular song.

`next_song.serving.graph` computes the same in TensorFlow, from the same `Index`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from next_song.parameters import Retrieval
from next_song.retrieval.queries import Histories
from next_song.retrieval.song_space import Floats, Ints, SongSpace

FOLLOWS_OFTEN = np.float32(1 / 30)


@dataclass(frozen=True)
class Index:
    """A song space with the followers of its songs, prepared for one retrieval setting.

    query_units: (n, d) float32, the query vectors scaled to length 1. searched: (d + 1, n) float32;
    column i is the target vector of song i, scaled to length 1, and what popularity adds, so that
    one product gives both. followers: (n, n) float32; row i has the rates of the followers of
    song i, and no entries if their weight is 0. fallback: (n,) float32, the scores for a history
    without a known song. Vectors of zeros stay zeros.
    """

    query_units: Floats
    searched: Floats
    followers: csr_array
    fallback: Floats
    decay: float
    followers_weight: float
    repeats: bool

    def __len__(self) -> int:
        return len(self.fallback)

    @property
    def target_units(self) -> Floats:
        """The target vectors, scaled to length 1, (d, n) float32."""
        return self.searched[:-1]

    def score(self, histories: Histories) -> Floats:
        """Returns the scores of all songs for each history, (q, n) float32; -inf if left out."""
        return next(self.score_each(histories, [self.followers_weight]))

    def score_each(
        self, histories: Histories, followers_weights: Sequence[float]
    ) -> Iterator[Floats]:
        """Yields what `score` returns, with each weight of the followers in turn.

        The product with all vectors is computed once. The scores share one array, so each is valid
        until the next is requested.
        """
        weights = _weights(self, histories)
        units = _unit(weights @ self.query_units)
        scores: Floats = np.pad(units, ((0, 0), (0, 1)), constant_values=1) @ self.searched
        if not self.repeats:
            scores[_known(self, histories)] = -np.inf
        scores[np.diff(weights.indptr) == 0] = self.fallback
        follows = (weights @ self.followers).tocoo()
        without, bonus = scores[follows.row, follows.col], np.log1p(follows.data / FOLLOWS_OFTEN)
        for weight in followers_weights:
            scores[follows.row, follows.col] = without + np.float32(weight) * bonus
            yield scores


def build_index(space: SongSpace, followers: csr_array, retrieval: Retrieval) -> Index:
    """Returns the index of a song space for a retrieval setting.

    followers: (m, m) float32, rates by song number; songs that are not in the space are left out.
    """
    targets = space.query_vectors if retrieval.target == "input" else space.target_vectors
    fallback = np.log(space.plays).astype(np.float32)
    searched = np.empty((targets.shape[1] + 1, len(space)), np.float32)
    np.divide(targets.T, _norms(targets).T, out=searched[:-1])
    np.multiply(fallback, np.float32(retrieval.popularity), out=searched[-1])
    return Index(
        query_units=_unit(space.query_vectors),
        searched=searched,
        followers=_within(followers, len(space), retrieval.followers > 0),
        fallback=fallback,
        decay=retrieval.decay,
        followers_weight=retrieval.followers,
        repeats=retrieval.repeats,
    )


def _within(rates: csr_array, songs: int, used: bool) -> csr_array:
    """Returns the rates among the first `songs` songs, or no rates if they are not used."""
    most = songs if used else 0
    kept = rates[:most, :most] if rates.shape[0] > most else rates
    starts = np.pad(kept.indptr, (0, songs + 1 - len(kept.indptr)), "edge")
    within: csr_array = csr_array((kept.data, kept.indices, starts), shape=(songs, songs))
    return within


def _unit(vectors: Floats) -> Floats:
    units: Floats = vectors / _norms(vectors)
    return units


def _norms(vectors: Floats) -> Floats:
    """Returns the length of each row, (n, 1); 1 for a row of zeros."""
    squares = np.einsum("ij,ij->i", vectors, vectors)[:, None]  # without a matrix of squares
    norms: Floats = np.sqrt(np.where(squares == 0, np.float32(1), squares))
    return norms


def _weights(index: Index, histories: Histories) -> csr_array:
    """Returns decay^age of each known song in its history, (q, n)."""
    rows, songs = _known(index, histories)
    ends = np.cumsum(np.bincount(rows, minlength=len(histories)))
    ages = ends[rows] - 1 - np.arange(len(rows))
    weights = np.float32(index.decay) ** ages.astype(np.float32)
    matrix = csr_array(
        (weights, songs, np.concatenate([[0], ends])), shape=(len(histories), len(index))
    )
    matrix.eliminate_zeros()
    return matrix


def _known(index: Index, histories: Histories) -> tuple[Ints, NDArray[np.int32]]:
    rows, songs = histories.flat()
    known = songs < len(index)
    return rows[known], songs[known]
