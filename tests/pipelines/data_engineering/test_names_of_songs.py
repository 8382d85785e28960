"""Artists, titles, times and ids of songs, as each program that exports playlists names them."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Any]
LAST = {"by": "leave_last"}
SONGS = range(3)


def table(*header: str, row: Callable[[int], list[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([list(header)] if header else [])
    writer.writerows(row(n) for n in SONGS)
    return file.getvalue()


def of_spotify(n: int) -> dict[str, Any]:
    named = {"trackName": f"Song {n}", "artistName": f"Band {n}", "trackUri": f"u:{n}"}
    return {"track": named, "addedDate": f"2024-05-0{n + 1}"}


def of_the_account(n: int) -> dict[str, Any]:
    return {
        "ts": f"2024-05-0{n + 1}T00:00:00Z",
        "ms_played": 200_000,
        "master_metadata_track_name": f"Song {n}",
        "master_metadata_album_artist_name": f"Band {n}",
        "spotify_track_uri": f"u:{n}",
    }


def of_last_year(n: int) -> dict[str, Any]:
    names = {"artistName": f"Band {n}", "trackName": f"Song {n}"}
    return {"endTime": f"2024-05-0{n + 1} 00:00", "msPlayed": 200_000} | names


def of_listenbrainz(n: int) -> dict[str, Any]:
    names = {"artist_name": f"Band {n}", "track_name": f"Song {n}"}
    return {"listened_at": 1_714_521_600 + n * 86_400, "track_metadata": names}


def of_mpd(n: int) -> dict[str, Any]:
    names = {"track_name": f"Song {n}", "artist_name": f"Band {n}"}
    return {"pos": n, "track_uri": f"u:{n}"} | names


EXPORTIFY = ("Track Name", "Artist Name(s)", "Added At")


def exported(n: int) -> list[str]:
    return [f"u:{n}", f"Song {n}", f"Band {n}", f"2024-05-0{n + 1}T00:00:00Z"]


TIMED = {
    "exportify": ("Mix.csv", table("Track URI", *EXPORTIFY, row=exported)),
    "exportify, older": ("Mix.csv", table("Spotify ID", *EXPORTIFY, row=exported)),
    "exportify, other": ("Mix.csv", table("Spotify URI", *EXPORTIFY, row=exported)),
    "spotify's playlists": (
        "Playlist1.json",
        json.dumps({"playlists": [{"name": "Mix", "items": [*map(of_spotify, SONGS)]}]}),
    ),
    "the account": ("Streaming_History.json", json.dumps([*map(of_the_account, SONGS)])),
    "the last year": ("StreamingHistory0.json", json.dumps([*map(of_last_year, SONGS)])),
    "listenbrainz": ("1.jsonl", "\n".join(json.dumps(of_listenbrainz(n)) for n in SONGS)),
    "last.fm": (
        "a.csv",
        table(row=lambda n: [f"Band {n}", "Album", f"Song {n}", f"0{n + 1} May 2024 00:00"]),
    ),
    "last.fm with a comma": (
        "a.csv",
        table(row=lambda n: [f"Band {n}", "Album", f"Song {n}", f"0{n + 1} May 2024, 00:00"]),
    ),
}
BY_NAME = {"the last year", "listenbrainz", "last.fm", "last.fm with a comma"}
HISTORIES = BY_NAME | {"the account"}


@pytest.mark.parametrize("name", TIMED)
def test_plays_with_times(name: str, prepare: Prepare, written: Written) -> None:
    sessions = {"gap_minutes": 9999} if name in HISTORIES else {}
    plays = prepare(written(*TIMED[name]), source="auto", split=LAST, sessions=sessions)["plays"]
    assert [(one["artist"], one["track"], one["dropped"]) for one in plays] == [
        (f"Band {n}", f"Song {n}", None) for n in SONGS
    ]
    ids = [f"Band {n}\tSong {n}" if name in BY_NAME else f"u:{n}" for n in SONGS]
    assert [one["song_id"] for one in plays] == ids
    first = 1_714_521_600  # 1 May 2024
    assert [one["time"] for one in plays] == [first + n * 86_400 for n in SONGS]


def test_the_million_playlist_dataset(prepare: Prepare, written: Written) -> None:
    lists = [{"pid": 7, "name": "Mix", "tracks": [*map(of_mpd, SONGS)]}]
    text = json.dumps({"info": {"slice": "0-999"}, "playlists": lists})
    plays = prepare(written("mpd.slice.0-999.json", text), source="auto", split=LAST)["plays"]
    assert [(one["song_id"], one["artist"], one["track"]) for one in plays] == [
        (f"u:{n}", f"Band {n}", f"Song {n}") for n in SONGS
    ]


@pytest.mark.parametrize(
    "song",
    [
        lambda n: f"u:{n}",
        lambda n: {"song_id": f"u:{n}", "track_id": "x"},
        lambda n: {"track_id": f"u:{n}", "id": "x"},
        lambda n: {"track_uri": f"u:{n}", "id": "x"},
        lambda n: {"uri": f"u:{n}", "id": "x"},
        lambda n: {"id": f"u:{n}", "song": "x"},
        lambda n: {"song": f"u:{n}"},
        lambda n: {"track": {"uri": f"u:{n}", "id": "x"}},
        lambda n: {"track": {"id": f"u:{n}"}},
    ],
)
def test_songs_of_lists_are_ids_or_objects_with_one(
    song: Callable[[int], Any], prepare: Prepare, written: Written
) -> None:
    lists = [{"name": name, "tracks": [song(n) for n in SONGS]} for name in "pq"]
    path = written("a.jsonl", "\n".join(map(json.dumps, lists)))
    plays = prepare(path, source="lists", split=LAST)["plays"]
    assert [one["song_id"] for one in plays] == [f"u:{n}" for n in SONGS] * 2


@pytest.mark.parametrize("name", ["name", "title", "id"])
def test_lists_are_named_by_what_they_are_called(
    name: str, prepare: Prepare, written: Written
) -> None:
    rows = [{name: called, "tracks": ["a", "b", "c"]} for called in ("x", "y")]
    path = written("a.jsonl", "\n".join(map(json.dumps, rows)))
    found = prepare(path, source="lists", split=LAST)["plays"]
    assert list(dict.fromkeys(one["playlist"] for one in found)) == ["x", "y"]


def test_lists_of_two_users_may_have_the_same_name(prepare: Prepare, written: Written) -> None:
    rows = [{"user": user, "name": "Mix", "tracks": ["a", "b", "c"]} for user in ("x", "y", "y")]
    path = written("a.jsonl", "\n".join(map(json.dumps, rows)))
    found = prepare(path, source="lists", split=LAST, columns={"user": "user"})["plays"]
    names = list(dict.fromkeys(one["playlist"] for one in found))
    assert names == ["x\tMix", "y\tMix", "y\tMix\\t2"]
