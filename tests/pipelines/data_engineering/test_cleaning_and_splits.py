from collections import Counter
from collections.abc import Callable
from hashlib import md5
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LEAVE_LAST = {"by": "leave_last"}


def table(*playlists: tuple[str, str], columns: str = "playlist,song") -> str:
    """Playlists of one-letter songs: `("p", "abc")` plays a, b and c."""
    lines = [f"{name},{song}" for name, songs in playlists for song in songs]
    return "\n".join([columns, *lines]) + "\n"


def dropped(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (play["song_id"], play["dropped"])
        for play in result["plays"]
        if play["dropped"] is not None
    ]


def lists(result: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    """Playlist, split, its songs as letters, and how many of them are history only."""
    names = {song["song"]: song["song_id"] for song in result["songs"]}
    return [
        (
            row["playlist"],
            row["split"],
            "".join(names[n] for n in row["songs"]),
            row["first_target"],
        )
        for row in result["playlists"]
    ]


def test_repeats_in_a_row_are_one_play_unless_kept(prepare: Prepare, written: Written) -> None:
    path = written("a.csv", table(("p", "aabab"), ("q", "bcd")))
    assert dropped(prepare(path, split=LEAVE_LAST)) == [("a", "repeat in a row")]
    kept = prepare(path, split=LEAVE_LAST, cleaning={"keep_repeats_in_a_row": True})
    assert dropped(kept) == []


def test_rare_songs_go_first_then_repeats_then_lengths(prepare: Prepare, written: Written) -> None:
    # without x, the two a's of p stand in a row; without one of them p is too short
    path = written("a.csv", table(("p", "axab"), ("q", "abc"), ("r", "abc"), ("s", "abcabc")))
    cleaning = {"min_plays": 2, "min_songs": 3, "max_songs": 5}
    result = prepare(path, split=LEAVE_LAST, cleaning=cleaning)
    assert result["report"]["rows"]["dropped"] == {
        "long playlist": 6,
        "rare song": 1,
        "repeat in a row": 1,
        "short playlist": 2,
    }
    assert result["report"]["rows"]["kept"] == 6


def test_songs_are_numbered_by_plays_in_training_alone(prepare: Prepare, written: Written) -> None:
    # leave_last: a, b and c train once each in p and q; z is only ever a target
    path = written("a.csv", table(("p", "bbabcz"), ("q", "cbaz"), ("r", "bcaz")))
    result = prepare(path, split=LEAVE_LAST, cleaning={"keep_repeats_in_a_row": True})
    assert [(song["song_id"], song["plays"]) for song in result["songs"]] == [
        ("b", 5),  # three in p, one in q, one in r
        ("c", 2),  # q, r: in p it is the validation target
        ("a", 1),  # in p: in q and r it is the validation target
        ("z", 0),
    ]
    assert result["corpus"] == ["0 0 2 0", "1 0", "0 1"]


def test_leave_last(prepare: Prepare, written: Written) -> None:
    path = written("a.csv", table(("p", "abcd"), ("q", "ab")))
    result = prepare(path, split=LEAVE_LAST, cleaning={"min_songs": 2})
    assert lists(result) == [
        ("p", "train", "ab", 0),
        ("q", "train", "ab", 0),
        ("p", "validation", "abc", 2),
        ("p", "test", "abcd", 3),
    ]
    counts = {"train": (2, 4, 2), "validation": (1, 1, 1), "test": (1, 1, 1)}
    assert result["report"]["splits"] == {
        split: dict(zip(("playlists", "plays", "songs"), found, strict=True))
        for split, found in counts.items()
    }
    assert result["report"]["songs"] == {"all": 4, "in_training": 2}


def test_plays_that_are_skipped_make_no_song_less_rare(prepare: Prepare, written: Written) -> None:
    lines = [("p", "a", 99), ("p", "b", 99), ("p", "c", 99), ("q", "a", 99), ("q", "b", 9)]
    rows = "".join(f"{playlist},{song},{time}\n" for playlist, song, time in lines + lines[:1])
    result = prepare(
        written("a.csv", "playlist,song,duration\n" + rows + "r,c,99\nr,a,99\n"),
        split=LEAVE_LAST,
        cleaning={"min_plays": 2, "min_songs": 1},
        sessions={"min_seconds": 30},
        columns={"duration": "duration"},
    )
    assert [why for why in dropped(result) if why[0] == "b"] == [("b", "rare song"), ("b", "skip")]


@pytest.mark.parametrize(("keep", "rare"), [(True, 0), (False, 3)])
def test_plays_in_a_row_that_count_once_make_no_song_less_rare(
    keep: bool, rare: int, prepare: Prepare, written: Written
) -> None:
    path = written("a.csv", table(("p", "babcccba"), ("q", "aba")))
    cleaning = {"min_plays": 2, "min_songs": 1, "keep_repeats_in_a_row": keep}
    result = prepare(path, split=LEAVE_LAST, cleaning=cleaning)
    assert dropped(result).count(("c", "rare song")) == rare


def test_a_song_has_the_names_of_its_first_row(prepare: Prepare, written: Written) -> None:
    rows = [("x", "M", "2"), ("x", "Z", "1"), ("x", "A", "3"), ("y", "A", ""), ("z", "B", "4")]
    text = "playlist,song,artist,track\n" + "".join(f"p,{','.join(row)}\n" for row in rows)
    result = prepare(
        written("a.csv", text), split=LEAVE_LAST, cleaning={"keep_repeats_in_a_row": True}
    )
    names = {song["song_id"]: (song["artist"], song["track"]) for song in result["songs"]}
    assert names == {"x": ("M", "2"), "y": ("A", None), "z": ("B", "4")}


def test_playlists_without_a_time_are_not_the_latest(prepare: Prepare, written: Written) -> None:
    times = [*range(5, 9), "", *range(4), ""]
    rows = [
        (n, place, song, time)
        for n, time in enumerate(times)
        for place, song in enumerate((f"own {n}", "a", "b", "c"))
    ]
    text = "playlist,position,song,time\n" + "".join(f"{p},{n},{s},{t}\n" for p, n, s, t in rows)
    songs = prepare(written("a.csv", text), split=LEAVE_LAST)["songs"]
    # one playlist is the latest tenth of ten
    assert [song["song_id"] for song in songs if song["recent_plays"]] == ["a", "own 3"]


def by_hand(playlist: str) -> str:
    """70 % train, 20 % validate, 10 % test, by the second half of the id's MD5."""
    draw = int.from_bytes(md5(playlist.encode()).digest()[8:], "little") % 1_000_000 / 1_000_000
    return "test" if draw < 0.1 else "validation" if draw < 0.1 + 0.2 else "train"


def test_hash_depends_on_the_playlist_alone(prepare: Prepare, written: Written) -> None:
    playlists = [(f"list{n}", "abc") for n in range(200)]
    whole = prepare(written("a.csv", table(*playlists)))
    turned = prepare(written("b.csv", table(*reversed(playlists))))
    splits = {name: split for name, split, *_ in lists(whole)}
    assert splits == {name: split for name, split, *_ in lists(turned)}
    assert all(first == 0 for *_, first in lists(whole))
    assert splits == {name: by_hand(name) for name, _ in playlists}


def test_time_tests_on_the_playlists_that_end_last(prepare: Prepare, written: Written) -> None:
    lines = "playlist,time,song\n" + "".join(
        f"p{n},{day + step},{song}\n"
        for n, day in enumerate([50, 10, 40, 30, 20])
        for step, song in enumerate("abc")
    )
    result = prepare(written("a.csv", lines), split={"by": "time", "validation": 0.2, "test": 0.2})
    assert {name: split for name, split, *_ in lists(result)} == {
        "p1": "train", "p4": "train", "p3": "train", "p2": "validation", "p0": "test"
    }  # fmt: skip


COLUMN = {"by": "column"}


def test_column_takes_the_latest_tenth_of_training_as_validation(
    prepare: Prepare, written: Written
) -> None:
    rows = [(f"p{n}", "test" if n in (3, 4) else "train") for n in range(22)]
    text = "playlist,split,song\n" + "".join(
        f"{name},{split},{song}\n" for name, split in rows for song in "abc"
    )
    splits = {
        name: split for name, split, *_ in lists(prepare(written("a.csv", text), split=COLUMN))
    }
    assert [name for name, split in splits.items() if split == "validation"] == ["p20", "p21"]
    assert [name for name, split in splits.items() if split == "test"] == ["p3", "p4"]


def test_column_as_given_play_by_play(prepare: Prepare, written: Written) -> None:
    text = "playlist,split,song\np,train,a\np,Training,b\np,dev,c\np,test,d\np,test,e\nq,what,a\n"
    result = prepare(written("a.csv", text), split=COLUMN, cleaning={"min_songs": 1})
    assert lists(result) == [
        ("p", "train", "ab", 0),
        ("p", "validation", "abc", 2),
        ("p", "test", "abcde", 3),
    ]
    assert dropped(result) == [("a", "unknown split")]


@pytest.mark.parametrize("by", ["hash", "time", "leave_last", "column"])
def test_no_target_is_in_what_trains(prepare: Prepare, written: Written, by: str) -> None:
    text = "playlist,time,split,song\n" + "".join(
        f"p{n},{n},{('train', 'train', 'validation', 'test')[n % 4]},s{n}{song}\n"
        for n in range(60)
        for song in "abcd"
    )
    result = prepare(written("a.csv", text), split={"by": by})
    names = {song["song"]: song["song_id"] for song in result["songs"]}
    trained = {names[int(song)] for line in result["corpus"] for song in line.split()}
    held_out = {
        names[song]
        for row in result["playlists"]
        if row["split"] != "train"
        for song in row["songs"][row["first_target"] :]
    }
    assert held_out  # every song is played once, so a target that trains would show
    assert trained.isdisjoint(held_out)
    assert len(trained) + len(held_out) == 240


@pytest.mark.parametrize("by", ["hash", "time", "leave_last", "column"])
def test_a_refit_trains_on_all_but_the_test(prepare: Prepare, written: Written, by: str) -> None:
    text = "playlist,time,split,song\n" + "".join(
        f"p{n},{n},{('train', 'train', 'validation', 'test')[n % 4]},s{n}{song}\n"
        for n in range(60)
        for song in "abcd"
    )
    result = prepare(written("a.csv", text), split={"by": by})
    names = {song["song"]: song["song_id"] for song in result["refit_songs"]}
    by_split: dict[str, set[str]] = {"train": set(), "validation": set(), "test": set()}
    for row in result["refit_playlists"]:
        by_split[row["split"]] |= {names[song] for song in row["songs"][row["first_target"] :]}
    asked = [
        (row["playlist"], [names[song] for song in row["songs"]], row["first_target"])
        for row in result["refit_playlists"]
        if row["split"] == "test"
    ]
    before = {song["song"]: song["song_id"] for song in result["songs"]}
    assert asked == [
        (row["playlist"], [before[song] for song in row["songs"]], row["first_target"])
        for row in result["playlists"]
        if row["split"] == "test"
    ]
    assert by_split["validation"] == set()
    assert by_split["test"].isdisjoint(by_split["train"])
    assert len(by_split["train"]) + len(by_split["test"]) == 240
    known = {song["song_id"] for song in result["refit_songs"] if song["plays"] > 0}
    assert known == by_split["train"]


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        (table(("p", "ab")), {}, "found no play to keep (left out: {'short playlist': 2})"),
        (table(("p", "abc")), {"split": LEAVE_LAST | {"by": "hash"}}, "more playlists, other shar"),
        (
            "playlist,song,split\n"
            + "".join(f"{s},{n},{s}\n" for s in ("train", "test") for n in "abc"),
            {"split": COLUMN},
            "found no playlist in 'validation' (plays: {'train': 3, 'test': 3}); expected some in "
            "train, validation and test: give more playlists, or another split.by",
        ),
        (
            "playlist,song,split\np,a,train\np,b,train\np,c,train\nq,a,eval\nq,b,eval\nq,c,eval\n",
            {"split": COLUMN},
            "(plays: {'train': 3}, and 3 plays of an unknown split)",
        ),
        (
            table(("p", "abc")),
            {"split": {"by": "time"}},
            "split.by: found 'time', but the input has",
        ),
        (
            table(("p", "abc")),
            {"split": COLUMN},
            "split.by: found 'column', but the input has no spl",
        ),
    ],
)
def test_refuses_what_leaves_nothing(
    prepare: Prepare, written: Written, text: str, change: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InputError) as error:
        prepare(written("a.csv", text), **change)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


