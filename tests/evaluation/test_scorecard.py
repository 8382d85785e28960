import duckdb
import numpy as np
import pytest

from next_song.evaluation.baselines import BASELINES
from next_song.evaluation.metrics import gini
from next_song.evaluation.scorecard import answer_figures, compare, rank_figures, unknown_share
from next_song.evaluation.uncertainty import interval
from next_song.parameters import Protocol
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import Model, ranks
from next_song.retrieval.tables import held_out, training_plays

PROTOCOL = Protocol(
    targets="last", repeats=False, k=[1, 2], max_validation_queries=9, looks=1, seed=5, scores_mib=1
)
PLAYLISTS = """
    select unnest(['train', 'test', 'test']) as split,
        unnest([[0, 1], [2, 1, 0], [3, 1]]) as songs,
        unnest([0, 2, 0]) as first_target
"""


def test_held_out_asks_the_split_by_the_protocol() -> None:
    last = held_out(duckdb.sql(PLAYLISTS), "test", PROTOCOL)
    every = held_out(
        duckdb.sql(PLAYLISTS), "test", PROTOCOL.model_copy(update={"targets": "every"})
    )
    assert last.targets.tolist() == [0, 1]
    assert every.targets.tolist() == [0, 1]  # song 1 of the first belongs to an earlier split
    assert last.histories.flat()[1].tolist() == [2, 1, 3]


def test_training_plays_leaves_out_songs_that_never_train() -> None:
    songs = duckdb.sql("select unnest([2, 0, 1]) as song, unnest([0, 7, 4]) as plays")
    assert training_plays(songs).tolist() == [7, 4]


@pytest.mark.parametrize(("songs", "share"), [(5, 0.25), (4, 0.5), (3, 0.75), (1, 1)])
def test_histories_of_unknown_songs(songs: int, share: float) -> None:
    queries = Queries(Histories.of([[3], [1, 8], [4], [8, 9]]), np.zeros(4, np.int32))
    assert unknown_share(queries, songs) == share  # the model knows songs below this number


def popularity(repeats: bool) -> Model:
    plays = np.array([9, 5, 2])
    return BASELINES["popularity"](np.zeros(0, np.int32), np.zeros(1, np.int64), plays, repeats)


def test_popularity_by_hand() -> None:
    model = popularity(repeats=False)
    # after song 0 the most popular one left is 1; after nothing it is 0; song 7 is unknown
    histories = Histories(np.array([0, 0, 2], np.int32), np.array([0, 1, 1]), np.array([1, 1, 3]))
    queries = Queries(histories, np.array([1, 1, 7], np.int32))
    places = ranks(model, queries)
    card = rank_figures(places, queries, PROTOCOL, len(model))
    assert card["queries"] == 3
    assert card["unknown"] == 1 / 3
    assert card["hit_rate"] == {"1": 1 / 3, "2": 2 / 3}
    assert card["mrr"] == {"1": 1 / 3, "2": (1 + 1 / 2) / 3}
    # the second and third query begin at the same place: two playlists, one with one hit, and
    # one with none of two, then one of two
    found, hits = card["interval"]["hit_rate"], np.array([[1.0, 1], [0, 1], [0, 0]])
    expected = interval(hits, np.array([4, 7, 7]), PROTOCOL.seed).T.tolist()
    assert [found["1"], found["2"]] == expected
    wider = rank_figures(places, queries, PROTOCOL, len(model), looks=9)["interval"]["hit_rate"]
    assert wider["1"][0] < found["1"][0]
    # first answers: 1, 0, 1; first two: 1 2, 0 1, 1
    answers = answer_figures(model, queries, PROTOCOL, np.array([9, 5, 2, 0]))
    assert answers["coverage"] == {"1": 2 / 4, "2": 3 / 4}
    firsts = np.array([[1, 2], [0, 1], [1, -1]])
    assert answers["gini"] == {"1": gini(firsts[:, :1], 4), "2": gini(firsts, 4)}
    assert answers["gini"]["1"] > answers["gini"]["2"]
    assert answers["popularity"] == {"1": (5 + 9 + 5) / 3, "2": (5 + 2 + 9 + 5 + 5) / 5}


def test_repeats_may_be_answered_where_the_protocol_says() -> None:
    queries = Queries(Histories.of([[0]]), np.array([0], np.int32))
    places = ranks(popularity(repeats=True), queries)
    assert rank_figures(places, queries, PROTOCOL, 3)["hit_rate"]["1"] == 1.0


def test_a_difference_is_measured_on_the_same_playlists() -> None:
    queries = Queries(Histories.of([[0], [1], [2]]), np.array([1, 1, 1], np.int32))
    one, other = np.array([1.0, 1, 0]), np.array([0.0, 0, 0])
    assert compare(one, other, queries, 1)["difference"] == 2 / 3
    assert compare(other, one, queries, 1)["difference"] == -2 / 3
    same = compare(one, one, queries, 1)
    assert same["difference"] == 0
    assert same["low"] == pytest.approx(-same["high"])


def test_a_difference_is_beyond_chance_from_six_playlists_on() -> None:
    for playlists in range(1, 8):
        targets = np.ones(playlists, np.int32)
        queries = Queries(Histories.of([[song] for song in range(playlists)]), targets)
        hits, misses = np.ones(playlists), np.zeros(playlists)
        assert (compare(hits, misses, queries, 1)["low"] > 0) == (playlists >= 6)
        assert compare(hits, misses, queries, 1, looks=9)["low"] < 0.01
    alone = Queries(Histories.of([[0]]), np.array([1], np.int32))
    expected = {"difference": 1.0, "low": -1.0, "high": 1.0}
    assert compare(np.ones(1), np.zeros(1), alone, 1) == expected


def test_queries_of_one_playlist_are_one_piece_of_evidence() -> None:
    # five playlists that are right five times each tell no more than five queries
    every = Histories(np.zeros(25, np.int32), np.repeat(np.arange(5), 5), np.full(25, 25))
    queries, hits = Queries(every, np.ones(25, np.int32)), np.ones(25)
    found = compare(hits, np.zeros(25), queries, 1)
    once = Queries(every[np.arange(0, 25, 5)], np.ones(5, np.int32))
    assert found == pytest.approx(compare(hits[:5], np.zeros(5), once, 1))
    assert found["low"] <= 0
    card = rank_figures(np.zeros(25, np.int64), queries, PROTOCOL, 3)
    alone = rank_figures(np.zeros(5, np.int64), once, PROTOCOL, 3)
    for name, bounds in alone["interval"].items():
        assert card["interval"][name]["1"] == pytest.approx(bounds["1"])


def test_answers_are_as_long_as_the_largest_k_wherever_it_stands() -> None:
    queries, plays = Queries(Histories.of([[0]]), np.array([1], np.int32)), np.array([9, 5, 2])
    protocols = (PROTOCOL.model_copy(update={"k": k}) for k in ([1, 2], [2, 1]))
    one, other = (
        answer_figures(popularity(repeats=False), queries, each, plays) for each in protocols
    )
    assert other == one
    assert other["coverage"] == {"1": 1 / 3, "2": 2 / 3}
