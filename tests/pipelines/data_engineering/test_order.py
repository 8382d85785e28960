"""What puts the songs of a playlist in order, and what decides between ties."""

import random
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError
from next_song.parameters import Cleaning, Columns, Sessions
from next_song.pipelines.data_engineering import nodes

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LEAVE_LAST = {"by": "leave_last"}
Row = tuple[str, int, str]


def table(rows: list[Row]) -> str:
    return "playlist,time,song\n" + "".join(f"{p},{t},{s}\n" for p, t, s in rows)


def orders(prepare: Prepare, path: Path, **changes: Any) -> tuple[dict[str, list[str]], Any]:
    """The songs of each playlist in order, and what the report says of the input."""
    result = prepare(path, split=LEAVE_LAST, **changes)
    names = {song["song"]: song["song_id"] for song in result["songs"]}
    longest = sorted(result["playlists"], key=lambda row: len(row["songs"]))
    return {row["playlist"]: [names[song] for song in row["songs"]] for row in longest}, result[
        "report"
    ]["input"]


# two playlists, three plays a minute, whose ids are in no order
PLAYS = [(f"p{n % 2}", 60 * (n // 6), f"s{n * 37 % 101}") for n in range(60)]
IN_ORDER = {name: [song for p, _, song in PLAYS if p == name] for name in ("p0", "p1")}


def test_ties_of_a_file_sorted_by_time_keep_its_order(prepare: Prepare, written: Written) -> None:
    found, given = orders(prepare, written("a.csv", table(PLAYS)))
    assert found == IN_ORDER
    assert given["order"] == "time, 40 ties"  # 20 places of 3 plays
    assert given["ties"] == "the order of the rows"


def test_ties_of_a_file_newest_first_are_reversed(prepare: Prepare, written: Written) -> None:
    found, given = orders(prepare, written("a.csv", table(PLAYS[::-1])))
    assert found == IN_ORDER
    assert given["ties"] == "the order of the rows, reversed, since they are newest first"


def test_each_file_has_an_order_of_its_own(prepare: Prepare, written: Written) -> None:
    """Sorted playlist by playlist is sorted, too."""
    found, _ = orders(prepare, written("a.csv", table(sorted(PLAYS, key=lambda row: row[0]))))
    assert found == IN_ORDER


@pytest.mark.parametrize(
    ("album", "given", "used", "in_order"),
    [
        ("Album Name", {}, "time", [*"bca"]),
        ("Genre", {}, "track_number", [*"cab"]),
        ("num_albums", {}, "track_number", [*"cab"]),
        ("album", {"columns": {"position": "track_number"}}, "track_number", [*"cab"]),
        ("album", {"columns": {"position": ["track_number"]}}, "track_number", [*"cab"]),
    ],
)
def test_a_place_on_an_album_is_no_place_in_a_playlist(
    album: str,
    given: dict[str, Any],
    used: str,
    in_order: list[str],
    prepare: Prepare,
    written: Written,
) -> None:
    rows = ["p,a,2,2024-01-03,x", "p,b,3,2024-01-01,y", "p,c,1,2024-01-02,z"]
    text = "\n".join([f"playlist,song,track_number,time,{album}", *rows])
    found, understood = orders(prepare, written("a.csv", text), **given)
    assert understood["order"] == used
    assert found == {"p": in_order}


def test_a_file_without_albums_has_its_own_places(prepare: Prepare, written: Written) -> None:
    one = written("a.csv", "playlist,song,track_number\np,a,2\np,b,3\np,c,1\n")
    other = written("b.csv", "playlist,song,position,album\nq,d,2,x\nq,e,1,x\nq,f,3,x\n")
    result = prepare(one, other, split=LEAVE_LAST)
    plays = sorted(result["plays"], key=lambda play: (play["playlist"], play["place"]))
    assert "".join(play["song_id"] for play in plays) == "cabedf"


def test_ties_of_other_files_are_drawn(prepare: Prepare, written: Written) -> None:
    rows = sorted(PLAYS, key=lambda row: (row[0], row[2]))
    found, given = orders(prepare, written("a.csv", table(rows)))
    assert given["ties"] == "a seeded hash, since the rows are not sorted by it"
    again, _ = orders(prepare, written("b.csv", table(rows)))
    assert found == again
    minutes = {song: time for _, time, song in PLAYS}
    for name, songs in found.items():
        assert sorted(songs) == sorted(IN_ORDER[name])
        assert [minutes[song] for song in songs] == sorted(minutes[song] for song in songs)
        assert songs != IN_ORDER[name]
        assert songs != sorted(songs, key=lambda song: (minutes[song], song))


def test_ties_that_are_sorted_by_song_are_drawn(prepare: Prepare, written: Written) -> None:
    """A table sorted by time and then by song, up or down, says nothing of the order of ties."""
    for key, down in product((str, int), (False, True)):
        rows = [(p, t, s[1:]) for p, t, s in PLAYS]
        rows = sorted(rows, key=lambda row: key(row[2]), reverse=down)
        rows = sorted(rows, key=lambda row: row[1])
        _, given = orders(prepare, written(f"{key.__name__}-{down}.csv", table(rows)))
        assert given["ties"].startswith("a seeded hash")


def test_a_draw_leaves_no_pattern_of_ids(prepare: Prepare, written: Written) -> None:
    """Of two tied songs, either comes first as often as the other."""
    draw = random.Random(5)
    rows = []
    for n in range(400):
        pair = [f"{n}a", f"{n}b"]
        rows += [(f"p{n}", 1, pair[0]), (f"p{n}", 0, "first"), (f"p{n}", 1, pair[1])]
    draw.shuffle(rows)
    found, _ = orders(prepare, written("a.csv", table(rows)))
    up = sum(
        songs == sorted(songs, key=lambda song: (song != "first", song)) for songs in found.values()
    )
    assert 150 < up < 250  # 200, give or take five standard deviations of 10


def test_no_column_means_the_order_of_the_rows(prepare: Prepare, written: Written) -> None:
    text = "playlist,song\n" + "".join(f"p,{song}\n" for song in "dacb")
    found, given = orders(prepare, written("a.csv", text))
    assert found == {"p": list("dacb")}
    assert (given["order"], given["ties"]) == ("that of the rows", "")


def test_a_position_goes_before_a_time(prepare: Prepare, written: Written) -> None:
    text = "playlist,pos,time,song\np,2,1,b\np,1,2,a\np,3,0,c\np,nan,0,d\n"
    result = prepare(written("a.csv", text), split=LEAVE_LAST)
    assert [row["songs"] for row in result["playlists"]][-1]
    found, given = orders(prepare, written("a.csv", text))
    assert found == {"p": list("abc")}
    assert given["order"] == "pos"
    assert result["report"]["rows"]["dropped"] == {"no position or time": 1}


@pytest.mark.parametrize(("use", "column"), [("position", "pos"), ("time", "played_at")])
def test_a_file_without_the_order_of_the_others_is_refused(
    prepare: Prepare, written: Written, use: str, column: str
) -> None:
    first = written("a.csv", f"playlist,{column},song\np,2,b\np,1,a\np,3,c\n")
    second = written("b.csv", "playlist,song\nq,b\nq,a\nq,c\n")
    refused = (
        rf"b\.csv: found no column for '{use}', and '{column}' in other .*columns\.{use}=null$"
    )
    with pytest.raises(InputError, match=refused):
        prepare(first, second)
    unordered = partial(prepare, first)
    assert orders(unordered, second, columns={use: None})[0] == {"p": list("bac"), "q": list("bac")}


def test_a_history_that_is_cut_goes_by_time_alone(prepare: Prepare, written: Written) -> None:
    first = written("a.csv", "time,song,position\n0,a,3\n60,b,1\n120,c,2\n")
    second = written("b.csv", "time,song\n90000,d\n90060,e\n90120,f\n")
    result = prepare(first, second, sessions={"gap_minutes": 30.0}, split=LEAVE_LAST)
    assert result["report"]["input"]["order"] == "time"
    assert result["report"]["rows"]["dropped"] == {}


def test_a_file_with_a_header_alone_says_nothing_of_the_order(
    prepare: Prepare, written: Written
) -> None:
    empty = written("a.csv", "playlist,song\x85x\n\n")
    found, given = orders(
        partial(prepare, empty), written("b.csv", "playlist,pos,song\np,3,c\np,1,a\np,2,b\n")
    )
    assert found == {"p": list("abc")}
    assert given["order"] == "pos"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_no_file_is_taken_for_a_header_because_of_its_line_ends(
    prepare: Prepare, written: Written, end: str
) -> None:
    first = written("a.csv", end.join(["playlist,song", "p,a", "p,b", "p,c", ""]))
    second = written("b.csv", "playlist,song\nq,a\nq,b\nq,c\n")
    found, _ = orders(partial(prepare, first), second)
    assert found == {"p": list("abc"), "q": list("abc")}


def test_playlists_in_some_files_alone_are_refused(prepare: Prepare, written: Written) -> None:
    first = written("a.csv", "playlist,song,time\np,a,1\np,b,2\np,c,3\n")
    second = written("b.csv", "song,time\na,1\nb,2\nc,3\n")
    with pytest.raises(InputError, match=r"b\.csv: found no column for 'playlist', and 'playlist'"):
        prepare(first, second, sessions={"gap_minutes": 30.0})


def test_the_end_of_a_playlist_is_that_of_its_order(prepare: Prepare, written: Written) -> None:
    """Plays late in a playlist count, and they are not those of the last rows."""
    rows = [f"p,{place},{song}" for place, song in enumerate("abcdefghijklmn")]
    path = written("a.csv", "\n".join(["playlist,position,song", *reversed(rows)]))
    late = {
        song["song_id"]: song["late_plays"] for song in prepare(path, split=LEAVE_LAST)["songs"]
    }
    assert late == pytest.approx(
        {song: 0.7**after for after, song in enumerate("lkjihgfedc")} | dict.fromkeys("abmn", 0),
        abs=1e-6,
    )


def test_the_latest_playlists_are_those_that_were_played_last(
    prepare: Prepare, written: Written
) -> None:
    rows = [
        f"p{n},{time},{song}" for n in range(9) for time, song in zip((10, 11), "ab", strict=True)
    ]
    rows += [f"long,{time},{song}" for time, song in ((0, "own"), (50, "a"), (60, "b"), (70, "c"))]
    path = written("a.csv", "\n".join(["playlist,time,song", *reversed(rows)]))
    songs = prepare(path, split=LEAVE_LAST, cleaning={"min_songs": 2})["songs"]
    assert {song["song_id"] for song in songs if song["recent_plays"]} == {"own", "a"}


def test_a_playlist_to_continue_is_in_its_order(defaults: dict[str, Any], written: Written) -> None:
    path = written("a.csv", "playlist,position,song\np,3,c\np,1,a\nq,2,y\np,2,b\nq,1,x\n")
    groups = {"columns": Columns, "sessions": Sessions, "cleaning": Cleaning}
    checked: Any = [kind.model_validate(defaults[name]) for name, kind in groups.items()]
    made = nodes.prepare_histories([str(path)], "plays", *checked)
    assert [song for (song,) in made.select("song_id").fetchall()] == list("abcxy")


def test_a_playlist_in_two_files_is_as_sorted_as_each_of_them(
    prepare: Prepare, written: Written
) -> None:
    """The later file has the earlier half, so the playlist as a whole is not sorted."""
    paths = [written("a.csv", table(PLAYS[30:])), written("b.csv", table(PLAYS[:30]))]
    result = prepare(*paths, split=LEAVE_LAST)
    assert result["report"]["input"]["ties"] == "the order of the rows"


def test_plays_that_cannot_be_used_say_nothing_of_the_order(
    prepare: Prepare, written: Written
) -> None:
    rows = [(*row, 200) for row in PLAYS]
    rows[1:1] = [("p0", 9999, "short", 1)]  # skipped, and at the wrong place
    lines = ["playlist,time,song,duration", *(",".join(map(str, row)) for row in rows)]
    given = {"sessions": {"min_seconds": 30}, "columns": {"duration": "duration"}}
    found, report = orders(prepare, written("a.csv", "\n".join(lines)), **given)
    assert found == IN_ORDER
    assert report["ties"] == "the order of the rows"


def test_ties_of_a_playlist_to_continue_are_as_in_training(
    defaults: dict[str, Any], written: Written
) -> None:
    path = written("a.csv", "playlist,position,song\np,2,d\np,2,c\np,1,b\np,1,a\n")
    groups = {"columns": Columns, "sessions": Sessions, "cleaning": Cleaning}
    checked: Any = [kind.model_validate(defaults[name]) for name, kind in groups.items()]
    made = nodes.prepare_histories([str(path)], "plays", *checked)
    assert [song for (song,) in made.select("song_id").fetchall()] == [*"abcd"]
