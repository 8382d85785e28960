"""Fits the weights of a score: a conditional logit over the first songs of each query.

The probability of the target among the songs that are compared is the softmax of their scores
(McFadden, Conditional logit analysis of qualitative choice behavior, 1974). The fit maximises the
log-likelihood minus a penalty: for each part, with values scaled to standard deviation 1, half of
`prior` times the squared distance of its weight from the given one. So few queries leave the
weights where they are, and many decide them.

The songs that are compared are the best by the score with its given weights, whatever the target:
a query whose target is not among them is left out. Were the target added to them, "low on every
part" would give it away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from next_song.retrieval.definition import Index
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import LOWEST, blocks, top_k
from next_song.retrieval.setting import Fit, Score, Weights
from next_song.retrieval.song_space import Floats, Ints

Reals = NDArray[np.float64]
NO_TARGET = -1
DIGITS = 4  # of a weight: what is beyond depends on the order of sums


@dataclass(frozen=True)
class Choices:
    """What q queries choose from: the values of p parts for c songs each.

    values: (q, c, p) float32. left: (q, c), false where there are fewer than c songs. targets:
    (q,), the column of the target, NO_TARGET if it is not among them. playlists: (q,), the playlist
    of each query.
    """

    values: Floats
    left: NDArray[np.bool_]
    targets: Ints
    playlists: Ints

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Choices":
        return Choices(self.values[rows], self.left[rows], self.targets[rows], self.playlists[rows])

    def ranks(self, weights: Reals) -> Ints:
        """Returns the rank of each target among the songs of its query, (q,); c if it is not."""
        scores = np.where(self.left, self.values @ weights, -np.inf)
        found = self.targets != NO_TARGET
        wanted = scores[np.arange(len(scores)), self.targets][:, None]
        return np.where(found, (scores > wanted).sum(axis=1), self.values.shape[1])


def choices(index: Index, queries: Queries, most: int) -> Choices:
    """Returns the best `most` songs of each query by the score as it is, with their parts."""
    count = min(most, len(index))
    shape = (len(queries), count)
    values = np.empty((*shape, len(index.setting.parts)), np.float32)
    left, targets = np.empty(shape, bool), np.full(len(queries), NO_TARGET)
    for rows in blocks(index, len(queries)):
        songs, scores = top_k(index, queries.histories[rows], count)
        left[rows] = scores > LOWEST
        values[rows] = index.part_values(queries.histories[rows], np.maximum(songs, 0))
        at, columns = np.nonzero(songs == queries.targets[rows][:, None])
        targets[rows.start + at] = columns
    return Choices(values, left, targets, queries.histories.starts)


def fit(found: Choices, score: Score, prior: float) -> Weights:
    """Returns the weights that make the targets most likely, held near those of the score.

    Without a query whose target is among its songs, these are the weights of the score.
    """
    given = np.array(list(score.weights.values()))
    known = found[(found.targets != NO_TARGET) & (found.left.sum(axis=1) > 1)]
    if not len(known.targets):
        return score.weights
    scale = deviations(known)
    values = np.where(known.left[:, :, None], known.values / scale, 0).astype(np.float64)
    loss = _Loss(values, known.left, known.targets, given * scale, prior)
    best = minimize(loss.value, given * scale, jac=loss.gradient, hess=loss.hessian, method="trust-exact")
    weights = np.round(best.x / scale, DIGITS)
    return dict(zip(score.weights, weights.tolist(), strict=True))


def deviations(found: Choices) -> Reals:
    """Returns the standard deviation of each part over all songs, (p,); 1 if all are equal."""
    spread = found.values[found.left].std(axis=0, dtype=np.float64)
    return np.where(spread < 1e-6, 1, spread)


@dataclass
class _Loss:
    """The penalised negative log-likelihood, with its derivatives, as functions of the weights."""

    values: Reals
    left: NDArray[np.bool_]
    targets: Ints
    given: Reals
    prior: float

    def _chances(self, weights: Reals) -> tuple[Reals, Reals]:
        """Returns the log-likelihood of each target, and the probability of each song."""
        scores = np.where(self.left, self.values @ weights, -np.inf)
        scores -= scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1, keepdims=True)
        at = np.arange(len(scores)), self.targets
        return scores[at] - np.log(total[:, 0]), np.exp(scores) / total

    def value(self, weights: Reals) -> float:
        apart = weights - self.given
        return float(-self._chances(weights)[0].sum() + 0.5 * self.prior * apart @ apart)

    def gradient(self, weights: Reals) -> Reals:
        chances = self._chances(weights)[1]
        expected = np.einsum("qc,qcp->p", chances, self.values)
        observed = self.values[np.arange(len(chances)), self.targets].sum(axis=0)
        gradient: Reals = expected - observed + self.prior * (weights - self.given)
        return gradient

    def hessian(self, weights: Reals) -> Reals:
        chances = self._chances(weights)[1]
        means = np.einsum("qc,qcp->qp", chances, self.values)
        flat = self.values.reshape(-1, self.values.shape[2])
        squares = flat.T @ (chances.reshape(-1, 1) * flat)
        hessian: Reals = squares - means.T @ means + self.prior * np.eye(len(weights))
        return hessian
