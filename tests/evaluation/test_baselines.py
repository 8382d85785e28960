import math

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_votes import Playlists, build, scores, slow
from strategies import histories

from next_song.evaluation import baselines, neighbours, voting
from next_song.evaluation.baselines import BASELINES
from next_song.evaluation.neighbours import SessionKnn, Stan, Vstan
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NO_SONG, NOT_RANKED, ranks, top_k


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
        for module in (voting, baselines, neighbours):
            limits.setattr(module, "RECENT_SONGS", 4)
        limits.setattr(BASELINES[name], "block", 2)
        limits.setattr(baselines, "STEPS", 3)
        limits.setattr(neighbours, "LATEST", 4)
        for model in (SessionKnn, Stan, Vstan):
            limits.setattr(model, "nearest", 3)
        found = build(name, playlists, repeats).score(Histories.of(asked))
        expected = np.array([slow(name, playlists, repeats, history) for history in asked])
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)
    # where the oracle's votes are equal to float32, so are the scores: ties are ties
    for one, other in zip(found, expected.astype(np.float32), strict=True):
        assert oracle.ranking(one.tolist()) == oracle.ranking(other.tolist())


# --- by hand ----------------------------------------------------------------------------------


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


def test_rules_reach_ten_songs() -> None:
    found = scores("sequential_rules", [list(range(12))], [0])
    assert found == pytest.approx([0, *(1 / step for step in range(1, 11)), 0])


@pytest.mark.parametrize("name", ["item_knn", "session_knn", "stan", "vstan"])
def test_the_latest_fifteen_songs_count(name: str) -> None:
    # each song of the history is in one playlist, with one other song
    found = scores(name, [[song, 16 + song] for song in range(16)], list(range(16)))
    assert found[16] == 0
    assert min(found[17:]) > 0


@pytest.mark.parametrize(("name", "nearest"), [("session_knn", 100), ("stan", 100), ("vstan", 200)])
def test_the_nearest_playlists_vote(name: str, nearest: int) -> None:
    found = scores(name, [[1, 2], *([0, 1 + number] for number in range(nearest + 1))], [0])
    assert found[1] == 0  # the earliest of the equally near ones
    assert min(found[2:]) > 0


@pytest.mark.parametrize("name", BASELINES)
def test_histories_are_scored_each_by_itself(name: str) -> None:
    # more histories than songs: the number of a song is never taken for one of a history
    model, histories = build(name, [[0, 1], [1, 2]], repeats=True), [[1], [1, 2], [0], [2, 1]] * 2
    alone = [model.score(Histories.of([history]))[0].tolist() for history in histories]
    assert model.score(Histories.of(histories)).tolist() == alone


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
