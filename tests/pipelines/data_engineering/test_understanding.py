"""How the input was understood, what a run warns of, and why nothing is left."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Sessions
from next_song.pipelines.data_engineering import nodes, understanding
from next_song.pipelines.data_engineering.staging import Order

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LEAVE_LAST = {"by": "leave_last"}


def table(*rows: str, columns: str = "playlist,pos,song") -> str:
    return "\n".join([columns, *rows, ""])


def test_the_report_says_how_the_input_was_understood(prepare: Prepare, written: Written) -> None:
    text = table("p,1,a", "p,2,b", "p,3,c", columns="session_id,pos,track_id")
    result = prepare(written("plays.csv", text), split=LEAVE_LAST)
    assert result["report"]["input"] == {
        "files": ["plays.csv"],
        "source": "plays",
        "columns": {"playlist": "session_id", "song": "track_id", "position": "pos"},
        "order": "pos",
        "ties": "",
    }


@pytest.mark.parametrize(
    ("files", "ties", "told"),
    [
        (["a"], "", ["input: a, read as plays", "order: at"]),
        (["a", "b", "c"], "", ["input: a, b, c, read as plays", "order: at"]),
        (
            [*"abcd"],
            "by chance",
            ["input: a, b, c and 1 more, read as plays", "order: at (by chance)"],
        ),
        ([*"abc"] * 500, "", ["input: a, b, c and 1,497 more, read as plays", "order: at"]),
    ],
)
def test_the_log_says_it_in_three_lines(files: list[str], ties: str, told: list[str]) -> None:
    understood = {"files": files, "source": "plays", "order": "at", "ties": ties}
    columns = {"playlist": "p", "song": "s"}
    found = understanding.in_lines(understood | {"columns": columns})
    assert found == [told[0], "columns: playlist = p, song = s", told[1]]


def test_a_run_logs_what_it_reads_and_what_is_doubtful(
    prepare: Prepare, written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rows = [f"p,{n // 2},s{n % 3}" for n in range(9)]
    path = written("a.csv", table(*rows, columns="playlist,time,song"))
    prepare(path, split=LEAVE_LAST, sessions={"min_seconds": 30})
    told = [(one.levelname, one.getMessage()) for one in caplog.records]
    assert told[:3] == [
        ("INFO", "input: a.csv, read as plays"),
        ("INFO", "columns: playlist = playlist, song = song, time = time"),
        ("INFO", "order: time, 4 ties (the order of the rows)"),
    ]
    assert [text.split(" ", 4)[:4] for level, text in told[3:] if level == "WARNING"] == [
        ["4", "of", "9", "plays"],
        ["sessions.min_seconds=30", "leaves", "out", "nothing,"],
    ]


def test_each_row_that_was_read_is_accounted_for(prepare: Prepare, written: Written) -> None:
    rows = ["p,1,a", "p,2,b", "p,3,c", "p,4", "q,1,a", "q,x,b", ",1,b", "p,5,", "p,6,c"]
    rows = prepare(written("a.csv", table(*rows)), split=LEAVE_LAST)["report"]["rows"]
    assert rows["read"] == 9 == rows["rejected"] + sum(rows["dropped"].values()) + rows["kept"]
    assert rows["rejected"] == 1
    assert rows["dropped"] == {
        "no playlist": 1,
        "no position or time": 1,
        "no song": 1,
        "repeat in a row": 1,
        "short playlist": 1,
    }


def test_an_empty_user_is_nobody_in_particular(prepare: Prepare, written: Written) -> None:
    rows = [f"{user},Mix,{song}" for user in ("u", "") for song in "abc"]
    result = prepare(written("a.csv", table(*rows, columns="user,playlist,song")), split=LEAVE_LAST)
    assert {play["playlist"] for play in result["plays"]} == {"u\tMix", "Mix"}
    assert result["report"]["rows"]["kept"] == 6


def test_composed_and_decomposed_names_are_one(prepare: Prepare, written: Written) -> None:
    rows = ["Bj\u00f6rk,J\u00f3ga", "x,y", "Bjo\u0308rk,Jo\u0301ga"]
    made = [f"p,{n},{row.split(',')[1]},{row.split(',')[0]}" for n, row in enumerate(rows)]
    text = table(*made, columns="playlist,pos,song,artist")
    result = prepare(written("a.csv", text), split=LEAVE_LAST)
    assert sorted(song["song_id"] for song in result["songs"]) == ["J\u00f3ga", "y"]


@pytest.mark.parametrize(
    ("rows", "changes", "expected"),
    [
        (["p,1,a"] * 1 + ["p,2"] * 9, {}, "9 lines rejected, line 3: Expected.*correct them"),
        ([",1,a"], {}, "expected a playlist in each row: check columns.playlist=playlist"),
        (["p,1,"], {}, "expected a song in each row: check columns.song=song"),
        (["p,one,a"], {}, "expected a number or a time in each row: check columns.position=pos"),
        (["p,1,a", "p,2,b"], {}, "at least cleaning.min_songs=3 songs: lower it"),
        (["p,1,a", "p,2,b"], {"min_plays": 2}, "at least cleaning.min_plays=2 plays: lower it"),
        (["p,1,a", "p,2,a", "p,3,a"], {}, "expected different songs in a row"),
        (
            [f"p,{n},s{n}" for n in range(9)],
            {"max_songs": 8},
            "longer than cleaning.max_songs=8: raise it, or cut a history into sessions",
        ),
    ],
)
def test_nothing_left_names_its_cause(
    prepare: Prepare, written: Written, rows: list[str], changes: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        prepare(written("a.csv", table(*rows)), split=LEAVE_LAST, cleaning=changes)


def test_more_than_a_few_ties_are_doubtful() -> None:
    few = Order("time", "played_at", plays=300, ties=3, decided="the order of the rows")
    assert understanding.doubts_about_order(few) == []
    assert str(few) == "played_at, 3 ties"
    assert understanding.doubts_about_order(replace(few, ties=4)) == [
        "4 of 300 plays have the time of another play of their playlist: what comes after what is "
        "decided by the order of the rows"
    ]


@pytest.mark.parametrize(
    ("rejected", "songs", "once", "expected"),
    [
        (1, 10, 5, []),
        (1, 10, 0, []),
        (2, 10, 5, ["2 of 100 rows were rejected: 08_reporting/rejected_rows.csv says why"]),
        (0, 10, 6, ["6 of 10 songs are played only once"]),
        (0, 9, 9, ["no song is played twice: nothing can be learned; is columns.song=id right?"]),
    ],
)
def test_much_rejected_and_little_repeated_is_doubtful(
    rejected: int, songs: int, once: int, expected: list[str]
) -> None:
    rows = {"read": 100, "rejected": rejected, "dropped": {}}
    made = {"rows": rows, "input": {"columns": {"song": "id"}}}
    assert understanding.doubts(made, songs, once) == expected


def test_of_many_the_numbers_have_commas_and_an_id_of_several_columns_is_not_named() -> None:
    rows = {"read": 100_000, "rejected": 2000, "dropped": {"unreadable time": 1500}}
    made = {"rows": rows, "input": {"columns": {}}}
    assert understanding.doubts(made, songs=3000, once=3000) == [
        "2,000 of 100,000 rows were rejected: 08_reporting/rejected_rows.csv says why",
        "1,500 times could not be read: columns.time_format gives their format",
        "no song is played twice: nothing can be learned; are the columns right?",
    ]
    many = Order("time", "at", plays=20_000, ties=1500, decided="chance")
    assert understanding.doubts_about_order(many)[0].startswith("1,500 of 20,000 plays have the ")
    assert understanding.doubts_about_order(replace(many, ties=0, plays=0)) == []


@pytest.mark.parametrize(
    ("min_seconds", "columns", "told"),
    [(0, {}, []), (30, {"duration": "ms"}, []), (0.5, {}, ["sessions.min_seconds=0.5 leaves out"])],
)
def test_skips_are_doubtful_where_nothing_says_how_long_a_play_was(
    min_seconds: float, columns: dict[str, str], told: list[str]
) -> None:
    sessions = Sessions(by="gap", gap_minutes=None, time_zone="UTC", min_seconds=min_seconds)
    found = understanding.doubts_about_skips(sessions, columns)
    assert [text[: len(told[0])] for text in found] == told


def test_unreadable_times_are_doubtful() -> None:
    rows = {"read": 100, "rejected": 0, "dropped": {"unreadable time": 3}}
    made = {"rows": rows, "input": {"columns": {}}}
    assert understanding.doubts(made, songs=2, once=0) == [
        "3 times could not be read: columns.time_format gives their format"
    ]


def test_a_split_by_times_that_cannot_be_read(prepare: Prepare, written: Written) -> None:
    text = table("p,1,a,noon", "p,2,b,noon", "p,3,c,noon", columns="playlist,pos,song,time")
    with pytest.raises(InputError, match=r"no time; expected one in column 'time': give its form"):
        prepare(written("a.csv", text), split={"by": "time"})


def test_songs_are_counted_over_all_splits(prepare: Prepare, written: Written) -> None:
    """Of a, b and c, c alone is played once; training has a and b once each."""
    path = written("a.csv", table("p,1,a", "p,2,b", "p,3,a", "p,4,b", "p,5,c"))
    result = prepare(path, split=LEAVE_LAST)
    values = ", ".join(f"({row['songs']}, {row['first_target']})" for row in result["playlists"])
    lists = sql.connection().sql(f"from (values {values}) t(songs, first_target)")
    counted = sql.query(nodes.__package__, "played_once", playlists=lists)
    assert counted.fetchall() == [(3, 1)]


def test_each_column_that_was_read_is_described() -> None:
    uses = ("playlist", "user", "song", "artist", "track", "time", "position", "duration", "split")
    read: Any = SimpleNamespace(
        columns={use: f"the {use}" for use in reversed(uses)},
        order=Order("time", "the time", 9, 0, ""),
    )
    found = understanding.describe(read, "plays", ["x/a.csv"])["columns"]
    assert list(found.items()) == [(use, f"the {use}") for use in uses]


def test_names_that_may_stand_for_missing_values_are_doubtful(
    prepare: Prepare, written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [f"{p},{n},{song}" for p in ("p", "NA") for n, song in enumerate("ab", 1)]
    rows += ["p,3,NA", "NA,3,nan", "p,4,NAomi", "NA,4,None", "p,5,a", "NA,5,NA"]
    prepare(written("a.csv", table(*rows)), split={"by": "leave_last"})
    told = [line for line in caplog.messages if "missing value" in line]
    assert [line.split(":")[0] for line in told] == [
        "a song is named NA",
        "a song is named None",
        "a song is named nan",
        "a playlist is named NA",
    ]


def test_of_artists_and_titles_both_may_stand_for_missing_values(
    prepare: Prepare, written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    songs = ["NA,NA", "A,Null", ",nan", "NA,Song", "A,b"]
    rows = [f"p,{n},{song}" for n, song in enumerate(songs)]
    text = table(*rows, columns="playlist,pos,artist,track")
    prepare(written("a.csv", text), split={"by": "leave_last"})
    told = [line.split(":")[0] for line in caplog.messages if "missing value" in line]
    assert told == ["a song is named nan", "a song is named NA - NA"]


def test_playlists_of_users_may_stand_for_missing_ones(
    prepare: Prepare, written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [f"{user},NA,{n},{song}" for user in "uv" for n, song in enumerate("abc")]
    text = table(*rows, columns="user,playlist,pos,song")
    prepare(written("a.csv", text), split=LEAVE_LAST)
    assert [line.split(":")[0] for line in caplog.messages if "missing value" in line] == [
        "a playlist is named NA"
    ]


def test_a_song_that_is_history_of_later_splits_is_played_once(
    prepare: Prepare, written: Written
) -> None:
    path = written("a.csv", table("p,1,a", "p,2,b", "p,3,c", "p,4,d"))
    result = prepare(path, split=LEAVE_LAST)
    values = ", ".join(f"({row['songs']}, {row['first_target']})" for row in result["playlists"])
    lists = sql.connection().sql(f"from (values {values}) t(songs, first_target)")
    counted = sql.query(nodes.__package__, "played_once", playlists=lists)
    assert counted.fetchall() == [(4, 4)]
