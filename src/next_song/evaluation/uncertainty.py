"""How sure figures are: the bootstrap over playlists.

Queries of one playlist are alike, so playlists are drawn, each with all of its queries:
the cluster bootstrap (Field and Welsh, J. R. Statist. Soc. B 69, 2007). `scipy.stats.bootstrap` of
sums and counts gives the same, for one figure at a time; many share the draws here.
"""

import numpy as np

from next_song.evaluation.metrics import Values
from next_song.retrieval.song_space import Ints

SAMPLES = 1000
BLOCK_BYTES = 64 * 2**20
LEVEL = 95


def bootstrap(values: Values, playlists: Ints, seed: int, samples: int = SAMPLES) -> Values:
    """Means of figures, each over playlists drawn anew.

    values: (q, f), a column for each figure. playlists: (q,), which playlist a query is of.
    Returns (samples, f) means over queries; the same seed draws the same playlists, so that
    two models' means belong together row by row.
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
    """The middle 95 % of each column: (2, f), low and high."""
    tail = (100 - LEVEL) / 2
    bounds: Values = np.percentile(means, [tail, 100 - tail], axis=0)
    return bounds
