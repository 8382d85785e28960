"""The stored arrays of three songs, number by number, and what is refused of damaged ones."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from next_song.parameters import Precision
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import RATES, SongPairs
from next_song.retrieval.song_space import SongSpace
from next_song.serving.arrays import check_arrays, stored_arrays, stored_rules, used_rates

Arrays = dict[str, Any]
SETS = {"first": np.array([0]), "odd": np.array([1])}
SCORE = Score.model_validate(
    {
        "repeats": False,
        "parts": {
            "space": {"kind": "vectors", "decay": 0.5, "weight": 1},
            "together": {"kind": "pairs", "rate": "together", "decay": 0.5, "weight": 1},
            "next": {"kind": "pairs", "rate": "next", "decay": 0.5, "weight": 1},
            "later": {"kind": "pairs", "rate": "later", "decay": 0.5, "weight": 0},
            "plays": {"kind": "songs", "of": "plays", "weight": 2},
            "recent": {"kind": "songs", "of": "recent_plays", "weight": 0},
        },
    }
)


def index(songs: int = 3) -> Index:
    """Song 0 is followed by song 1, and the last one by song 0; song 1 is never an answer."""
    vectors = np.eye(songs, 2, dtype=np.float32)
    space = SongSpace(vectors, vectors[::-1].copy(), np.arange(songs, 0, -1))
    starts = np.array([0, 1, *[1] * (songs - 2), 2])
    rates = tuple(np.array([0.25, 0.5], np.float32) * (n + 1) for n in range(len(RATES)))
    pairs = SongPairs(starts, np.array([1, 0], np.int32), rates)
    made = build_index(space, pairs, np.zeros((2, songs)), SCORE, np.arange(songs) + 1)
    return made.excluding(np.array([1]))


def stored(songs: int = 3, precision: Precision = "float32") -> Arrays:
    made = index(songs)
    return stored_arrays(made, precision) | stored_rules(made, SETS)


def test_each_song_is_a_column_and_what_is_beyond_is_nowhere() -> None:
    found = stored()
    searched, log = found["searched"], np.log
    assert searched.shape == (4, 128)
    assert searched[:, :3].T.tolist() == pytest.approx(
        np.array(
            [
                [0, 0, 2 * log(4), log(3)],
                [0, 0, -60000, -60000],  # it would be 0, 1, 2 ln 3, ln 2
                [1, 0, 2 * log(2), 0],
            ]
        )
    )
    assert (searched[:2, 3:] == 0).all()
    assert (searched[2:, 3:] == -60000).all()
    assert found["query_units"].tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert found["values_plays"][:4].tolist() == pytest.approx([log(4), log(3), log(2), 0])
    assert found["values_plays"].shape == (128,)
    assert "values_recent_plays" not in found
    assert found["artists"][:4].tolist() == [1, 2, 3, 0]
    assert found["artists"].shape == (128,)
    assert found["artists"].dtype == np.int32


def test_pairs_are_those_of_each_song_and_number_n_has_none() -> None:
    found = stored()
    assert found["pair_starts"].tolist() == [0, 1, 1, 2, 2]
    assert found["pair_songs"].tolist() == [1, 0]
    # of next, later, earlier and together the first and the last are used: in this order
    assert used_rates(SCORE) == ["next", "together"]
    assert found["pair_rates"].tolist() == [[0.25, 1], [0.5, 2]]
    assert [found[name].dtype for name in ("pair_starts", "pair_songs")] == [np.int32] * 2


def test_sets_have_a_row_each_after_that_of_all_songs() -> None:
    sets = stored()["sets"]
    assert sets.shape == (3, 128)
    assert sets[0].all()
    assert [np.flatnonzero(row).tolist() for row in sets[1:]] == [[0], [1]]


@pytest.mark.parametrize(("songs", "columns"), [(3, 128), (127, 128), (128, 256), (129, 256)])
def test_there_are_more_columns_than_songs(songs: int, columns: int) -> None:
    assert stored(songs)["searched"].shape[1] == columns
    assert check_arrays(stored(songs), SCORE, 2) == songs


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_real_numbers_have_the_precision(precision: Precision) -> None:
    found = stored(precision=precision)
    for name in ("searched", "query_units", "pair_rates"):
        assert found[name].dtype == precision
    assert check_arrays(found, SCORE, 2) == 3


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[Arrays], Arrays]:
    return lambda arrays: arrays | {name: change(arrays[name].copy())}


def at(place: Any, value: float) -> Callable[[Any], Any]:
    def write(array: Any) -> Any:
        array[place] = value
        return array

    return write


FAULTS: dict[str, tuple[Callable[[Arrays], Arrays], str]] = {
    "no songs": (
        changed("query_units", lambda a: a[:1]),
        "128 columns; expected more than the 0 s",
    ),
    "as many songs as columns": (
        changed("query_units", lambda a: np.zeros((129, 2), np.float32)),
        "128 columns; expected more than the 128 songs",
    ),
    "a row less": (
        changed("searched", lambda a: a[1:]),
        "searched of shape (3, 128); expected (4, 1",
    ),
    "a column less": (
        changed("artists", lambda a: a[1:]),
        "artists of shape (127,); expected (128,)",
    ),
    "a set less": (changed("sets", lambda a: a[1:]), "sets of shape (2, 128); expected (3, 128)"),
    "a value less": (changed("values_plays", lambda a: a[1:]), "values_plays of shape (127,)"),
    "a start less": (
        changed("pair_starts", lambda a: a[1:]),
        "pair_starts of shape (4,); expected (5,)",
    ),
    "a rate less": (
        changed("pair_rates", lambda a: a[:, 1:]),
        "pair_rates of shape (2, 1); expected (2, 2)",
    ),
    "real artists": (
        changed("artists", lambda a: a.astype(float)),
        "artists of shape (128,); expect",
    ),
    "whole vectors": (changed("searched", lambda a: a.astype(int)), "searched of shape (4, 128)"),
    "no number": (changed("searched", at((0, 0), np.nan)), "searched with what is no number"),
    "no end": (changed("values_plays", at(0, np.inf)), "values_plays with what is no number"),
    "an artist below 0": (changed("artists", at(0, -1)), "artists that are not from 0 to 3"),
    "an artist above all": (changed("artists", at(0, 4)), "artists that are not from 0 to 3"),
    "a pair below 0": (changed("pair_songs", at(0, -1)), "pair_songs that are not from 0 to 2"),
    "a pair above all": (changed("pair_songs", at(0, 3)), "pair_songs that are not from 0 to 2"),
    "a start after 0": (
        changed("pair_starts", at(0, 1)),
        "pair_starts that do not lead through pai",
    ),
    "an end before it": (changed("pair_starts", at(-1, 1)), "pair_starts that do not lead through"),
    "a step back": (changed("pair_starts", at(1, 2)), "pair_starts that do not lead through pair"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_arrays_that_do_not_fit_are_refused(fault: str) -> None:
    spoil, expected = FAULTS[fault]
    with pytest.raises(ValueError, match=f"^found {re.escape(expected)}"):
        check_arrays(spoil(stored()), SCORE, 2)


def test_numbers_at_the_ends_are_read() -> None:
    found = stored() | {"artists": np.full(128, 3, np.int32)}
    found["pair_songs"][:] = 2
    assert check_arrays(found, SCORE, 2) == 3
    found = stored() | {"pair_songs": np.zeros(0, np.int32), "pair_starts": np.zeros(5, np.int32)}
    found |= {"pair_rates": np.zeros((0, 2), np.float32)}
    assert check_arrays(found, SCORE, 2) == 3


def test_one_song_is_enough() -> None:
    found = stored() | {"pair_songs": np.zeros(0, np.int32), "pair_starts": np.zeros(3, np.int32)}
    found |= {"pair_rates": np.zeros((0, 2), np.float32), "artists": np.zeros(128, np.int32)}
    assert check_arrays(found | {"query_units": found["query_units"][:2]}, SCORE, 2) == 1
