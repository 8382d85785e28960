import numpy as np
import pytest

from next_song.evaluation.uncertainty import bootstrap, interval


def test_playlists_are_drawn_with_all_of_their_queries() -> None:
    # playlist 7 has one query, a hit; playlist 9 three misses: means over draws of two playlists
    values, playlists = np.array([[1.0], [0], [0], [0]]), np.array([7, 9, 9, 9])
    means = bootstrap(values, playlists, seed=1)
    found, counts = np.unique(means, return_counts=True)
    assert found.tolist() == [0, 1 / 4, 1]
    assert counts / 1000 == pytest.approx([1 / 4, 1 / 2, 1 / 4], abs=0.06)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    random, covered = np.random.default_rng(3), 0
    for trial in range(200):
        chances = random.beta(2, 6, 150)  # playlists differ, their queries are alike
        playlists = np.repeat(np.arange(150), random.integers(1, 9, 150))
        hits = (random.random(len(playlists)) < chances[playlists]).astype(float)
        low, high = interval(bootstrap(hits[:, None], playlists, trial, samples=200))[:, 0]
        covered += low <= 2 / 8 <= high
    assert 0.89 <= covered / 200 <= 0.985


def test_rows_belong_together_whatever_the_block_and_the_column() -> None:
    random = np.random.default_rng(5)
    values, playlists = random.random((300, 2)), np.sort(random.integers(0, 40, 300))
    means = bootstrap(values, playlists, seed=2)
    difference = bootstrap(values[:, :1] - values[:, 1:], playlists, seed=2)
    assert difference[:, 0] == pytest.approx(means[:, 0] - means[:, 1])
    assert (means == bootstrap(values, playlists, seed=2)).all()
    assert (means != bootstrap(values, playlists, seed=3)).any()


def test_a_single_playlist_leaves_no_doubt_to_measure() -> None:
    means = bootstrap(np.array([[1.0], [0]]), np.array([4, 4]), seed=1)
    assert interval(means).tolist() == [[0.5], [0.5]]
