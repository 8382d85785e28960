"""Rules of song numbers, from the wishes of one request and from the arguments of many."""

from typing import Any

import numpy as np
import pytest

from next_song import sql
from next_song.errors import InputError
from next_song.serving.archive import ModelArchive
from next_song.serving.catalogue import Catalogue
from next_song.serving.ruled import rules_of, wished
from next_song.serving.wishes import Wishes

SETS = {"market": np.array([1, 2, 3]), "never": np.array([0, 4])}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Songs `s0` to `s4`, by their numbers, and two sets of them."""
    archive = ModelArchive()
    songs = sql.connection().sql(
        "select n as song, 's' || n as song_id, 'A' as artist, 'T' || n as track, 9 as plays "
        "from range(5) t(n)"
    )
    archive.add_extras(songs, {})
    return Catalogue(archive, SETS)


@pytest.mark.parametrize(
    ("wishes", "left_out", "chosen"),
    [
        ({}, [], None),
        ({"exclude": ("s3", "unknown")}, [3], None),
        ({"exclude_set": "never"}, [0, 4], None),
        ({"exclude": ("s3",), "exclude_set": "never"}, [3, 0, 4], None),
        ({"only": ("s2", "s0")}, [], [2, 0]),
        ({"only": ("unknown",)}, [], []),
        ({"only_set": "market"}, [], [1, 2, 3]),
        ({"only": ("s2", "s0"), "only_set": "market"}, [], [2]),
        ({"exclude": ("s1",), "only_set": "never"}, [1], [0, 4]),
    ],
)
@pytest.mark.parametrize("per_artist", [0, 1, 2])
def test_wishes(
    catalogue: Catalogue,
    wishes: dict[str, Any],
    left_out: list[int],
    chosen: list[int] | None,
    per_artist: int,
) -> None:
    rules = wished(catalogue, Wishes(**wishes, per_artist=per_artist))
    assert rules.exclude.tolist() == left_out
    assert (None if rules.only is None else rules.only.tolist()) == chosen
    assert rules.per_artist == (per_artist or None)


@pytest.mark.parametrize("argument", ["exclude_set", "only_set"])
def test_a_set_that_the_model_lacks(catalogue: Catalogue, argument: str) -> None:
    told = rf"^{argument}: found the set 'other'; expected one of market, never$"
    with pytest.raises(InputError, match=told):
        wished(catalogue, Wishes(**{argument: "other"}))


def test_lists_for_each_history_and_one_for_all(catalogue: Catalogue) -> None:
    rules = rules_of(catalogue, 2, exclude=[["s0"], ["s1", "s2"]], only="market", per_artist=2)
    assert [one.exclude.tolist() for one in rules] == [[0], [1, 2]]
    assert [one.only.tolist() for one in rules if one.only is not None] == [[1, 2, 3]] * 2
    assert [one.per_artist for one in rules] == [2, 2]
    (alone,) = rules_of(catalogue, 2)
    assert (alone.exclude.tolist(), alone.only, alone.per_artist) == ([], None, None)


@pytest.mark.parametrize("per_artist", [0, -1, True, 1.0, "1"])
def test_a_number_of_songs_by_an_artist(catalogue: Catalogue, per_artist: Any) -> None:
    with pytest.raises(InputError, match=r"^per_artist: found .*; expected a number of at least 1"):
        rules_of(catalogue, 1, per_artist=per_artist)


def test_to_choose_from_no_song(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match=r"^only: found no song; expected at least one, or None"):
        rules_of(catalogue, 1, only=[])


def test_songs_may_come_from_a_generator(catalogue: Catalogue) -> None:
    (rules,) = rules_of(catalogue, 1, (s for s in ["s1"]), (s for s in ["s2", "s3"]))  # type: ignore[arg-type]
    assert rules.exclude.tolist() == [1]
    assert rules.only is not None
    assert rules.only.tolist() == [2, 3]
    with pytest.raises(InputError, match="only: found no song"):
        rules_of(catalogue, 1, (), (s for s in ()))  # type: ignore[arg-type]


def test_one_list_for_all_and_one_for_each_go_together(catalogue: Catalogue) -> None:
    each = [["s1"], ["s2", "s3"]]
    only, exclude = (
        rules_of(catalogue, 2, ["s0"], each),
        rules_of(catalogue, 2, each, ["s0"]),
    )
    assert [one.only.tolist() for one in only if one.only is not None] == [[1], [2, 3]]
    assert [one.exclude.tolist() for one in exclude] == [[1], [2, 3]]
