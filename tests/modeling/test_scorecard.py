import duckdb
import numpy as np

from next_song.parameters import Protocol
from next_song.queries import Histories, Queries
from next_song.scorecard import (
    coverage_figures,
    figures,
    held_out,
    popularity_index,
    training_plays,
)

PROTOCOL = Protocol(targets="last", repeats=False, k=[1, 2], max_validation_queries=9, seed=1)
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


def test_popularity_by_hand() -> None:
    index = popularity_index(np.array([9, 5, 2]), repeats=False)
    # after song 0 the most popular one left is 1; after nothing it is 0; song 7 is unknown
    queries = Queries(Histories.of([[0], [], [0, 2]]), np.array([1, 1, 7], np.int32))
    card = figures(index, queries, [1, 2])
    assert card["queries"] == 3
    assert card["unknown"] == 1 / 3
    assert card["hit_rate"] == {"1": 1 / 3, "2": 2 / 3}
    assert card["mrr"] == {"1": 1 / 3, "2": (1 + 1 / 2) / 3}
    # first answers: 1, 0, 1; first two: 1 2, 0 1, 1
    assert coverage_figures(index, queries, [1, 2], songs=4) == {
        "coverage": {"1": 2 / 4, "2": 3 / 4}
    }


def test_repeats_may_be_answered_where_the_protocol_says() -> None:
    index = popularity_index(np.array([9, 5, 2]), repeats=True)
    queries = Queries(Histories.of([[0]]), np.array([0], np.int32))
    assert figures(index, queries, [1])["hit_rate"] == {"1": 1.0}
