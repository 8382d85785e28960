"""Playlists of the same name stay apart where each has a file, an object or a row of its own."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from next_song.pipelines.data_engineering.sources.raw import names_of

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LAST = {"by": "leave_last"}
HEADER = "Track URI,Track Name,Artist Name(s),Added At\n"


def playlists(result: dict[str, Any]) -> dict[str, list[str]]:
    """The songs of each playlist, in play order."""
    found: dict[str, list[str]] = {}
    for play in sorted(result["plays"], key=lambda play: (play["place"], play["tie"])):
        found.setdefault(play["playlist"], []).append(play["song_id"])
    return found


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        (HEADER + "".join(f"%s{n},Title,Artist,2022-01-01\n" for n in range(3)), "csv"),
        ("#EXTM3U\n%s0\n%s1\n%s2\n", "m3u"),
    ],
)
def test_files_of_the_same_name(prepare: Prepare, tmp_path: Path, text: str, suffix: str) -> None:
    paths = [tmp_path / f"{folder}/Mix.{suffix}" for folder in "ab"]
    paths.append(tmp_path / f"b/Other.{suffix}.gz")
    for path, songs in zip(paths, "abc", strict=True):
        path.parent.mkdir(exist_ok=True)
        data = text.replace("%s", songs).encode()
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    assert playlists(prepare(*paths, source="auto", split=LAST)) == {
        "a/Mix": ["a0", "a1", "a2"],
        "b/Mix": ["b0", "b1", "b2"],
        "Other": ["c0", "c1", "c2"],
    }


def test_names_of_files() -> None:
    assert names_of(["x/Mix.m3u8", "x/run, fast.CSV.gz"]) == ["Mix", "run, fast"]
    assert names_of(["x/a/Mix.csv", "y/a/Mix.csv", "Mix"]) == ["x/a/Mix", "y/a/Mix", "Mix"]
    kinds, packings = (
        ("csv", "tsv", "txt", "m3u", "m3u8"),
        ("", ".gz", ".zst", ".bz2", ".xz", ".zip"),
    )
    for end in (f".{kind}{packing}" for kind in kinds for packing in packings):
        assert names_of([f"x/My Mix{end}"]) == ["My Mix"]
    assert names_of(["a/Mix.csv", "a/Mix.csv.gz"]) == ["a/Mix.csv", "a/Mix.csv.gz"]


def test_spotifys_playlists_of_the_same_name(prepare: Prepare, written: Written) -> None:
    lists = [
        {"name": "Mix", "items": [{"track": {"trackUri": f"{each}{n}"}} for n in range(3)]}
        for each in "ab"
    ]
    path = written("Playlist1.json", json.dumps({"playlists": lists}))
    assert playlists(prepare(path, source="auto", split=LAST)) == {
        "Mix": ["a0", "a1", "a2"],
        "Mix\t2": ["b0", "b1", "b2"],
    }


def test_lists_of_the_same_name_or_without_one(prepare: Prepare, written: Written) -> None:
    songs = [[f"{n}{letter}" for letter in "abc"] for n in range(3)]
    names = ["x", "x", None]
    rows = [{"name": name, "tracks": list_} for name, list_ in zip(names, songs, strict=True)]
    path = written("a.jsonl", "\n".join(map(json.dumps, rows)))
    found = playlists(prepare(path, source="auto", split=LAST))
    assert found == dict(zip(["x", "x\t2", "3"], songs, strict=True))
    path = written("a.jsonl", "\n".join(json.dumps({"tracks": ["a", "b", "c"]}) for _ in range(2)))
    assert playlists(prepare(path, source="auto", split=LAST)) == {
        name: ["a", "b", "c"] for name in "12"
    }


@pytest.mark.parametrize(
    "text", ["['a', 'b', 'c']", '["a", "b", "c"]', "a b c", "a, b,c", "a|b|c", "a; b;c"]
)
def test_separators_of_lists(prepare: Prepare, written: Written, text: str) -> None:
    quoted = text.replace('"', '""')
    path = written("a.csv", f'playlist,songs\nx,"{quoted}"\ny,"{quoted}"\n')
    found = playlists(prepare(path, source="lists", split=LAST))
    assert found == {name: ["a", "b", "c"] for name in "xy"}


@pytest.mark.parametrize("source", ["lists", "listenbrainz"])
def test_a_broken_line_of_json_is_rejected(prepare: Prepare, written: Written, source: str) -> None:
    names = {"artist_name": "A", "track_name": "T"}
    objects: list[Any] = [{"tracks": ["a", "b", "c"]}] * 4
    if source == "listenbrainz":
        objects = [{"listened_at": 1_700_000_000 + n, "track_metadata": names} for n in range(9)]
    path = written("a.jsonl", "\n".join([*map(json.dumps, objects), '{"tracks": ["a']))
    repeats = {"keep_repeats_in_a_row": True}
    cut = {"gap_minutes": 30} if source == "listenbrainz" else {}
    result = prepare(path, source="auto", split=LAST, sessions=cut, cleaning=repeats)
    assert [line["text"] for line in result["rejected"]] == ['{"tracks": ["a']
    assert result["report"]["rows"]["rejected"] == 1


def test_lists_of_two_users_may_have_the_same_name(prepare: Prepare, written: Written) -> None:
    lines = [f'{user},mix,"[""a"", ""b"", ""c""]"' for user in ("u", "v", "w")]
    path = written("a.csv", "\n".join(["user,playlist,tracks", *lines]))
    result = prepare(path, source="lists", split=LAST)
    assert {play["playlist"] for play in result["plays"]} == {"u\tmix", "v\tmix", "w\tmix"}


def test_spotifys_playlists_of_the_same_name_in_two_files(
    prepare: Prepare, written: Written
) -> None:
    paths = []
    for n, each in enumerate("ab", 1):
        items = [{"track": {"trackUri": f"{each}{place}"}} for place in range(3)]
        text = json.dumps({"playlists": [{"name": "Mix", "items": items}]})
        paths.append(written(f"Playlist{n}.json", text))
    assert playlists(prepare(*paths, source="auto", split=LAST)) == {
        "Mix": ["a0", "a1", "a2"],
        "Mix\t2": ["b0", "b1", "b2"],
    }
