"""Times are moments: however they are written, and wherever they are read."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from listening import prepare

from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LEAVE_LAST = {"by": "leave_last"}


def sequences(result: dict[str, Any]) -> dict[str, str]:
    """The longest list of each playlist, its songs as letters."""
    names = {song["song"]: song["song_id"] for song in result["songs"]}
    longest = sorted(result["playlists"], key=lambda row: len(row["songs"]))
    return {row["playlist"]: "".join(names[song] for song in row["songs"]) for row in longest}


def times(*values: str) -> str:
    """A playlist of one-letter songs, in the order of the alphabet, played at these times."""
    rows = [f'p,"{value}",{"abcdefgh"[place]}' for place, value in enumerate(values)]
    return "\n".join(["playlist,time,song", *reversed(rows[1:]), rows[0], ""])


@pytest.mark.parametrize(
    "values",
    [
        ("2024-10-27T02:50:00+02:00", "2024-10-27T02:10:00+01:00", "2024-10-27T01:30:00Z"),
        ("2024-10-27 02:50:00 +02:00", "2024-10-27 02:10:00 +0100", "2024-10-27 01:30:00 Z"),
        ("2024-10-27 02:50:00 +02", "2024-10-27 02:10:00 +01", "2024-10-27 01:30:00 +00"),
        ("2024-10-27 00:50", "2024-10-27T01:10:00.25", "2024-10-27T01:10:00.250001"),
        ("2024-01-30", "2024-01-31", "2024-02-01"),
        ("999999999", "1000000000", "1000000001.5"),  # seconds
        ("999999999999", "1000000000000", "1000000000001"),  # milliseconds
        ("999999999999999", "1000000000000000", "1000000000000001"),  # microseconds
        ("1700000000", "1700000001000", "1700000002000000", "2023-11-14T22:13:23Z"),
        ("0", "1700000000000", "1700000000001"),  # the start of 1970 in any unit
        ("-5", "3", "20"),  # numbers of their own
    ],
)
def test_times_are_moments(prepare: Prepare, written: Written, values: tuple[str, ...]) -> None:
    result = prepare(written("a.csv", times(*values)), split=LEAVE_LAST)
    assert sequences(result) == {"p": "abcdefgh"[: len(values)]}
    assert result["report"]["input"]["order"] == "time"


def test_a_moment_is_in_seconds_since_1970(prepare: Prepare, written: Written) -> None:
    values = ("1970-01-01T01:00:00+01:00", "1700000000000", "1700000001000000")
    plays = prepare(written("a.csv", times(*values)), split=LEAVE_LAST)["plays"]
    assert sorted(play["time"] for play in plays) == [0, 1_700_000_000, 1_700_000_001]


@pytest.mark.parametrize("other", ["1700000000000", "2024-01-01"])
def test_units_that_cannot_be_told_apart_are_rejected(
    prepare: Prepare, written: Written, other: str
) -> None:
    with pytest.raises(InputError, match=r"different units.*columns.position=time") as error:
        prepare(written("a.csv", times("17", "18", other)), split=LEAVE_LAST)
    assert "2 numbers of at most 8 digits beside 1 " in str(error.value)


def test_units_are_told_apart_where_a_position_orders_as_well(
    prepare: Prepare, written: Written
) -> None:
    rows = [f"p,{n},{time},s{n}" for n, time in enumerate(("17", "18", "1700000000000"))]
    path = written("a.csv", "\n".join(["playlist,position,time,song", *rows]))
    with pytest.raises(InputError, match="different units"):
        prepare(path, split=LEAVE_LAST)


def test_other_formats_are_given(prepare: Prepare, written: Written) -> None:
    path = written("a.csv", times("31/01/2024 09:00", "01/02/2024 08:00", "02/02/2024 07:00"))
    with pytest.raises(InputError, match=r"'unreadable time': 3.*columns.time_format, such as"):
        prepare(path, split=LEAVE_LAST)
    result = prepare(path, split=LEAVE_LAST, columns={"time_format": "%d/%m/%Y %H:%M"})
    assert sequences(result) == {"p": "abc"}


def test_several_formats_and_offsets_in_them(prepare: Prepare, written: Written) -> None:
    path = written("a.csv", times("20240101 10+0200", "20240101 09+0000", "2024.01.02", "what"))
    formats = {"time_format": ["%Y%m%d %H%z", "%Y.%m.%d"]}
    result = prepare(path, split=LEAVE_LAST, columns=formats)
    assert sequences(result) == {"p": "abc"}
    assert result["report"]["rows"]["dropped"] == {"unreadable time": 1}


@pytest.mark.parametrize("given", ["%Q", "day first", "%"])
def test_a_format_is_checked_before_a_run(prepare: Prepare, written: Written, given: str) -> None:
    with pytest.raises(InputError, match=r"time_format: found .*expected a format such as"):
        prepare(written("a.csv", times("1", "2", "3")), columns={"time_format": given})


@pytest.mark.parametrize("cut", [False, True])
def test_neither_the_zone_of_the_machine_nor_threads_change_a_byte(
    tmp_path: Path, cut: bool
) -> None:
    """Times with and without a zone in Parquet, around the end of summer time, with ties."""
    path = tmp_path / "plays.parquet"
    duckdb.sql("""
        select
            'user' || n % 7 as "user",
            'list' || n % 50 as "list",
            timestamp '2024-10-26 12:00:00' + to_minutes((n * 7919) % 2003) as naive,
            to_timestamp(1729944000 + 60 * ((n * 7919) % 2003)) as zoned,
            'song' || (n * 31) % 101 as song
        from range(5000) t(n)
    """).write_parquet(str(path))
    given = {"split": LEAVE_LAST, "columns": {"playlist": "list", "time": "naive"}}
    if cut:
        given["columns"] = {"playlist": None, "time": "zoned"}
        given["sessions"] = {"by": "day", "time_zone": "America/New_York"}
    jobs = tmp_path / "jobs.json"
    jobs.write_text(json.dumps([{"name": "plays", "paths": [str(path)], "given": given}]))
    for zone, threads in (("UTC", "1"), ("Europe/Berlin", "2")):
        words = [sys.executable, prepare.__file__, jobs, threads, tmp_path / threads]
        subprocess.run(words, env=os.environ | {"TZ": zone}, check=True)
    for table in ("plays", "songs", "playlists"):
        made = {path.read_bytes() for path in tmp_path.glob(f"*/plays/{table}.parquet")}
        assert len(made) == 1
