"""Why a song stands where it stands, in words."""

from typing import Any

import pytest

from next_song.retrieval.setting import PairsPart, Part, RepeatsPart, SongsPart, VectorsPart
from next_song.serving.explained import said_of

NEAR = VectorsPart(kind="vectors", decay=0.5, weight=1)
NEXT, LATER = (
    PairsPart(kind="pairs", rate=rate, decay=0.5, weight=1) for rate in ("next", "later")
)
PLAYS = SongsPart(kind="songs", of="plays", weight=1)


@pytest.mark.parametrize(
    ("parts", "adds", "expected"),
    [
        ([NEAR, NEXT], [0.3, 1.7], "often directly after B 1.70, near in the space to A 0.30"),
        ([NEAR, NEXT], [0.05, 0.04], "near in the space to A 0.05"),
        ([NEAR, NEXT], [-0.5, 1], "often directly after B 1.00"),
        ([NEAR, NEXT], [0.04, 0], "little speaks for it"),
        ([NEAR, NEXT], [-0.5, 0.01], "little speaks for it"),
        ([NEXT, PLAYS], [0.5, 0.7], "much played 0.70, often directly after A 0.50"),
        (
            [NEAR, NEXT, LATER, PLAYS],
            [4, 3, 2, 1],
            "near in the space to A 4.00, often directly after B 3.00, often soon after C 2.00",
        ),
    ],
)
def test_the_three_largest_parts_are_named(
    parts: list[Part], adds: list[float], expected: str
) -> None:
    assert (
        said_of(parts, adds, ["A", "B", "C", "D"][: len(parts)], sum(adds), known=True) == expected
    )


def pairs(rate: Any) -> Part:
    return PairsPart(kind="pairs", rate=rate, decay=0.5, weight=1)


def of_song(of: Any) -> Part:
    return SongsPart(kind="songs", of=of, weight=1)


def repeats(of: Any) -> Part:
    return RepeatsPart(kind="repeats", of=of, weight=1)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (NEAR, "near in the space to A 1.00"),
        (pairs("next"), "often directly after A 1.00"),
        (pairs("later"), "often soon after A 1.00"),
        (pairs("earlier"), "often before A 1.00"),
        (pairs("together"), "often together with A 1.00"),
        (of_song("plays"), "much played 1.00"),
        (of_song("recent_plays"), "much played lately 1.00"),
        (of_song("late_plays"), "often late in a playlist 1.00"),
        (repeats("last"), "the latest song 1.00"),
        (repeats("older"), "played before 1.00"),
        (repeats("times"), "played often 1.00"),
    ],
)
def test_each_kind_of_part_has_words_and_those_of_two_songs_name_the_other(
    part: Part, expected: str
) -> None:
    assert said_of([part], [1], ["A"], 1, known=True) == expected


def test_parts_that_say_the_same_name_the_song_of_the_largest() -> None:
    parts = [VectorsPart(kind="vectors", decay=decay, weight=1) for decay in (0.5, 0.9)]
    for adds in ([0.5, 2.0], [2.0, 0.5]):
        told = said_of([*parts], adds, [f"song of {each}" for each in adds], sum(adds), known=True)
        assert told.endswith("song of 2.0 2.50")


@pytest.mark.parametrize(("score", "expected"), [(53, "by the same artist"), (3, "much played")])
def test_a_history_without_a_known_song_is_answered_by_its_artists(
    score: float, expected: str
) -> None:
    assert said_of([NEAR, NEXT], [0, 0], ["", ""], score, known=False) == expected
    assert said_of([NEAR, NEXT], [0, 0], ["", ""], score, known=True) == "little speaks for it"
