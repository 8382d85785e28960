import math
from collections.abc import Callable

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import histories

from next_song.evaluation import baselines
from next_song.evaluation.baselines import BASELINES, Baseline
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NO_SONG, NOT_RANKED, ranks, top_k

Playlists = list[list[int]]


def build(name: str, playlists: Playlists, repeats: bool) -> Baseline:
    songs = np.array([song for playlist in playlists for song in playlist], np.int32)
    offsets = np.cumsum([0] + [len(playlist) for playlist in playlists])
    return BASELINES[name](songs, offsets, np.bincount(songs), repeats)


# --- written again, slowly and from the words alone -------------------------------------------


def weights(history: list[int], most: int) -> dict[int, float]:
    """decay^age of the most recent songs; a song counts where it was played last."""
    recent = list(reversed(history))[:most]
    return {song: 0.6 ** recent.index(song) for song in recent}


def no_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return 0


def sequential_rule_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return math.fsum(
        1 / (there - here)
        for playlist in playlists
        for here, first in enumerate(playlist)
        for there, second in enumerate(playlist)
        if first == history[-1] and second == song and 1 <= there - here <= baselines.STEPS
    )


def association_rule_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return sum(history[-1] in playlist and song in playlist for playlist in playlists)


def item_votes(history: list[int], playlists: Playlists, song: int) -> float:
    def vector(one: int) -> list[int]:
        return [int(one in playlist) for playlist in playlists]

    def cosine(a: list[int], b: list[int]) -> float:
        both = sum(x * y for x, y in zip(a, b, strict=True))
        return both / math.sqrt(sum(a) * sum(b))

    return math.fsum(
        weight * cosine(vector(other), vector(song))
        for other, weight in weights(history, baselines.RECENT_SONGS).items()
    )


def session_votes(history: list[int], playlists: Playlists, song: int) -> float:
    def idf(one: int) -> float:
        return math.log(len(playlists) / sum(one in playlist for playlist in playlists))

    def called(one: int) -> set[int]:
        with_it = [i for i, playlist in enumerate(playlists) if one in playlist]
        return set(with_it[-baselines.LATEST :])

    nearness = {}
    for i, playlist in enumerate(playlists):
        shared = math.fsum(
            weight * idf(other)
            for other, weight in weights(history, baselines.RECENT_SONGS).items()
            if i in called(other)
        )
        if shared > 0:
            nearness[i] = shared / math.sqrt(len(set(playlist)))
    nearest = sorted(nearness, key=lambda i: (-nearness[i], -i))[: baselines.NEAREST]
    return idf(song) * math.fsum(nearness[i] for i in nearest if song in playlists[i])


VOTES: dict[str, Callable[[list[int], Playlists, int], float]] = {
    "popularity": no_votes,
    "sequential_rules": sequential_rule_votes,
    "association_rules": association_rule_votes,
    "item_knn": item_votes,
    "session_knn": session_votes,
}


def slow(name: str, playlists: Playlists, repeats: bool, history: list[int]) -> list[float]:
    plays = np.bincount([song for playlist in playlists for song in playlist])
    known = [song for song in history if song < len(plays)]
    votes = [VOTES[name](known, playlists, song) if known else 0 for song in range(len(plays))]
    left_out = set() if repeats else set(known)
    scores = [-math.inf if song in left_out else vote for song, vote in enumerate(votes)]
    if max(scores) <= 0:
        scores = [score + math.log(count) for score, count in zip(scores, plays, strict=True)]
    return scores


@st.composite
def training(draw: st.DrawFn) -> Playlists:
    """Playlists of 2 to 9 songs, in which every song number below the highest is played."""
    drawn = draw(st.lists(st.lists(st.integers(0, 8), max_size=9), min_size=1, max_size=8))
    used = sorted({song for playlist in drawn for song in playlist})
    playlists = [[used.index(song) for song in playlist] for playlist in drawn]
    return [*playlists, draw(st.permutations(range(max(2, len(used)))))]


