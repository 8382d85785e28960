"""Rankings by the scores of any model: the ranks of targets, and the best songs.

Ties go to the lower song number, which is the more popular song.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from next_song import progress
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.song_space import Floats, Ints

NOT_RANKED = np.iinfo(np.int64).max
NO_SONG = -1
LOWEST = np.finfo(np.float32).min
SCORES_MIB = 64.0
GROUP = 64


class Model(Protocol):
    """A model that scores n songs, given by number, for each history."""

    def __len__(self) -> int: ...

    def score(self, histories: Histories) -> Floats:
        """Returns the scores of all songs for each history, (q, n) float32; -inf if left out."""
        ...


@dataclass(frozen=True)
class Without:
    """A model that never answers with some songs, given by number."""

    model: Model
    songs: Ints

    def __len__(self) -> int:
        return len(self.model)

    def score(self, histories: Histories) -> Floats:
        """Returns the scores of the model, (q, n) float32; -inf for these songs, too."""
        scores = self.model.score(histories)
        scores[:, self.songs[self.songs < len(self.model)]] = -np.inf
        return scores


def ranks(model: Model, queries: Queries, scores_mib: float = SCORES_MIB) -> Ints:
    """Returns the rank of each target, (q,) int64, 0 for the best.

    It is the number of songs with a higher score, plus those with the same score and a lower
    number. A target that the model does not know or leaves out is NOT_RANKED, a miss at any k.
    scores_mib: how many MiB of scores to hold at a time.
    """
    result = np.full(len(queries), NOT_RANKED)
    for rows in blocks(model, len(queries), scores_mib):
        result[rows] = _block_ranks(model.score(queries.histories[rows]), queries.targets[rows])
    return result


def top_k(
    model: Model, histories: Histories, k: int, scores_mib: float = SCORES_MIB
) -> tuple[Ints, Floats]:
    """Returns the k best songs of each history and their scores, each (q, k), best first.

    If fewer than k songs are left to answer with, the rest is NO_SONG with the score LOWEST.
    Raises ValueError unless 1 <= k <= n.
    """
    if not 1 <= k <= len(model):
        raise ValueError(f"k: found {k}, expected 1 to {len(model)}, the number of songs")
    songs = np.empty((len(histories), k), np.int64)
    scores = np.empty((len(histories), k), np.float32)
    for rows in blocks(model, len(histories), scores_mib):
        songs[rows], scores[rows] = _block_top_k(model.score(histories[rows]), k)
    return songs, scores


def blocks(model: Model, total: int, scores_mib: float = SCORES_MIB) -> Iterator[slice]:
    """Yields slices of so many histories, whose scores take at most scores_mib MiB each."""
    rows = max(1, int(scores_mib * 2**18 / len(model)))
    for start in range(0, total, rows):
        yield slice(start, start + rows)
        progress.advance(min(rows, total - start))


def highest(scores: Floats, k: int) -> Ints:
    """Returns the k best of the scores (n,), best first; ties go to the lower number.

    The k-th highest of the maxima of groups is at most the k-th best score, and finding it takes
    less than finding that among all.
    """
    groups = len(scores) // GROUP
    rows = scores[: groups * GROUP].reshape(GROUP, groups)  # a group is a column
    best = rows.max(axis=0) if groups > k else scores
    contenders = np.flatnonzero(scores >= np.partition(best, len(best) - k)[len(best) - k])
    found: Ints = contenders[np.argsort(-scores[contenders], kind="stable")[:k]]
    return found


def _block_ranks(scores: Floats, targets: NDArray[np.int32]) -> Ints:
    """Returns the ranks of targets, row by row: a row stays in the processor's cache."""
    result = np.full(len(targets), NOT_RANKED)
    for row in np.flatnonzero(targets < scores.shape[1]):
        songs, target = scores[row], targets[row]
        wanted = songs[target]
        if not np.isneginf(wanted):
            before = np.count_nonzero(songs[:target] >= wanted)
            result[row] = before + np.count_nonzero(songs[target + 1 :] > wanted)
    return result


def _block_top_k(scores: Floats, k: int) -> tuple[Ints, Floats]:
    """Returns the k best songs and scores, row by row; ties go to the lower song number."""
    songs = np.empty((len(scores), k), np.int64)
    for row, line in enumerate(scores):
        songs[row] = highest(line, k)
    values = np.take_along_axis(scores, songs, axis=1)
    left_out = np.isneginf(values)
    return np.where(left_out, NO_SONG, songs), np.where(left_out, LOWEST, values)
