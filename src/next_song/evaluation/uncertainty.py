"""Confidence intervals of metrics: the bootstrap over playlists.

Queries of one playlist are correlated, so whole playlists are drawn, each with all of its queries:
the cluster bootstrap (Field and Welsh, J. R. Statist. Soc. B 69, 2007). `scipy.stats.bootstrap` of
sums and counts gives the same for one metric at a time; here, all metrics share the draws.
"""

import numpy as np

from next_song.evaluation.metrics import Values
from next_song.retrieval.song_space import Ints

SAMPLES = 1000
BLOCK_BYTES = 64 * 2**20
LEVEL = 95


def bootstrap(values: Values, playlists: Ints, seed: int, samples: int = SAMPLES) -> Values:
    """Returns the means of metrics over playlists that are drawn with replacement, (samples, f).

    values: (q, f), one column per metric. playlists: (q,), the playlist of each query. The same
    seed draws the same playlists, so rows of two models' means can be compared.
    """
    _, which, sizes = np.unique(playlists, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(which, column) for column in values.T], axis=1)
    random, means = np.random.default_rng(seed), np.empty((samples, values.shape[1]))
    rows = max(1, BLOCK_BYTES // (8 * len(sizes)))
    for start in range(0, samples, rows):
        draws = random.integers(len(sizes), size=(min(rows, samples - start), len(sizes)))
        times = np.stack([np.bincount(draw, minlength=len(sizes)) for draw in draws]).astype(float)
        means[start : start + rows] = times @ sums / (times @ sizes)[:, None]
    return means


def interval(means: Values) -> Values:
    """Returns the bounds of the middle 95 % of each column, (2, f): low and high."""
    tail = (100 - LEVEL) / 2
    bounds: Values = np.percentile(means, [tail, 100 - tail], axis=0)
    return bounds
