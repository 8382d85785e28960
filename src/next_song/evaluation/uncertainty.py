"""Confidence intervals of metrics: the Bayesian bootstrap over playlists, with a worst case added.

Queries of one playlist are correlated, so a playlist is weighed with all of its queries, as in the
cluster bootstrap (Field and Welsh, J. R. Statist. Soc. B 69, 2007). The weights are exponential
random numbers (Rubin, The Bayesian bootstrap, Ann. Statist. 9, 1981).

What a sample does not show may still happen. So the low end is computed with one more playlist, of
mean size, at the bottom of the metric's range, and the high end with one at its top: Gaffke's bound
for the mean of a bounded variable (Learned-Miller and Thomas, arXiv 1905.06208). For one hit or
miss per playlist, it is the interval of Clopper and Pearson (Biometrika 26, 1934): 0 hits of 20
give 0 to .16, and a difference needs at least six playlists to be above chance, as in the sign
test. Many playlists speak for themselves, and Clopper and Pearson's interval is too wide for them.
So the added playlist weighs less, the more there are: a half among FADES. This is near Jeffreys'
interval (Brown, Cai and DasGupta, Statist. Science 16, 2001).
"""

from collections.abc import Iterator

import numpy as np

from next_song.evaluation.metrics import Values
from next_song.retrieval.song_space import Ints

SAMPLES = 1000
WEIGHTS = 2_000_000  # to be drawn for few playlists: they need more samples, and these cost little
FADES = 400
BLOCK_BYTES = 64 * 2**20
LEVEL = 0.95
DECIMALS = 12  # of an end: those that follow depend on how many threads compute a product


def level(looks: int) -> float:
    """Returns the level of each of `looks` intervals, such that all of them hold with 95 %.

    The more results are read from one test split, the likelier is a lucky one. Bonferroni's
    inequality (Dunn, J. Am. Statist. Assoc. 56, 1961) holds however the results are related.
    """
    return 1 - (1 - LEVEL) / looks


def interval(
    values: Values,
    playlists: Ints,
    seed: int,
    span: tuple[float, float] = (0, 1),
    looks: int = 1,
) -> Values:
    """Returns the ends of the interval of each mean, (2, f): low and high.

    values: (q, f), one column per metric, all within `span`. playlists: (q,), the playlist of each
    query. looks: how many results are read from these queries; the interval has `level(looks)`. The
    same seed draws the same weights.
    """
    means = np.concatenate(list(_means(values, playlists, seed, span, looks)), axis=1)
    tail = (1 - level(looks)) / 2
    low, high = np.quantile(means[0], tail, axis=0), np.quantile(means[1], 1 - tail, axis=0)
    ends: Values = np.stack([low, high])
    return ends.round(DECIMALS)


def _means(
    values: Values, playlists: Ints, seed: int, span: tuple[float, float], looks: int
) -> Iterator[Values]:
    """Yields weighted means, (2, some, f): with a playlist at the low and at the high end added."""
    _, which, sizes = np.unique(playlists, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(which, column) for column in values.T], axis=1)
    samples = looks * int(np.clip(WEIGHTS // len(sizes), SAMPLES, 20 * SAMPLES))
    random, others = np.random.default_rng(seed).spawn(2)
    rows = max(1, BLOCK_BYTES // (8 * len(sizes)))
    for start in range(0, samples, rows):
        weights = random.standard_exponential((min(rows, samples - start), len(sizes)))
        added = others.standard_gamma(FADES / (FADES + len(sizes)), (len(weights), 1))
        weight = (weights @ sizes)[:, None] + added * sizes.mean()
        yield np.stack([(weights @ sums + added * sizes.mean() * end) / weight for end in span])
