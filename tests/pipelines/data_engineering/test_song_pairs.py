"""Song pairs counted once more, slowly: one pair of plays at a time."""

from collections import Counter, defaultdict
from collections.abc import Callable
from math import exp, log2, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from next_song import sql
from next_song.parameters import PairCounts
from next_song.pipelines.data_engineering import pairs
from next_song.retrieval.song_pairs import RATES

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
SPLITS = ["train", "validation", "test"]


def slow(result: dict[str, Any], near: int, window: int) -> dict[tuple[int, int], list[float]]:
    """Rates by song and other song, in the order of RATES."""
    lists = [row["songs"] for row in result["playlists"] if row["split"] == "train"]
    newness = [exp(number / max(1, len(lists) - 1)) for number in range(len(lists))]
    plays = Counter(song for songs in lists for song in songs)
    worth = dict.fromkeys(plays, 0.0)
    counts: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * 4)
    for songs, new in zip(lists, newness, strict=True):
        last = [song not in songs[here + 1 :] for here, song in enumerate(songs)]
        for here, first in enumerate(songs):
            worth[first] += new
            counts[first, first][3] = 1
            for there, second in enumerate(songs[here + 1 :], here + 1):
                apart = there - here
                if apart > max(near, window):
                    continue
                forth, back = counts[first, second], counts[second, first]
                forth[0] += apart == 1
                forth[1] += (2 <= apart <= near) / apart
                back[2] += (apart <= near) / apart
                if apart <= window and last[here] and last[there]:
                    forth[3] += new / log2(1 + len(songs))
                    back[3] += new / log2(1 + len(songs))
    return {
        (song, other): [count / plays[song] for count in found[:3]]
        + [found[3] if song == other else found[3] / sqrt(worth[song] * worth[other])]
        for (song, other), found in counts.items()
    }


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    playlists=st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=3, max_size=9),
    near=st.integers(2, 4),
    window=st.integers(1, 6),
    most=st.sampled_from([1, 2, 50]),
)
def test_as_counted_pair_by_pair(
    prepare: Prepare, written: Written, playlists: list[str], near: int, window: int, most: int
) -> None:
    asked = ["ab"] * 3  # so that each split has a song to predict
    text = "playlist,split,song\n" + "".join(
        f"p{number},{SPLITS[number % 3]},{song}\n"
        for number, songs in enumerate([*asked, *playlists])
        for song in songs
    )
    result = prepare(
        written("a.csv", text),
        split={"by": "column"},
        cleaning={"min_songs": 1, "keep_repeats_in_a_row": True},
        pairs={"near": near, "window": window, "most": most},
    )
    found = {
        (row["song"], row["other"]): [row[rate] for rate in RATES] for row in result["song_pairs"]
    }
    expected = slow(result, near, window)
    for pair, rates in found.items():
        assert rates == pytest.approx(expected[pair], abs=1e-5)
    for song in {song for song, _ in expected}:
        kept = [sum(rates) for (one, _), rates in found.items() if one == song]
        sums = sorted((sum(rates) for (one, _), rates in expected.items() if one == song))
        assert sorted(kept) == pytest.approx(sums[-most:], abs=1e-5)


