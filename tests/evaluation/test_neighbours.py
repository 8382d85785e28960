"""V-SKNN, STAN and VSTAN by hand; test_baselines.py compares all baselines with slow ones."""

import math

import numpy as np
import pytest
from slow_votes import build, scores

from next_song.evaluation import neighbours
from next_song.evaluation.neighbours import SessionKnn, Stan, Vstan
from next_song.retrieval.queries import Histories


def test_session_knn_by_hand() -> None:
    # idf: song 0 in three of four playlists, song 1 in two, songs 2 and 3 in one
    idf = np.log([4 / 3, 4 / 2, 4, 4])
    first, second, third = [0, 1], [0, 1, 2], [0]
    near = [
        (idf[1] + 0.6 * idf[0]) / math.sqrt(2),
        (idf[1] + 0.6 * idf[0]) / math.sqrt(3),
        0.6 * idf[0],
    ]
    expected = idf * [sum(near), near[0] + near[1], near[1], 0]
    found = scores("session_knn", [first, second, third, [3]], [0, 1])
    assert found == pytest.approx(expected.tolist())


def test_of_equally_near_playlists_the_latest_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionKnn, "nearest", 2)
    model = build("session_knn", [[0, 1], [0, 2], [0, 3], [1, 2, 3]], repeats=False)
    found = model.score(Histories.of([[0]]))[0]
    assert (found > 0).tolist() == [False, False, True, True]


def decay(distance: float, scale: float) -> float:
    return math.exp(-distance / scale)


@pytest.mark.parametrize(
    ("model", "song_age", "playlist_age", "distance", "shared_age", "rarity"),
    [(Stan, 2.45, 4.0, 4.9, math.inf, 0), (Vstan, 4.9, 4.0, 4.9, 4.9, 2)],
)
def test_one_vote_by_the_constants_that_the_search_found(
    model: type[Stan],
    song_age: float,
    playlist_age: float,
    distance: float,
    shared_age: float,
    rarity: float,
) -> None:
    # after 0, 2: the earlier of two playlists shares song 0, of age 1; song 1 stands next to it
    vote = decay(1, song_age) / math.sqrt(2) * decay(1 / 2, playlist_age) * decay(1, distance)
    vote *= decay(1, shared_age) * (1 + rarity * math.log(2))
    name = model.__name__.lower()
    assert scores(name, [[0, 1], [2, 3]], [0, 2])[1] == pytest.approx(vote)


@pytest.mark.parametrize("name", ["session_knn", "stan", "vstan"])
def test_of_a_song_its_latest_thousand_playlists_are_considered(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in (SessionKnn, Stan, Vstan):
        monkeypatch.setattr(model, "nearest", 2000)
    found = scores(name, [[1, 2], *([0, 1 + number] for number in range(1001))], [0])
    assert found[1] == 0
    assert min(found[2:]) > 0


# asked after 0, 1: song 1 has age 0, song 0 has age 1; of three playlists none, then one, is later
PLAYLISTS = [[0, 2, 3], [2, 1, 0, 2], [3, 4]]


def similarities(model: type[Stan]) -> tuple[float, float]:
    older, newer = decay(1, model.song_age), 1 + decay(1, model.song_age)
    first = older / math.sqrt(3) * decay(2 / 3, model.playlist_age)
    return first, newer / math.sqrt(3) * decay(1 / 3, model.playlist_age)


def test_stan_by_hand() -> None:
    first, second = similarities(Stan)
    step = decay(1, Stan.distance)
    # the last shared song is 0 in both: the first song of one playlist, the third of the other
    expected = [first + second, step * second, step * first + step * second, step**2 * first, 0]
    assert scores("stan", PLAYLISTS, [0, 1]) == pytest.approx(expected)


def test_vstan_by_hand() -> None:
    first, second = similarities(Vstan)
    first *= decay(
        1, Vstan.shared_age
    )  # it shares song 0 alone; the second shares song 1, of age 0
    step = decay(1, Vstan.distance)
    rare, rarer = (1 + Vstan.rarity * math.log(3 / count) for count in (2, 1))
    expected = [
        rare * (first + second),
        rarer * step * second,
        rare * step * (first + second),
        rare * step**2 * first,
        0,
    ]
    assert scores("vstan", PLAYLISTS, [0, 1]) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["stan", "vstan"])
def test_of_equal_playlists_the_later_one_counts_more(name: str) -> None:
    found = scores(name, [[0, 1], [0, 2], [0, 3]], [0])
    assert found[3] > found[2] > found[1]


@pytest.mark.parametrize("name", ["session_knn", "stan", "vstan"])
def test_only_the_latest_playlists_of_a_song_are_considered(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "LATEST", 2)
    found = scores(name, [[0, 1], [0, 2], [0, 3], [4, 1, 2, 3]], [0])
    assert (np.array(found)[1:] > 0).tolist() == [False, True, True, False]
