"""Followers counted once more, slowly: one pair of plays at a time."""

from collections import Counter, defaultdict
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
SPLITS = ["train", "validation", "test"]


def slow(result: dict[str, Any], window: int, before: Fraction, most: int) -> dict[Any, float]:
    """Rates by song and follower."""
    lists = [row["songs"] for row in result["playlists"] if row["split"] == "train"]
    plays = Counter(song for songs in lists for song in songs)
    near: dict[int, Counter[int]] = defaultdict(Counter)
    for songs in lists:
        for place, song in enumerate(songs):
            for other, follower in enumerate(songs):
                if 0 < other - place <= window:
                    near[song][follower] += Fraction(1, other - place)
                elif 0 < place - other <= window and before:
                    near[song][follower] += before * Fraction(1, place - other)
    return {
        (song, follower): float(count / plays[song])
        for song, counts in near.items()
        for follower, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:most]
    }


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    playlists=st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=3, max_size=9),
    window=st.integers(1, 4),
    before=st.sampled_from([0, 0.5, 1]),
    most=st.sampled_from([1, 2, 50]),
)
def test_as_counted_pair_by_pair(
    prepare: Prepare,
    written: Written,
    playlists: list[str],
    window: int,
    before: float,
    most: int,
) -> None:
    text = "playlist,split,song\n" + "".join(
        f"p{number},{SPLITS[number % 3]},{song}\n"
        for number, songs in enumerate(playlists)
        for song in songs
    )
    result = prepare(
        written("a.csv", text),
        split={"by": "column"},
        cleaning={"min_songs": 1, "keep_repeats_in_a_row": True},
        followers={"window": window, "before": before, "most": most},
    )
    found = {(row["song"], row["follower"]): row["rate"] for row in result["followers"]}
    expected = slow(result, window, Fraction(before), most)
    if most == 50:
        assert found == pytest.approx(expected, abs=1e-5)
    else:  # sums of millionths may break ties of thirds
        assert sorted(found.values()) == pytest.approx(sorted(expected.values()), abs=1e-5)


def test_songs_by_number_and_then_by_follower(prepare: Prepare, written: Written) -> None:
    lines = [f"p{n},{SPLITS[n % 3]},{song}" for n in range(6) for song in "abcb"]
    result = prepare(
        written("a.csv", "\n".join(["playlist,split,song", *lines, ""])), split={"by": "column"}
    )
    rows = [(row["song"], row["follower"]) for row in result["followers"]]
    assert rows == sorted(rows)
    assert rows