@pytest.mark.parametrize("name", BASELINES)
@given(data=st.data(), repeats=st.booleans())
@settings(deadline=None)
def test_as_the_slow_oracle(name: str, data: st.DataObject, repeats: bool) -> None:
    playlists = data.draw(training())
    songs = 1 + max(song for playlist in playlists for song in playlist)
    asked = data.draw(st.lists(histories(songs), min_size=1, max_size=4))
    with pytest.MonkeyPatch.context() as limits:  # such that these few playlists exceed them
        for limit, value in {"STEPS": 3, "RECENT_SONGS": 4, "LATEST": 4, "NEAREST": 3}.items():
            limits.setattr(baselines, limit, value)
        limits.setattr(baselines, "BLOCK", 2)
        found = build(name, playlists, repeats).score(Histories.of(asked))
        expected = np.array([slow(name, playlists, repeats, history) for history in asked])
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)
    # where the oracle's votes are equal to float32, so are the scores: ties are ties
    for one, other in zip(found, expected.astype(np.float32), strict=True):
        assert oracle.ranking(one.tolist()) == oracle.ranking(other.tolist())


# --- by hand ----------------------------------------------------------------------------------


def scores(name: str, playlists: Playlists, history: list[int]) -> list[float]:
    return build(name, playlists, True).score(Histories.of([history]))[0].tolist()


def test_sequential_rules_by_hand() -> None:
    # after song 1: song 2 at once, and once again, song 0 two steps after; before it does not count
    found = scores("sequential_rules", [[0, 1, 2, 0], [1, 2]], [0, 1])
    assert found == pytest.approx([1 / 2, 0, 1 + 1])


def test_association_rules_by_hand() -> None:
    # song 1 is in both playlists, song 0, though twice, in one of them
    assert scores("association_rules", [[0, 1, 2, 0], [1, 2]], [0, 1]) == [1, 2, 2]


def test_item_knn_by_hand() -> None:
    # columns: song 0 (1, 0), songs 1 and 2 (1, 1); the cosine of 0 and 1 is 1 / sqrt(2)
    half = math.sqrt(1 / 2)
    expected = [half + 0.6, 1 + 0.6 * half, 1 + 0.6 * half]
    assert scores("item_knn", [[0, 1, 2, 0], [1, 2]], [0, 1]) == pytest.approx(expected)


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
    monkeypatch.setattr(baselines, "NEAREST", 2)
    model = build("session_knn", [[0, 1], [0, 2], [0, 3], [1, 2, 3]], repeats=False)
    found = model.score(Histories.of([[0]]))[0]
    assert (found > 0).tolist() == [False, False, True, True]


@pytest.mark.parametrize("name", BASELINES)
def test_what_scores_nothing_gets_the_popularity_ranking(name: str) -> None:
    # song 3 stands alone, 9 is unknown, the second history is empty
    model = build(name, [[0, 1, 2], [0, 1], [0], [3]], repeats=False)
    answers, values = top_k(model, Histories.of([[3], [], [9]]), 4)
    assert answers.tolist() == [[0, 1, 2, NO_SONG], [0, 1, 2, 3], [0, 1, 2, 3]]
    assert values[1] == pytest.approx(np.log([3, 2, 1, 1]))


def test_the_certain_follower_has_rank_0() -> None:
    circle = [[song % 12 for song in range(first, first + 5)] for first in range(0, 84, 7)]
    followers = np.arange(1, 13, dtype=np.int32) % 12
    queries = Queries(Histories.of([[song] for song in range(12)]), followers)
    assert ranks(build("sequential_rules", circle, repeats=False), queries).tolist() == [0] * 12
    # a song of the history is left out: no rank
    seen = Queries(queries.histories, np.arange(12, dtype=np.int32))
    assert set(ranks(build("item_knn", circle, repeats=False), seen)) == {NOT_RANKED}
    assert set(ranks(build("item_knn", circle, repeats=True), seen)) == {0}


@pytest.mark.parametrize("name", BASELINES)
def test_the_playlists_are_not_changed(name: str) -> None:
    songs, offsets = np.array([1, 0, 1, 0, 1], np.int32), np.array([0, 3, 5])
    plays = np.array([2, 3])
    for array in (songs, offsets, plays):
        array.flags.writeable = False
    found = BASELINES[name](songs, offsets, plays, True).score(Histories.of([[1]]))
    assert found.shape == (1, 2)
    assert songs.tolist() == [1, 0, 1, 0, 1]
