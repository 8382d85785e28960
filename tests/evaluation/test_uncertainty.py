"""Intervals against exact binomial bounds, against the cluster bootstrap, and in a simulation."""

import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from next_song.evaluation import uncertainty
from next_song.evaluation.metrics import Values
from next_song.evaluation.uncertainty import interval, level
from next_song.retrieval.song_space import Ints


def bounds(values: list[float], span: tuple[float, float] = (0, 1), seed: int = 1) -> list[float]:
    """Low and high of the mean of one query per playlist."""
    found = interval(np.array(values, float)[:, None], np.arange(len(values)), seed, span)
    return found[:, 0].tolist()


@pytest.mark.parametrize(("hits", "playlists"), [(0, 20), (20, 20), (1, 20), (5, 20), (3, 50)])
def test_hits_have_the_interval_of_clopper_and_pearson(hits: int, playlists: int) -> None:
    low, high = bounds([1] * hits + [0] * (playlists - hits))
    exact = stats.binomtest(hits, playlists).proportion_ci(0.95, "exact")
    assert low == pytest.approx(exact.low, abs=0.01)
    assert high == pytest.approx(exact.high, abs=0.01)
    assert (low == 0) == (hits == 0)
    assert (high == 1) == (hits == playlists)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("playlists", range(1, 9))
def test_five_playlists_never_differ_beyond_chance(playlists: int, seed: int) -> None:
    # hits against misses in each of n playlists, by chance alone: twice 1 / 2^n, .06 for five
    low, high = bounds([1] * playlists, (-1, 1), seed)
    assert (low > 0) == (playlists >= 6)
    assert high == pytest.approx(1)
    assert bounds([-1] * playlists, (-1, 1), seed) == pytest.approx([-high, -low])


@pytest.mark.parametrize("looks", [1, 4])
@pytest.mark.parametrize("playlists", [3, 20, 60])
def test_the_ends_where_nothing_was_missed_are_those_of_a_beta(playlists: int, looks: int) -> None:
    # weights of hits are a gamma variable of shape n, the added miss one of 400 / (400 + n)
    queries = np.repeat(np.arange(playlists), 5)  # of the same size: their number says nothing
    found = interval(np.ones((len(queries), 2)), queries, 1, looks=looks)
    tail = 0.05 / 2 / looks
    low = stats.beta.ppf([0.9 * tail, tail, 1.1 * tail], playlists, 400 / (400 + playlists))
    assert found[0] == pytest.approx(low[1], abs=low[2] - low[0])
    assert found[1] == pytest.approx(1)
    misses = interval(np.zeros((len(queries), 1)), queries, 1, looks=looks)
    assert misses[1] == pytest.approx(1 - low[1], abs=low[2] - low[0])
    assert misses[0] == pytest.approx(0)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("playlists", [10, 20, 50, 200])
def test_the_interval_covers_the_truth(
    playlists: int, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uncertainty, "SAMPLES", 400)
    monkeypatch.setattr(uncertainty, "WEIGHTS", 0)
    random, covered = np.random.default_rng(3), 0
    for trial in range(300):
        # playlists differ, the queries of one are alike: their correlation is 1 / (1 + 3)
        chances = random.beta(3 * rate, 3 * (1 - rate), playlists)
        queries = np.repeat(np.arange(playlists), random.integers(1, 9, playlists))
        hits = random.random(len(queries)) < chances[queries]
        low, high = interval(hits[:, None].astype(float), queries, trial)[:, 0]
        covered += low <= rate <= high
    assert covered / 300 >= 0.93


def test_a_playlist_is_weighed_with_all_of_its_queries() -> None:
    # ten hits in each of two playlists tell no more than two hits
    values, playlists = np.ones((20, 1)), np.repeat([4, 9], 10)
    assert interval(values, playlists, 1)[:, 0] == pytest.approx(bounds([1, 1]))


def cluster_bootstrap(hits: Values, playlists: Ints, samples: int) -> Values:
    """Low and high without an added playlist: n of n playlists are drawn with replacement."""
    sums, sizes = np.bincount(playlists, hits), np.bincount(playlists)
    random = np.random.default_rng(2)
    draws = (random.integers(len(sizes), size=len(sizes)) for _ in range(samples))
    means = [sums[draw].sum() / sizes[draw].sum() for draw in draws]
    return np.quantile(means, [0.025, 0.975])


@pytest.mark.parametrize("rate", [0.05, 0.36])
def test_a_thousand_playlists_speak_for_themselves(
    rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uncertainty, "SAMPLES", 10_000)  # such that the draws differ by less
    random = np.random.default_rng(1)
    playlists = np.repeat(np.arange(1000), random.integers(1, 9, 1000))
    chances = random.beta(3 * rate, 3 * (1 - rate), 1000)[playlists]
    hits, others = (random.random((2, len(playlists))) < chances).astype(float)
    found = interval(hits[:, None], playlists, 1)[:, 0]
    assert found == pytest.approx(cluster_bootstrap(hits, playlists, 10_000), abs=0.001)
    apart = interval((hits - others)[:, None], playlists, 1, (-1, 1))[:, 0]
    assert apart == pytest.approx(cluster_bootstrap(hits - others, playlists, 10_000), abs=0.001)


def test_the_more_looks_the_wider() -> None:
    assert [level(looks) for looks in (1, 2, 50)] == pytest.approx([0.95, 0.975, 0.999])
    values, playlists = np.repeat([[1.0], [0]], [5, 15], axis=0), np.arange(20)
    for looks in (2, 10):
        exact = stats.binomtest(5, 20).proportion_ci(level(looks), "exact")
        found = interval(values, playlists, 1, looks=looks)[:, 0]
        assert found == pytest.approx([exact.low, exact.high], abs=0.01)


def test_the_same_seed_gives_the_same_bytes_whatever_the_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uncertainty, "WEIGHTS", 0)
    random = np.random.default_rng(5)
    values, playlists = random.random((300, 2)), np.sort(random.integers(0, 40, 300))
    found = interval(values, playlists, 2)
    assert found.tobytes() == interval(values, playlists, 2).tobytes()
    assert (found != interval(values, playlists, 3)).all()
    for several in (7, 0):  # weights of each playlist at a time; one, where there is room for none
        monkeypatch.setattr(uncertainty, "BLOCK_BYTES", 40 * 8 * several)
        assert interval(values, playlists, 2) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(
    ("playlists", "looks", "samples"),
    [(1, 1, 20_000), (100, 1, 20_000), (200, 1, 10_000), (200, 3, 30_000), (4000, 1, 1000)],
)
def test_few_playlists_get_more_samples_in_blocks_of_bytes(
    playlists: int, looks: int, samples: int
) -> None:
    values = np.zeros((playlists, 2))
    blocks = [*uncertainty._means(values, np.arange(playlists), 1, (0, 1), looks)]
    assert {block.shape[::2] for block in blocks} == {(2, 2)}
    assert sum(block.shape[1] for block in blocks) == samples
    assert blocks[0].shape[1] == min(samples, 64 * 2**20 // (8 * playlists))


def test_the_threads_of_a_product_change_no_byte() -> None:
    random = np.random.default_rng(5)
    values, playlists = random.random((300, 16)), np.arange(300)  # their last bits depend on it
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(interval(values, playlists, 2).tobytes())
    assert found[0] == found[1]
