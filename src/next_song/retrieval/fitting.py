"""Fits the weights of a score: a conditional logit over the first songs of each query.

The probability of the target among the songs that are compared is the softmax of their scores
(McFadden, Conditional logit analysis of qualitative choice behavior, 1974). The fit maximises the
log-likelihood minus a penalty: for each part, half of the squared distance of its weight from the
given one, in units of `spread` times the given weight, or times SMALL if that is larger. This is a
normal prior around the given weights: few queries move them little, and many decide them.

The songs that are compared are the best by the score with its given weights, whatever the target:
a query whose target is not among them is left out. Were the target added to them, "low on every
part" would give it away. If fewer than `least` queries are left, the given weights stay.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from next_song.retrieval.definition import Index
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import NO_SONG, NOT_RANKED, blocks, top_k
from next_song.retrieval.setting import Fit, Score, Weights
from next_song.retrieval.song_space import Floats, Ints

Reals = NDArray[np.float64]
NO_TARGET = -1
DIGITS = 4  # of a weight: what is beyond depends on the order of sums
SMALL = 0.3  # weights below it are expected to move as far as this one


@dataclass(frozen=True)
class Choices:
    """What q queries choose from: the values of p parts for c songs each.

    values: (q, c, p) float32. songs: (q, c) song numbers, NO_SONG where fewer songs are left.
    targets: (q,), the column of the target, NO_TARGET if it is not among them. playlists: (q,), the
    playlist of each query.
    """

    values: Floats
    songs: Ints
    targets: Ints
    playlists: Ints

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, rows: NDArray[np.bool_] | Ints) -> "Choices":
        return Choices(
            self.values[rows], self.songs[rows], self.targets[rows], self.playlists[rows]
        )

    def without(self, part: int) -> "Choices":
        """Returns the same choices without one of the parts, given by its place."""
        return replace(self, values=np.delete(self.values, part, axis=2))

    @property
    def left(self) -> NDArray[np.bool_]:
        """Where there is a song, (q, c)."""
        left: NDArray[np.bool_] = self.songs != NO_SONG
        return left

    @property
    def deviations(self) -> Reals:
        """The standard deviation of each part over all songs, (p,); 1 if all are equal."""
        values = self.values[self.left].astype(np.float64)
        if not len(values):
            return np.ones(values.shape[1])
        spread: Reals = values.std(axis=0)
        return np.where(spread < 1e-6, 1, spread)

    def ranks(self, weights: Weights) -> Ints:
        """Returns the rank of each target among its songs, (q,); NOT_RANKED if it is not there."""
        scores = np.where(self.left, self.values @ np.array(list(weights.values())), -np.inf)
        at = np.arange(len(self)), self.targets
        wanted, number = scores[at][:, None], self.songs[at][:, None]
        before = (scores > wanted) | ((scores == wanted) & (self.songs < number))
        return np.where(self.targets == NO_TARGET, NOT_RANKED, before.sum(axis=1))


def choices(index: Index, queries: Queries, most: int) -> Choices:
    """Returns the best `most` songs of each query by the score as it is, with their parts."""
    count = min(most, len(index))
    values = np.empty((len(queries), count, len(index.setting.parts)), np.float32)
    songs = np.empty((len(queries), count), np.int64)
    targets = np.full(len(queries), NO_TARGET)
    for rows in blocks(index, len(queries)):
        songs[rows], _ = top_k(index, queries.histories[rows], count)
        values[rows] = index.part_values(queries.histories[rows], np.maximum(songs[rows], 0))
        at, columns = np.nonzero(songs[rows] == queries.targets[rows][:, None])
        targets[rows.start + at] = columns
    return Choices(values, songs, targets, queries.histories.starts)


def fit(found: Choices, score: Score, params: Fit) -> Weights:
    """Returns the weights that make the targets most likely, held near those of the score.

    Returns the weights of the score if fewer than `params.least` queries have their target among
    the songs compared.
    """
    known = found[(found.targets != NO_TARGET) & (found.left.sum(axis=1) > 1)]
    if len(known) < params.least or not score.parts:
        return score.weights
    given = np.array(list(score.weights.values()))
    values = np.where(known.left[:, :, None], known.values, 0).astype(np.float64)
    loss = _Loss(values, known.left, known.targets, given, params.spread)
    best = minimize(loss.value, given, jac=loss.gradient, hess=loss.hessian, method="trust-exact")
    return dict(zip(score.weights, np.round(best.x, DIGITS).tolist(), strict=True))


@dataclass(frozen=True)
class _Loss:
    """The penalised negative log-likelihood, with its derivatives, as functions of the weights."""

    values: Reals
    left: NDArray[np.bool_]
    targets: Ints
    given: Reals
    spread: float

    @property
    def _strength(self) -> Reals:
        """How strongly each weight is held, (p,)."""
        return (self.spread * np.maximum(np.abs(self.given), SMALL)) ** -2.0

    def _chances(self, weights: Reals) -> tuple[Reals, Reals]:
        """Returns the log-likelihood of each target, and the probability of each song."""
        scores = np.where(self.left, self.values @ weights, -np.inf)
        scores -= scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1, keepdims=True)
        at = np.arange(len(scores)), self.targets
        return scores[at] - np.log(total[:, 0]), np.exp(scores) / total

    def value(self, weights: Reals) -> float:
        apart = weights - self.given
        return float(-self._chances(weights)[0].sum() + 0.5 * self._strength @ apart**2)

    def gradient(self, weights: Reals) -> Reals:
        chances = self._chances(weights)[1]
        expected = np.einsum("qc,qcp->p", chances, self.values)
        observed = self.values[np.arange(len(chances)), self.targets].sum(axis=0)
        gradient: Reals = expected - observed + self._strength * (weights - self.given)
        return gradient

    def hessian(self, weights: Reals) -> Reals:
        chances = self._chances(weights)[1]
        means = np.einsum("qc,qcp->qp", chances, self.values)
        flat = self.values.reshape(-1, self.values.shape[2])
        squares = flat.T @ (chances.reshape(-1, 1) * flat)
        hessian: Reals = squares - means.T @ means + np.diag(self._strength)
        return hessian
