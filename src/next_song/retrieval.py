"""Retrieval: how a history becomes a query, and a query a ranking. THE definition.

For a history of known songs, oldest first, with age 0 for the latest:

    q = sum of decay^age * unit(query vector)
    follows(song) = sum of decay^age * rate at which the song follows that song of the history
    score(song) = cosine(q, target vector of the song) + popularity * ln(plays of the song)
                  + followers * ln(1 + 30 * follows(song))

Target vectors are the output vectors, or with `target: input` the input vectors again. Vectors
know what is alike, rates what was seen: how many plays of a song bring the other one along, from
the `followers` table; one in thirty counts ln 2. Songs of the history are left out unless
`repeats`. Songs that the space lacks are as if not there; a history without a known song gets
the popularity ranking, score ln(plays). Ties go to the lower song number, which is the more
popular song.

`next_song.retrieval_model` says the same in TensorFlow, from the same `Index`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from next_song import progress
from next_song.parameters import Retrieval
from next_song.queries import Histories, Queries
from next_song.song_space import Floats, Ints, SongSpace

NOT_RANKED = np.iinfo(np.int64).max
NO_SONG = -1
LOWEST = np.finfo(np.float32).min
SCORES_MIB = 64.0
FOLLOWS_OFTEN = np.float32(1 / 30)


class Model(Protocol):
    """What can be ranked: n songs, known by number, and their scores for each history."""

    def __len__(self) -> int: ...

    def score(self, histories: Histories) -> Floats:
        """Scores of all songs for each history, (q, n) float32; -inf for songs left out."""
        ...


@dataclass(frozen=True)
class Index:
    """A song space and the followers of its songs, made ready to be searched in one way.

    query_units: (n, d) float32, rows of length 1. searched: (d + 1, n) float32, in column i the
    target vector of song i, of length 1, and what popularity adds: one product gives both.
    followers: (n, n) float32, in row i the rates at which songs follow song i; empty where its
    weight is 0. fallback: (n,) float32, the scores of a history without a known song. A vector of
    zeros stays one.
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
        """The target vectors, (d, n) float32."""
        return self.searched[:-1]

    def score(self, histories: Histories) -> Floats:
        """Scores of all songs for each history, (q, n) float32; -inf for songs left out."""
        weights = _weights(self, histories)
        units = _unit(weights @ self.query_units)
        scores: Floats = np.pad(units, ((0, 0), (0, 1)), constant_values=1) @ self.searched
        follows = (weights @ self.followers).tocoo()
        bonus = np.float32(self.followers_weight) * np.log1p(follows.data / FOLLOWS_OFTEN)
        scores[follows.row, follows.col] += bonus
        if not self.repeats:
            scores[_known(self, histories)] = -np.inf
        scores[np.diff(weights.indptr) == 0] = self.fallback
        return scores


def build_index(space: SongSpace, followers: csr_array, retrieval: Retrieval) -> Index:
    """Make a song space ready for a retrieval setting.

    followers: (m, m) float32, rates by song number; those of songs that the space lacks are left
    out.
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


def ranks(model: Model, queries: Queries, scores_mib: float = SCORES_MIB) -> Ints:
    """The place of each target in its ranking, (q,) int64, 0 for the best.

    It is the number of songs with a higher score and of songs with the same score and a lower
    number. A target that the space lacks or retrieval leaves out is NOT_RANKED: a miss at any k.
    scores_mib: how much of scores to hold at a time.
    """
    result = np.full(len(queries), NOT_RANKED)
    for rows in _blocks(model, len(queries), scores_mib):
        result[rows] = _block_ranks(model.score(queries.histories[rows]), queries.targets[rows])
    return result


def top_k(
    model: Model, histories: Histories, k: int, scores_mib: float = SCORES_MIB
) -> tuple[Ints, Floats]:
    """The k best songs of each history and their scores, each (q, k), best first.

    Where fewer than k songs are left to answer with, NO_SONG with the score LOWEST follows.
    Raises ValueError unless 1 <= k <= n.
    """
    if not 1 <= k <= len(model):
        raise ValueError(f"k: found {k}, expected 1 to {len(model)}, the number of songs")
    songs = np.empty((len(histories), k), np.int64)
    scores = np.empty((len(histories), k), np.float32)
    for rows in _blocks(model, len(histories), scores_mib):
        songs[rows], scores[rows] = _block_top_k(model.score(histories[rows]), k)
    return songs, scores


def _within(rates: csr_array, songs: int, used: bool) -> csr_array:
    """The rates among the first songs; none of them if they are not used."""
    most = songs if used else 0
    kept = rates[:most, :most] if rates.shape[0] > most else rates
    starts = np.pad(kept.indptr, (0, songs + 1 - len(kept.indptr)), "edge")
    within: csr_array = csr_array((kept.data, kept.indices, starts), shape=(songs, songs))
    return within


def _unit(vectors: Floats) -> Floats:
    units: Floats = vectors / _norms(vectors)
    return units


def _norms(vectors: Floats) -> Floats:
    """The length of each row, (n, 1); 1 for a row of zeros."""
    squares = np.einsum("ij,ij->i", vectors, vectors)[:, None]  # without a matrix of squares
    norms: Floats = np.sqrt(np.where(squares == 0, np.float32(1), squares))
    return norms


def _weights(index: Index, histories: Histories) -> csr_array:
    """decay^age of each known song in its history, (q, n)."""
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


def _blocks(model: Model, total: int, scores_mib: float) -> Iterator[slice]:
    rows = max(1, int(scores_mib * 2**18 / len(model)))
    for start in range(0, total, rows):
        yield slice(start, start + rows)
        progress.advance(min(rows, total - start))


def _block_ranks(scores: Floats, targets: NDArray[np.int32]) -> Ints:
    """A row at a time, which stays in the processor's cache."""
    result = np.full(len(targets), NOT_RANKED)
    for row in np.flatnonzero(targets < scores.shape[1]):
        songs, target = scores[row], targets[row]
        wanted = songs[target]
        if not np.isneginf(wanted):
            before = np.count_nonzero(songs[:target] >= wanted)
            result[row] = before + np.count_nonzero(songs[target + 1 :] > wanted)
    return result


def _block_top_k(scores: Floats, k: int) -> tuple[Ints, Floats]:
    last = scores.shape[1] - k
    worst = np.partition(scores, last, axis=1)[:, last, None]
    chosen = scores >= worst
    tied = np.flatnonzero(chosen.sum(axis=1, dtype=np.uint32) > k)
    better, equal = scores[tied] > worst[tied], scores[tied] == worst[tied]
    spare = k - better.sum(axis=1, keepdims=True)
    chosen[tied] = better | (equal & (equal.cumsum(axis=1) <= spare))
    songs = np.nonzero(chosen)[1].reshape(-1, k)  # by number, so that a stable sort leaves ties so
    values = np.take_along_axis(scores, songs, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    songs, values = np.take_along_axis(songs, order, 1), np.take_along_axis(values, order, 1)
    left_out = np.isneginf(values)
    return np.where(left_out, NO_SONG, songs), np.where(left_out, LOWEST, values)
