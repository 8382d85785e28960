import numpy as np
import pytest

from next_song.metrics import coverage, hit_rate, mrr, ndcg
from next_song.retrieval import NOT_RANKED

RANKS = np.array([0, 2, 4, NOT_RANKED])


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, 1 / 4),  # only the first target stands first
        (3, 2 / 4),  # places 1 and 3
        (5, 3 / 4),  # places 1, 3 and 5
        (10**6, 3 / 4),  # a target outside the vocabulary is a miss at any k
    ],
)
def test_hit_rate_by_hand(k: int, expected: float) -> None:
    assert hit_rate(RANKS, k) == expected


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, 1 / 4),
        (3, (1 + 1 / 3) / 4),
        (5, (1 + 1 / 3 + 1 / 5) / 4),
    ],
)
def test_mrr_by_hand(k: int, expected: float) -> None:
    assert mrr(RANKS, k) == pytest.approx(expected)


def test_ndcg_by_hand() -> None:
    # 1 / log2(2) = 1 and 1 / log2(4) = 1/2
    assert ndcg(RANKS, 3) == pytest.approx((1 + 1 / 2) / 4)


def test_coverage_by_hand() -> None:
    answers = np.array([[0, 3, -1], [3, 0, 5]])  # songs 0, 3 and 5 of 6
    assert coverage(answers, songs=6) == 3 / 6