@pytest.mark.parametrize("length", [199, 200, 201, 230])
def test_long_playlists_are_counted_as_others_are(
    prepare: Prepare, written: Written, length: int
) -> None:
    lists = [[f"s{(n * n + one) % 60}" for n in range(length + one)] for one in range(3)]
    rows = [f"{n},train,{song}" for n, songs in enumerate(lists) for song in songs]
    rows += [f"{split},{split},{song}" for split in SPLITS[1:] for song in ("s1", "s2")]
    result = prepare(
        written("a.csv", "\n".join(["playlist,split,song", *rows])),
        split={"by": "column"},
        cleaning={"min_songs": 1, "keep_repeats_in_a_row": True},
        pairs={"near": 2, "window": 3, "most": 9999},
    )
    found = {
        (row["song"], row["other"]): [row[rate] for rate in RATES] for row in result["song_pairs"]
    }
    expected = slow(result, 2, 3)
    assert found.keys() == expected.keys()
    for pair, rates in found.items():
        assert rates == pytest.approx(expected[pair], abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("most", [2, 100])
@pytest.mark.parametrize("plays", [1, 41, 200])
def test_pairs_that_are_counted_in_parts_are_the_same(
    plays: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = np.random.default_rng(1).integers(0, 12, (40, 5)).tolist()
    lists = [
        (split, n, songs[n]) for n, split in enumerate(["train", "train", "test", "train"] * 10)
    ]
    rows = ", ".join(f"('{split}', {row}, {played}::integer[])" for split, row, played in lists)
    table = f"from (values {rows}) as made(split, ordinal, songs)"
    playlists, counts = sql.connection().sql(table), PairCounts(near=2, window=3, most=most)
    whole = pairs.count_pairs(playlists, counts).fetchall()
    monkeypatch.setattr(pairs, "PLAYS_OF_A_PART", plays)
    asked = []
    query = sql.query
    monkeypatch.setattr(
        sql, "query", lambda *given, **tables: asked.append(given[1]) or query(*given, **tables)
    )
    assert pairs.count_pairs(playlists, counts).fetchall() == whole
    assert asked.count("song_pairs") == 1 + 150 // plays  # 30 training playlists of 5 songs
    assert len(whole) == (24 if most == 2 else 140)


def test_of_equal_pairs_those_of_the_lower_numbers_are_kept() -> None:
    pairs = sql.connection().sql(
        "select 7 as song, 40 - number as other, 0.5::float as next, 0.5::float as later, "
        "0.5::float as earlier, 0.5::float as together from range(40) as t(number)"
    )
    kept = sql.query("next_song.pipelines.data_engineering", "most_pairs", {"most": 3}, pairs=pairs)
    assert [row[:2] for row in kept.fetchall()] == [(7, 1), (7, 2), (7, 3)]


def test_by_hand(prepare: Prepare, written: Written) -> None:
    lines = [f"p{n},{split},{song}" for n, split in enumerate(SPLITS) for song in "abca"]
    result = prepare(
        written("a.csv", "\n".join(["playlist,split,song", *lines, ""])),
        split={"by": "column"},
        pairs={"near": 3, "window": 2},
    )
    names = {row["song"]: row["song_id"] for row in result["songs"]}
    found = {
        (names[row["song"]], names[row["other"]]): [row[rate] for rate in RATES]
        for row in result["song_pairs"]
    }
    # a is played twice, b and c once: a b c a; the last plays of a and b are two songs apart
    once = 1 / log2(1 + 4)
    expected = {
        ("a", "b"): [1 / 2, 0, 1 / 4, once / sqrt(2)],
        ("a", "c"): [0, 1 / 4, 1 / 2, once / sqrt(2)],
        ("a", "a"): [0, 1 / 6, 1 / 6, 1],
        ("b", "a"): [0, 1 / 2, 1, once / sqrt(2)],
        ("b", "c"): [1, 0, 0, once],
        ("c", "a"): [1, 0, 1 / 2, once / sqrt(2)],
        ("c", "b"): [0, 0, 1, once],
        ("b", "b"): [0, 0, 0, 1],
        ("c", "c"): [0, 0, 0, 1],
    }
    assert found.keys() == expected.keys()
    for pair, rates in expected.items():
        assert found[pair] == pytest.approx(rates, abs=1e-6), pair


def test_a_file_that_is_sorted_newest_first_gives_the_same(
    prepare: Prepare, written: Written
) -> None:
    rng = np.random.default_rng(2)
    plays = [
        f"p{n},{SPLITS[n % 3]},s{rng.integers(9)},{60 * n + k}" for n in range(60) for k in range(4)
    ]
    made = [
        prepare(
            written(name, "\n".join(["playlist,split,song,time", *lines, ""])),
            split={"by": "column"},
        )
        for name, lines in (("a.csv", plays), ("b.csv", plays[::-1]))
    ]
    for table in ("songs", "playlists", "song_pairs"):
        assert made[0][table] == made[1][table]


def test_songs_by_number_and_then_by_the_other(prepare: Prepare, written: Written) -> None:
    lines = [f"p{n},{SPLITS[n % 3]},{song}" for n in range(6) for song in "abcb"]
    result = prepare(
        written("a.csv", "\n".join(["playlist,split,song", *lines, ""])), split={"by": "column"}
    )
    rows = [(row["song"], row["other"]) for row in result["song_pairs"]]
    assert rows == sorted(rows)
    assert rows


def test_recent_plays_are_those_of_the_latest_tenth_of_the_playlists_that_train(
    prepare: Prepare, written: Written
) -> None:
    # the first row of the table is played last; the latest of all is no training playlist
    lines = [
        f"p{n},{'test' if n == 0 else 'validation' if n == 1 else 'train'},{song}{n},{1000 - 9 * n}"
        for n in range(22)
        for song in "abc"
    ]
    timed = prepare(
        written("a.csv", "\n".join(["playlist,split,song,time", *lines, ""])),
        split={"by": "column"},
    )
    recent = {row["song_id"] for row in timed["songs"] if row["recent_plays"]}
    assert recent == {f"{song}{n}" for song in "abc" for n in (2, 3)}
    untimed = prepare(
        written("b.csv", "\n".join(["playlist,split,song,other", *lines, ""])),
        split={"by": "column"},
    )
    recent = {row["song_id"] for row in untimed["songs"] if row["recent_plays"]}
    assert recent == {f"{song}{n}" for song in "abc" for n in (20, 21)}


def test_late_plays_count_what_stands_near_the_end_of_a_playlist_that_trains(
    prepare: Prepare, written: Written
) -> None:
    lines = [f"p0,train,{song}" for song in "abcdefghijka"] + ["p1,train,b", "p1,train,c"]
    lines += [f"{split},{split},{song}" for split in SPLITS[1:] for song in "ab"]
    result = prepare(
        written("a.csv", "\n".join(["playlist,split,song", *lines, ""])),
        split={"by": "column"},
        cleaning={"min_songs": 1},
    )
    late = {row["song_id"]: row["late_plays"] for row in result["songs"]}
    # of p0, the first a and b are too far from its end; then c has nine songs after it, d eight
    assert late["a"] == pytest.approx(1, abs=1e-6)
    assert late["b"] == pytest.approx(0.7, abs=1e-6)
    assert late["c"] == pytest.approx(1 + 0.7**9, abs=1e-6)
    assert late["d"] == pytest.approx(0.7**8, abs=1e-6)
    assert late["k"] == pytest.approx(0.7, abs=1e-6)


def test_late_plays_of_a_tie_go_by_what_decides_it(prepare: Prepare, written: Written) -> None:
    places = zip("2211", "dcba", strict=True)
    lines = [f"{name},{place},{song}" for place, song in places for name in "pq"]
    path = written("a.csv", "\n".join(["playlist,position,song", *sorted(lines)[::-1], ""]))
    songs = prepare(path, split={"by": "leave_last"}, cleaning={"min_songs": 1})["songs"]
    late = {row["song_id"]: row["late_plays"] for row in songs}
    assert late == pytest.approx({"a": 1.4, "b": 2, "c": 0, "d": 0}, abs=1e-6)