def test_plays_of_later_splits_come_after_those_of_earlier_ones(
    prepare: Prepare, written: Written
) -> None:
    """Whatever the play order: what trains never has a target before it."""
    splits = dict(
        zip("abcdef", ("test", "train", "validation", "train", "test", "train"), strict=True)
    )
    rows = "".join(
        f"p,{place},{song},{split}\n" for place, (song, split) in enumerate(splits.items())
    )
    path = written("a.csv", f"playlist,position,song,split\n{rows}")
    result = prepare(path, split={"by": "column"}, cleaning={"min_songs": 1})
    assert lists(result) == [
        ("p", "train", "bdf", 0),
        ("p", "validation", "bdfc", 3),
        ("p", "test", "bdfcae", 4),
    ]


def test_which_plays_are_in_a_row_is_said_by_ties_too(prepare: Prepare, written: Written) -> None:
    """Where all plays of a playlist have one time, the seeded order decides, as everywhere."""
    text = "playlist,song,time\n" + "".join(
        f"p{n},{song},2020-01-01\n" for n in range(40) for song in "aabbcc" + "defghij"[n % 7]
    )
    path = written("a.csv", text)
    whole = prepare(path, split=LEAVE_LAST, cleaning={"keep_repeats_in_a_row": True})
    orders: dict[str, list[str]] = {}
    for play in sorted(whole["plays"], key=lambda play: (play["place"], play["tie"])):
        orders.setdefault(play["playlist"], []).append(play["song_id"])
    counts = Counter(song for songs in orders.values() for song, _ in groupby(songs))
    least = counts["b"]
    result = prepare(path, split=LEAVE_LAST, cleaning={"min_plays": least})
    rare = {song for song, why in dropped(result) if why == "rare song"}
    assert rare == {song for song, count in counts.items() if count < least}
    assert 40 < least < 80
