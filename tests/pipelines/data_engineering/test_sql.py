"""SQL files alone, on a few rows: shares at their limits, ties, names of splits, and orders."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.pipelines.data_engineering import nodes

Row = tuple[Any, ...]


def table(columns: str, *rows: Row) -> DuckDBPyRelation:
    """Rows whose columns are named and have a type: `row bigint, split varchar`."""
    values = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
    names = [each.split()[0] for each in columns.split(", ")]
    typed = ", ".join("{0}::{1} as {0}".format(*each.split()) for each in columns.split(", "))
    made = sql.connection().sql(
        f"select {typed} from (values {values}) t({', '.join(names)})",  # noqa: S608
        params=[value for row in rows for value in row],
    )
    return sql.materialized(made, f"given_{len(rows)}_{names[-1]}")


def ran(name: str, params: dict[str, Any] | None = None, **tables: DuckDBPyRelation) -> list[Row]:
    return sql.query(nodes.__package__, name, params, **tables).fetchall()


CLEANED = (
    "row bigint, list bigint, place double, tie bigint, time double, split varchar, dropped varchar"
)


def splits(name: str, rows: list[Row], params: dict[str, Any] | None = None) -> dict[int, Row]:
    """The split of each row of `cleaned`, and why it is dropped."""
    cleaned = table(CLEANED, *rows)
    lists = table("list bigint, playlist varchar", *((row[1], f"p{row[1]}") for row in rows))
    return {row: rest for row, *rest in ran(name, params, cleaned=cleaned, lists=lists)}


def test_the_last_plays_are_those_of_the_last_place_and_tie() -> None:
    rows: list[Row] = [
        (1, 1, 5, 2, 0, "", None),  # the later one of two in the last place
        (2, 1, 5, 1, 0, "", None),
        (3, 1, 4, 9, 0, "", None),
        (4, 1, 9, 9, 0, "", "skip"),
        (5, 2, 1, 1, 0, "", None),
        (6, 2, 2, 1, 0, "", None),
        (7, 3, 1, 1, 0, "", None),
        (8, 3, 2, 1, 0, "", None),
        (9, 3, 3, 1, 0, "", None),
        (10, 3, 4, 1, 0, "", None),
    ]
    assert splits("split_leave_last", rows) == {
        1: ["test", None],
        2: ["validation", None],
        3: ["train", None],
        4: [None, "skip"],
        5: ["train", None],
        6: ["train", None],
        7: ["train", None],
        8: ["train", None],
        9: ["validation", None],
        10: ["test", None],
    }


@pytest.mark.parametrize(
    ("test", "validation", "expected"),
    [
        (0.1, 0.2, "train " * 7 + "validation validation test"),
        (0.06, 0.1, "train " * 8 + "validation test"),
        (0.04, 0.09, "train " * 9 + "validation"),
        (0.3, 0.0, "train " * 7 + "test test test"),
    ],
)
def test_the_latest_shares_are_held_out(test: float, validation: float, expected: str) -> None:
    # list n ends at n, except that list 3 has no time and 5 ends with 6, whose rows come first
    ends = {n: float(n) for n in range(10)} | {3: None, 5: 6.0}
    rows: list[Row] = [(100 - n, n, 1, 1, ends[n], "", None) for n in range(10)]
    rows += [(200 + n, n, 1, 1, -1.0, "", None) for n in range(10)]
    rows += [(300, 0, 1, 1, 99.0, "", "skip")]
    found = splits("split_time", rows, {"test": test, "validation": validation})
    rows_of = {n: 100 - n for n in range(10)}
    in_order = [3, 0, 1, 2, 4, 6, 5, 7, 8, 9]
    assert [found[rows_of[n]][0] for n in in_order] == expected.split()
    assert [found[200 + n][0] for n in in_order] == expected.split()
    assert found[300] == [None, "skip"]


def test_of_playlists_that_end_together_the_later_rows_are_held_out() -> None:
    numbers = random.Random(4).sample(range(60), 60)
    rows: list[Row] = [(row, number, 1, 1, 5.0, "", None) for row, number in enumerate(numbers)]
    found = splits("split_time", rows, {"test": 0.5, "validation": 0.0})
    assert [found[row][0] for row in range(60)] == ["train"] * 30 + ["test"] * 30


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *(("Train", "train"), ("training", "train"), ("Test", "test"), ("eval", None)),
        *((name, "validation") for name in ("VALIDATION", "valid", "val", "dev")),
        (None, None),
    ],
)
def test_splits_by_their_names(name: str | None, split: str | None) -> None:
    rows: list[Row] = [
        (1, 1, 1, 1, 0, name, None),
        (2, 1, 2, 1, 0, "dev", None),
        (3, 1, 3, 1, 0, name, "skip"),
    ]
    reason = None if split else "unknown split"
    assert splits("split_column", rows) == {
        1: [split, reason],
        2: ["validation", None],
        3: [None, "skip"],
    }


@pytest.mark.parametrize(("lists", "held_out"), [(9, 1), (10, 1), (11, 2), (20, 2)])
def test_without_a_validation_split_the_latest_tenth_is_one(lists: int, held_out: int) -> None:
    rows: list[Row] = [(n, n, 1, 1, 0, "train", None) for n in range(lists)]
    rows += [(100 + n, n, 2, 1, 0, "test" if n % 2 else "train", None) for n in range(lists)]
    found = splits("split_column", rows)
    train = ["train"] * (lists - held_out) + ["validation"] * held_out
    assert [found[n][0] for n in range(lists)] == train
    assert [found[100 + n][0] for n in range(lists)] == [
        "test" if n % 2 else split for n, split in enumerate(train)
    ]


def test_the_latest_tenth_goes_by_time_where_there_are_times() -> None:
    rows: list[Row] = [(n, n, 1, 1, 100.0 - n, "train", None) for n in range(19)]
    rows += [(19, 19, 1, 1, None, "train", None), (20, 19, 2, 1, None, "test", None)]
    found = splits("split_column", rows)
    assert [n for n in range(20) if found[n][0] == "validation"] == [0, 1]


def shuffled(rows: list[Row]) -> list[Row]:
    return random.Random(3).sample(rows, len(rows))


@pytest.mark.parametrize("timed", [False, True])
def test_playlists_go_by_split_and_then_by_their_age(timed: bool) -> None:
    """By the times of the plays that train: those of the others would tell what is held out."""
    levels = ["train", "validation", "test"]
    rows: list[Row] = [
        (f"p{n * 37 % 101}", 3 * n + k, k, 0, "s", levels[k], None, (n, -n, 7)[k] if timed else 5)
        for n in range(90)
        for k in range(3)
    ]
    if timed:  # those that are newest come first, and that without a time is the oldest
        rows = [(*row[:1], 300 - row[1], *row[2:]) for row in rows]
        rows = [(*row[:7], None if row[0] == "p0" else row[7]) for row in rows]
    columns = "playlist varchar, row bigint, place double, tie bigint, song_id varchar, "
    columns += "split varchar, dropped varchar, time double"
    plays, songs = table(columns, *shuffled(rows)), table("song_id varchar, song integer", ("s", 0))
    found = ran("playlists", {"training": ["train"]}, plays=plays, songs=songs)
    assert [row[:3] for row in found] == [
        (f"p{n * 37 % 101}", split, 1 + n) for split in levels for n in range(90)
    ]


def test_lengths_go_by_split_and_then_by_length() -> None:
    rows = shuffled([(split, [0] * n) for split in ("b", "a") for n in range(1, 31)])
    found = ran("playlist_lengths", playlists=table("split varchar, songs integer[]", *rows))
    assert [(row[0], row[2], row[3], row[4]) for row in found] == [
        (split, n, n, 1) for split in ("a", "b") for n in range(1, 31)
    ]


def test_rejected_lines_go_by_file_and_then_by_line(
    prepare: Callable[..., dict[str, Any]], written: Callable[[str, str], Any]
) -> None:
    """The files in the order of the input, though their open quotes make a run read copies."""
    lines = [f'p{n // 6},"s{n}' + ",more" * (n % 3 == 0) for n in range(90)]
    text = "\n".join(["playlist,song", *lines])
    paths = [written(f"{name}.csv", text) for name in "bca"]
    found = prepare(*paths, split={"by": "leave_last"})["rejected"]
    assert [(row["file"], row["line"]) for row in found] == [
        (f"{name}.csv", 2 + n) for name in "bca" for n in range(0, 90, 3)
    ]
    assert {row["reason"] for row in found} == {"Expected Number of Columns: 2 Found: 3"}


def test_rejected_lines_between_lists_have_their_numbers(
    prepare: Callable[..., dict[str, Any]], written: Callable[[str, str], Any]
) -> None:
    lists = [
        '{"name": "p", "tracks": ["a", "b", "c"]}',
        "no JSON",
        '{"name": "q"}',
        "",
        '{"tracks": []}',
        "nor this",
    ]
    paths = [
        written("b.json", "\n".join(["", *lists, lists[0]])),
        written("a.json", "\n".join(lists)),
    ]
    found = prepare(*paths, source="lists", split={"by": "leave_last"})
    lines = [(row["file"], row["line"], row["text"]) for row in found["rejected"]]
    assert lines == [
        ("b.json", 3, "no JSON"),
        ("b.json", 7, "nor this"),
        ("a.json", 2, "no JSON"),
        ("a.json", 6, "nor this"),
    ]
    assert found["report"]["rows"] == {"read": 13, "rejected": 4, "dropped": {}, "kept": 9}


def test_files_without_a_play_go_by_their_names_after_the_others(
    prepare: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Their folders may be those of copies, which are named at random."""
    texts = {
        "z/a.csv": "p,x,1,2\n",
        "a/z.csv": "p,x,1,2\n",
        "m/zz.csv": "p,x\np,y,1\np,z\np,v\np,w\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(f"playlist,song\n{text}")
    found = prepare(*(tmp_path / name for name in texts), split={"by": "leave_last"})["rejected"]
    assert [row["file"] for row in found] == ["zz.csv", "a.csv", "z.csv"]


def test_plays_that_are_dropped_make_no_playlist_long_enough_to_divide() -> None:
    rows: list[Row] = [(n, 1, n, 1, 0, "", "skip" if n == 2 else None) for n in range(3)]
    assert splits("split_leave_last", rows) == {
        0: ["train", None],
        1: ["train", None],
        2: [None, "skip"],
    }


@pytest.mark.parametrize("name", ["Validation", "val", "dev"])
def test_a_validation_split_of_any_name_is_the_only_one(name: str) -> None:
    rows: list[Row] = [(n, n, 1, 1, 0, "train", None) for n in range(10)]
    found = splits("split_column", [*rows, (10, 10, 1, 1, 0, name, None)])
    assert [n for n, (split, _) in found.items() if split == "validation"] == [10]
