"""The result of a test in words, from a scorecard whose figures are known."""

from typing import Any

import pytest

from next_song.evaluation.verdict import chance, percent, verdict
from next_song.parameters import Protocol

PROTOCOL = Protocol(
    targets="last",
    repeats=False,
    k=[1, 20],
    max_validation_queries=9,
    looks=1,
    seed=1,
    scores_mib=1,
)


def card(rates: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """A scorecard of hit rate .36; of each baseline its hit rate and how sure it is behind."""
    baselines = {
        name: {"hit_rate": {"20": rate}, "behind": {"low": low}}
        for name, (rate, low) in rates.items()
    }
    found = {"hit_rate": {"20": 0.36}, "interval": {"hit_rate": {"20": [0.31, 0.42]}}}
    return {"model": "wide", "queries": 1308, "baselines": baselines} | found


AHEAD = {"session_knn": (0.2, 0.1)}
FOUND = (
    "wide finds the next song among its first 20 for 36 % of 1,308 held-out playlists "
    "(95 % interval: 31 % to 42 %)"
)


@pytest.mark.parametrize(
    ("rates", "rest"),
    [
        ({}, "."),
        (
            {"popularity": (0.02, 0.3), "item_knn": (0.32, 0.01)},
            "; best baseline 32 % (item_knn), popularity 2.0 %. "
            "It is ahead of every baseline by more than chance.",
        ),
        (
            {"item_knn": (0.32, 0.01), "session_knn": (0.37, -0.02)},
            "; best baseline 37 % (session_knn). "
            "It is not ahead of session_knn by more than chance.",
        ),
        (
            {"popularity": (0.36, 0.0), "item_knn": (0.35, -0.1)},
            "; best baseline 36 % (popularity). "
            "It is not ahead of popularity and item_knn by more than chance.",
        ),
        (
            {"stan": (0.36, 0.0), "vstan": (0.37, -0.1), "item_knn": (0.3, 0)} | AHEAD,
            "; best baseline 37 % (vstan). "
            "It is not ahead of stan, vstan and item_knn by more than chance.",
        ),
        (
            {"stan": (0.36, 0.0), "vstan": (0.37, -0.1), "item_knn": (0.3, 0)},
            "; best baseline 37 % (vstan). It is not ahead of any baseline by more than chance.",
        ),
    ],
)
def test_it_says_what_was_found_and_whether_a_baseline_is_as_good(
    rates: dict[str, tuple[float, float]], rest: str
) -> None:
    assert verdict(card(rates), PROTOCOL, 20) == FOUND + rest


def test_it_says_what_was_asked() -> None:
    every = PROTOCOL.model_copy(update={"targets": "every"})
    found = {"hit_rate": {"1": 0.05}, "interval": {"hit_rate": {"1": [0.04, 0.06]}}}
    assert verdict(card({}) | found, every, 1) == (
        "wide finds the next song with its first answer for 5.0 % of 1,308 held-out songs of "
        "playlists (95 % interval: 4.0 % to 6.0 %)."
    )


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.004, "0.4 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (1, "100 %")],
)
def test_shares_are_said_as_people_say_them(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("low", "popularity", "found"),
    [
        (0.31, (0.02, 0.3), ""),
        (0.31, None, ""),
        (0.31, (0.36, 0.0), "popularity"),
        (0.2, (0.02, 0.3), "a random draw, whose hit rate at 20 is 20 %"),  # 20 of 100 songs
    ],
)
def test_chance_is_what_needs_no_model(
    low: float, popularity: tuple[float, float] | None, found: str
) -> None:
    made = card({"popularity": popularity} if popularity else {})
    made["interval"]["hit_rate"]["20"] = [low, 0.42]
    assert chance(made, 20, songs=100) == found


def test_a_random_draw_of_all_songs_is_always_right() -> None:
    made = card({})
    made["interval"]["hit_rate"]["20"] = [0.9, 1.0]
    assert chance(made, 20, songs=5) == "a random draw, whose hit rate at 20 is 100 %"
