"""Retrieval: how a history becomes a query, and a query a ranking. THE definition.

For a history of known songs, oldest first, with age 0 for the latest:

    q = sum of decay^age * unit(query vector)
    score(song) = cosine(q, target vector of the song) + popularity * ln(plays of the song)

Target vectors are the output vectors, or with `target: input` the input vectors again. Songs of
the history are left out unless `repeats`. Songs that the space lacks are as if not there; a
history without a known song gets the popularity ranking, score ln(plays). Ties go to the lower
song number, which is the more popular song.

`next_song.retrieval_model` says the same in TensorFlow, from the same `Index`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from next_song.parameters import Retrieval
from next_song.queries import Histories, Queries
from next_song.song_space import Floats, Ints, SongSpace

NOT_RANKED = np.iinfo(np.int64).max
NO_SONG = -1
LOWEST = np.finfo(np.float32).min
BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Index:
    """A song space made ready to be searched in one way.

    query_units: (n, d) float32, rows of length 1. target_units: (d, n) float32, columns of
    length 1. prior: (n,) float32, what popularity adds. fallback: (n,) float32, the scores of a
    history without a known song. A vector of zeros stays one.
    """

    query_units: Floats
    target_units: Floats
    prior: Floats
    fallback: Floats
    decay: float
    repeats: bool

    def __len__(self) -> int:
        return len(self.prior)


def build_index(space: SongSpace, retrieval: Retrieval) -> Index:
    """Make a song space ready for a retrieval setting."""
    query_units = _unit(space.query_vectors)
    targets = query_units if retrieval.target == "input" else _unit(space.target_vectors)
    fallback = np.log(space.plays).astype(np.float32)
    return Index(
        query_units=query_units,
        target_units=np.ascontiguousarray(targets.T),
        prior=np.float32(retrieval.popularity) * fallback,
        fallback=fallback,
        decay=retrieval.decay,
        repeats=retrieval.repeats,
    )


def encode(index: Index, histories: Histories) -> tuple[Floats, NDArray[np.bool_]]:
    """Queries, (q, d) float32 of length 1, and which histories have a known song, (q,)."""
    rows, songs = _known(index, histories)
    counts = np.bincount(rows, minlength=len(histories))
    ends = np.cumsum(counts)
    ages = ends[rows] - 1 - np.arange(len(rows))
    weights = np.float32(index.decay) ** ages.astype(np.float32)
    matrix = csr_array(
        (weights, songs, np.concatenate([[0], ends])), shape=(len(histories), len(index))
    )
    return _unit(matrix @ index.query_units), counts > 0


def score(index: Index, histories: Histories) -> Floats:
    """Scores of all songs for each history, (q, n) float32; -inf for songs left out."""
    queries, known = encode(index, histories)
    scores = queries @ index.target_units
    scores += index.prior
    if not index.repeats:
        scores[_known(index, histories)] = -np.inf
    scores[~known] = index.fallback
    return scores


def ranks(index: Index, queries: Queries, block_bytes: int = BLOCK_BYTES) -> Ints:
    """The place of each target in its ranking, (q,) int64, 0 for the best.

    It is the number of songs with a higher score and of songs with the same score and a lower
    number. A target that the space lacks or retrieval leaves out is NOT_RANKED: a miss at any k.
    """
    result = np.full(len(queries), NOT_RANKED)
    for rows in _blocks(index, len(queries), block_bytes):
        result[rows] = _block_ranks(score(index, queries.histories[rows]), queries.targets[rows])
    return result


def top_k(
    index: Index, histories: Histories, k: int, block_bytes: int = BLOCK_BYTES
) -> tuple[Ints, Floats]:
    """The k best songs of each history and their scores, each (q, k), best first.

    Where fewer than k songs are left to answer with, NO_SONG with the score LOWEST follows.
    Raises ValueError unless 1 <= k <= n.
    """
    if not 1 <= k <= len(index):
        raise ValueError(f"k: found {k}, expected 1 to {len(index)}, the number of songs")
    songs = np.empty((len(histories), k), np.int64)
    scores = np.empty((len(histories), k), np.float32)
    for rows in _blocks(index, len(histories), block_bytes):
        songs[rows], scores[rows] = _block_top_k(score(index, histories[rows]), k)
    return songs, scores


def _unit(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Floats = vectors / np.where(norms == 0, np.float32(1), norms)
    return units


def _known(index: Index, histories: Histories) -> tuple[Ints, NDArray[np.int32]]:
    rows, songs = histories.flat()
    known = songs < len(index)
    return rows[known], songs[known]


def _blocks(index: Index, total: int, block_bytes: int) -> Iterator[slice]:
    rows = max(1, block_bytes // (4 * len(index)))
    return (slice(start, start + rows) for start in range(0, total, rows))


def _block_ranks(scores: Floats, targets: NDArray[np.int32]) -> Ints:
    ranked = np.flatnonzero(targets < scores.shape[1])
    wanted = np.full((len(targets), 1), -np.inf, np.float32)
    wanted[ranked, 0] = scores[ranked, targets[ranked]]
    result: Ints = (scores > wanted).sum(axis=1, dtype=np.uint32).astype(np.int64)
    equal = scores == wanted
    tied = np.flatnonzero(equal.sum(axis=1, dtype=np.uint32) > 1)
    before = np.arange(scores.shape[1]) < targets[tied, None]
    result[tied] += (equal[tied] & before).sum(axis=1)
    result[np.isneginf(wanted[:, 0])] = NOT_RANKED
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
