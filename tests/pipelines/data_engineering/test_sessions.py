"""Histories without playlists are cut into sessions; skips are left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LEAVE_LAST = {"by": "leave_last"}
# minutes since midnight, of two users whose rows are mixed; the fourth play of u comes after a gap
HISTORY = """user,time,song
u,2024-05-06 10:00,a
v,2024-05-06 10:01,x
u,2024-05-06 10:30,b
v,2024-05-06 10:02,y
u,2024-05-06 11:00,c
u,2024-05-06 11:31,d
u,2024-05-06 11:32,e
v,2024-05-06 10:03,z
u,2024-05-06 11:33,f
"""


def sequences(result: dict[str, Any]) -> dict[str, str]:
    names = {song["song"]: song["song_id"] for song in result["songs"]}
    longest = sorted(result["playlists"], key=lambda row: len(row["songs"]))
    return {row["playlist"]: "".join(names[song] for song in row["songs"]) for row in longest}


def test_a_playlist_starts_after_a_gap_of_its_user(prepare: Prepare, written: Written) -> None:
    result = prepare(written("a.csv", HISTORY), split=LEAVE_LAST, sessions={"gap_minutes": 30})
    assert sequences(result) == {
        "u\t2024-05-06 10:00:00": "abc",  # a gap of 30 minutes is not longer than 30
        "u\t2024-05-06 11:31:00": "def",
        "v\t2024-05-06 10:01:00": "xyz",
    }
    assert result["report"]["input"]["order"] == "time"
    assert result["report"]["input"]["columns"] == {"user": "user", "song": "song", "time": "time"}


def test_a_day_is_that_of_the_time_zone(prepare: Prepare, written: Written) -> None:
    times = ["2024-05-06T20:00Z", "2024-05-06T21:59Z", "2024-05-06T22:00Z", "2024-05-07T21:00Z"]
    text = "time,song\n" + "".join(f"{t},{s}\n" for t, s in zip(times, "abcd", strict=True))
    path = written("a.csv", text + "2024-05-07T21:30Z,e\n")
    given = {"split": LEAVE_LAST, "cleaning": {"min_songs": 1}}
    utc = prepare(path, sessions={"by": "day"}, **given)
    assert sequences(utc) == {"2024-05-06": "abc", "2024-05-07": "de"}
    berlin = prepare(path, sessions={"by": "day", "time_zone": "Europe/Berlin"}, **given)
    assert sequences(berlin) == {"2024-05-06": "ab", "2024-05-07": "cde"}


def test_skips_are_left_out_and_counted(prepare: Prepare, written: Written) -> None:
    """What is left out holds no session together: the skipped play stands in a gap."""
    rows = [(0, "a", 60_000), (1, "b", 30_000), (2, "c", 29_999), (3, "d", 0), (4, "e", 90_000)]
    late = [(30, "f", 20_000), (55, "g", 90_000), (56, "h", 90_000), (57, "i", 90_000)]
    text = "ts,song,ms_played\n" + "".join(
        f"2024-05-06 10:{minute:02},{song},{played}\n" for minute, song, played in rows + late
    )
    result = prepare(
        written("a.csv", text),
        columns={"time": "ts"},
        split=LEAVE_LAST,
        sessions={"gap_minutes": 30, "min_seconds": 30},
    )
    assert sequences(result) == {"2024-05-06 10:00:00": "abe", "2024-05-06 10:55:00": "ghi"}
    assert result["report"]["rows"] == {
        "read": 9, "rejected": 0, "dropped": {"skip": 3}, "kept": 6
    }  # fmt: skip


def test_plays_that_cannot_be_used_have_their_own_reason(
    prepare: Prepare, written: Written
) -> None:
    text = HISTORY + ",2024-05-06 12:00,g\nu,,h\nu,2024-05-06 12:00,\nu,noon,i\n"
    result = prepare(written("a.csv", text), split=LEAVE_LAST, sessions={"gap_minutes": 30})
    assert result["report"]["rows"]["dropped"] == {
        "no position or time": 1,
        "no song": 1,
        "short playlist": 1,  # the play of nobody is a session of its own
        "unreadable time": 1,
    }


def test_a_playlist_column_goes_before_sessions(prepare: Prepare, written: Written) -> None:
    text = "playlist,time,song\np,1,a\np,100000,b\np,200000,c\n"
    result = prepare(written("a.csv", text), split=LEAVE_LAST, sessions={"gap_minutes": 1})
    assert sequences(result) == {"p": "abc"}


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ({}, r"for 'playlist' .*or cut a history into playlists with sessions.gap_minutes=30"),
        ({"gap_minutes": 0}, r"gap_minutes: found 0"),
        ({"by": "week"}, r"by: found 'week'"),
        ({"by": "day", "time_zone": "CEST"}, r"time_zone: found 'CEST'; expected the name of a"),
        ({"min_seconds": -1}, r"min_seconds: found -1"),
        ({"min_minutes": 1}, r"min_minutes: found 1"),
    ],
)
def test_refuses(
    prepare: Prepare, written: Written, sessions: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        prepare(written("a.csv", HISTORY), split=LEAVE_LAST, sessions=sessions)


def test_a_history_needs_a_time(prepare: Prepare, written: Written) -> None:
    with pytest.raises(InputError, match="expected for 'time' one of"):
        prepare(written("a.csv", "song\na\n"), sessions={"by": "day"})


@pytest.mark.parametrize(
    ("name", "unit"),
    [("msPlayed", 1000), ("ms_played", 1000), ("played (ms)", 1000), ("playedMs", 1000),
     ("milliseconds", 1000), ("items_played", 1), ("seconds", 1), ("duration", 1)],
)  # fmt: skip
def test_the_unit_of_a_duration_is_in_its_name(
    prepare: Prepare, written: Written, name: str, unit: int
) -> None:
    rows = [f"{place},{song},{9 * unit}" for place, song in enumerate("abc")]
    rows.append(f"4,d,{9 * unit - 1}")
    text = f"playlist,pos,song,{name}\n" + "".join(f"p,{row}\n" for row in rows)
    result = prepare(
        written("a.csv", text),
        columns={"duration": name},
        split=LEAVE_LAST,
        sessions={"min_seconds": 9},
    )
    assert sequences(result) == {"p": "abc"}
    assert result["report"]["rows"]["dropped"] == {"skip": 1}
