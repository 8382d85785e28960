"""Each rule of the graph by itself, against a loop over songs, with scores that are equal."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from next_song.serving import graph_rules

SONGS = 12
# few values, so that many songs have the same
scores = st.lists(st.integers(0, 3), min_size=SONGS, max_size=SONGS)
artists = st.lists(st.integers(0, 2), min_size=SONGS, max_size=SONGS)


def places(scores: list[int], artists: list[int]) -> list[int]:
    """How many songs by the same artist come before each, best first and then in their order."""
    order = sorted(range(SONGS), key=lambda song: (-scores[song], song))
    heard, found = [0, 0, 0], [0] * SONGS
    for song in order:
        found[song] = heard[artists[song]] if artists[song] else 0
        heard[artists[song]] += 1
    return found


@given(st.lists(scores, min_size=1, max_size=3), artists)
def test_of_equal_songs_by_an_artist_the_first_is_better(
    given: list[list[int]], artists: list[int]
) -> None:
    found = graph_rules.within_artist(tf.constant(given, tf.float32), tf.constant(artists))
    assert found.numpy().tolist() == [places(each, artists) for each in given]


@given(st.lists(st.tuples(scores, st.integers(0, 3)), min_size=1, max_size=3), artists)
def test_each_request_keeps_as_many_songs_of_an_artist_as_it_says(
    given: list[tuple[list[int], int]], artists: list[int]
) -> None:
    asked, most = [each for each, _ in given], [number for _, number in given]
    found = graph_rules.few_of_each(
        tf.constant(asked, tf.float32), tf.constant(artists), tf.constant(most, tf.int64)
    )
    expected = [
        [score if not most or place < most else -np.inf for score, place in zip(*row, strict=True)]
        for row, most in zip([(each, places(each, artists)) for each in asked], most, strict=True)
    ]
    np.testing.assert_array_equal(found.numpy(), expected)


@pytest.mark.parametrize("most", [[-1], [2, -1], [-1, 0]])
def test_fewer_than_none_of_an_artist_fail(most: list[int]) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="per_artist: expected at least 1"):
        graph_rules.few_of_each(
            tf.zeros((len(most), 3)), tf.constant([0, 1, 1]), tf.constant(most, tf.int64)
        )


@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=1, max_size=3))
def test_the_members_of_each_list(given: list[list[int]]) -> None:
    found = graph_rules.members(tf.constant(given, tf.int64), 5)
    assert found.numpy().tolist() == [[song in each for song in range(5)] for each in given]


def test_of_an_empty_list_nothing_is_a_member_and_all_may_be_chosen() -> None:
    none = tf.zeros((2, 0), tf.int64)
    assert not graph_rules.members(none, 3).numpy().any()
    assert graph_rules.chosen(tf.as_string(none), none, 3).numpy().all()


def test_a_list_of_unknown_songs_leaves_none_and_one_of_padding_leaves_all() -> None:
    names, numbers = tf.constant([["x", ""], ["", ""]]), tf.constant([[3, 3], [3, 3]], tf.int64)
    may = graph_rules.chosen(names, numbers, 4).numpy()
    assert may.tolist() == [[False, False, False, True], [True] * 4]


SETS = tf.constant([[True, True, True], [True, False, False], [False, True, True]])
NAMES = ["", "calm", "loud"]


def test_each_request_gets_the_set_that_it_names() -> None:
    found = graph_rules.of_set(NAMES, SETS, tf.constant(["loud", "", "calm"]))
    assert found.numpy().tolist() == [[False, True, True], [True] * 3, [True, False, False]]


@pytest.mark.parametrize("named", [["odd"], ["calm", "odd"], ["odd", ""]])
def test_one_unknown_set_among_others_fails(named: list[str]) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected one of 'calm', 'loud'"):
        graph_rules.of_set(NAMES, SETS, tf.constant(named))
    with pytest.raises(tf.errors.InvalidArgumentError, match="the model has no sets"):
        graph_rules.of_set(NAMES[:1], SETS[:1], tf.constant(named))


@pytest.mark.parametrize(
    ("histories", "lists", "numbers", "rows"), [(1, 1, 3, 3), (1, 3, 1, 3), (2, 2, 2, 2)]
)
def test_a_single_history_counts_for_all_rules(
    histories: int, lists: int, numbers: int, rows: int
) -> None:
    asked = tf.constant([["a", "b"], ["c", "d"]])[:histories]
    found = graph_rules.for_each(asked, tf.fill((lists, 4), ""), tf.zeros(numbers, tf.int64))
    assert found.numpy().tolist() == [[*asked.numpy()[row % histories]] for row in range(rows)]
