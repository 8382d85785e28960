"""The best of many scores, ties included, against a stable sort."""

import numpy as np
import pytest

from next_song.serving.arrays import GROUP
from next_song.serving.graph_ops import highest


@pytest.mark.parametrize("k", [1, 2, 7, 9, 10, 60])  # ten groups: fewer than k, as many, more
@pytest.mark.parametrize("different", [1, 3, 50, 10**6])
def test_highest_equals_a_stable_sort(k: int, different: int) -> None:
    random = np.random.default_rng(different)
    scores = random.integers(0, different, (5, 10 * GROUP)).astype(np.float32)
    scores[:, random.integers(0, 10 * GROUP, 40)] = -np.inf
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    best, songs = highest(scores, k, 10 * GROUP)
    assert (songs.numpy() == expected).all()
    assert (best.numpy() == np.take_along_axis(scores, expected, 1)).all()
