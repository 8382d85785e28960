import ir_measures
import numpy as np
import pytest
from ir_measures import RR, Success, nDCG

from next_song.evaluation.metrics import coverage, gini, hit_rate, mean_popularity, mrr, ndcg
from next_song.retrieval.ranking import NOT_RANKED

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
    assert hit_rate(RANKS, k).mean() == expected


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, 1 / 4),
        (3, (1 + 1 / 3) / 4),
        (5, (1 + 1 / 3 + 1 / 5) / 4),
    ],
)
def test_mrr_by_hand(k: int, expected: float) -> None:
    assert mrr(RANKS, k).mean() == pytest.approx(expected)


def test_ndcg_by_hand() -> None:
    # 1 / log2(2) = 1 and 1 / log2(4) = 1/2
    assert ndcg(RANKS, 3).mean() == pytest.approx((1 + 1 / 2) / 4)


def test_coverage_by_hand() -> None:
    answers = np.array([[0, 3, -1], [3, 0, 5]])  # songs 0, 3 and 5 of 6
    assert coverage(answers, songs=6) == 3 / 6


def test_gini_by_hand() -> None:
    assert gini(np.array([[0, 1], [2, 3]]), songs=4) == 0
    assert gini(np.array([[2, 2, -1]]), songs=4) == 3 / 4  # one of four has all
    assert gini(np.array([[1, -1]]), songs=4) == 3 / 4
    assert gini(np.array([[-1, -1]]), songs=4) == 0  # no answer at all
    # counts 0, 1, 3: sum of |differences| between all pairs / (2 * n * total) = 12 / 24
    assert gini(np.array([1, 2, 2, 2]), songs=3) == pytest.approx(12 / 24)


def test_mean_popularity_by_hand() -> None:
    plays = np.array([9, 5, 1])
    assert mean_popularity(np.array([[0, 2], [2, -1]]), plays) == (9 + 1 + 1) / 3
    assert mean_popularity(np.array([[0, -1]]), plays) == 9
    assert mean_popularity(np.array([[-1]]), plays) == 0


@pytest.mark.parametrize("k", [1, 2, 3, 10, 20])
def test_metrics_are_those_of_trec_eval(k: int) -> None:
    # an independent library, which is asked with rankings and knows nothing of ranks
    random = np.random.default_rng(k)
    scores = np.stack([random.permutation(20) for _ in range(300)])
    targets = random.integers(0, 25, 300)  # some are songs that are not ranked
    relevant = {f"{query}": {f"{song}": 1} for query, song in enumerate(targets)}
    answers = {
        f"{query}": {f"{song}": float(score) for song, score in enumerate(row)}
        for query, row in enumerate(scores)
    }
    of_target = [
        np.count_nonzero(row > row[target]) if target < 20 else NOT_RANKED
        for row, target in zip(scores, targets, strict=True)
    ]
    measures = {hit_rate: Success @ k, mrr: RR @ k, ndcg: nDCG @ k}
    expected = {measure: np.zeros(300) for measure in measures.values()}
    for found in ir_measures.iter_calc([*expected], relevant, answers):
        expected[found.measure][int(found.query_id)] = found.value
    for metric, measure in measures.items():
        assert metric(np.array(of_target), k) == pytest.approx(expected[measure])
