"""The playlists and the history as each source writes them, into a folder of its own."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from listening.library import HISTORY, PLAYLISTS, SHUFFLED, START, Row

Writer = Callable[[Path], None]
BERLIN = ZoneInfo("Europe/Berlin")


def _text(name: str, rows: Sequence[Sequence[Any]], **dialect: Any) -> Writer:
    def write(folder: Path) -> None:
        with (folder / name).open("w", newline="") as file:
            csv.writer(file, **dialect).writerows(rows)

    return write


def _json(name: str, rows: Any) -> Writer:
    lines = name.endswith(".jsonl")
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    return lambda folder: (folder / name).write_text(text) and None


def _parquet(name: str, rows: list[Row]) -> Writer:
    return lambda folder: pd.DataFrame(rows).to_parquet(folder / name)


def _all(*writers: Writer) -> Writer:
    return lambda folder: [write(folder) for write in writers] and None


def _spotify(folder: Path) -> None:
    lines = ['"user_id", "artistname", "trackname", "playlistname"']
    for n, (name, songs) in enumerate(PLAYLISTS.items()):
        lines += [f'"u{n % 3}","{song["artist"]}","{song["track"]}","{name}"' for song in songs]
    (folder / "spotify.csv").write_text("\n".join(lines))


def _mpd_slice(first: int) -> Any:
    lists = [
        {
            "pid": pid,
            "modified_at": 1500000000 + pid,
            "tracks": [
                {"pos": pos, "track_uri": song["uri"], "track_name": song["track"]}
                for pos, song in reversed(list(enumerate(songs)))
            ],
        }
        for pid, songs in enumerate(PLAYLISTS.values())
    ]
    return {"info": {"version": "v1"}, "playlists": lists[first : first + 20]}


def _m3u(folder: Path) -> None:
    for name, songs in PLAYLISTS.items():
        lines = [f"#EXTINF:9,{s['artist']} - {s['track']}\n{s['uri'][-3:]}.mp3" for s in songs]
        (folder / f"{name}.m3u8").write_text("\n".join(["#EXTM3U", *lines]))


def _exported(name: str, songs: list[Row]) -> Writer:
    header = ["Track URI", "Track Name", "Artist Name(s)", "Added At"]
    rows = [[song["uri"], song["track"], song["artist"], START.isoformat()] for song in songs]
    return _text(f"{name}.csv", [header, *rows], quoting=csv.QUOTE_ALL)


def _plays(*columns: str) -> list[list[Any]]:
    """A header and plays in no order, whose times have no offset."""
    plain = [row | {"time": row["time"].replace(tzinfo=None)} for row in SHUFFLED]
    return [list(columns), *[[row[column] for column in columns] for row in plain]]


def _listens(*columns: str, newest_first: bool = False) -> list[list[Any]]:
    rows = [[_shown(listen, column) for column in columns] for listen in HISTORY]
    return rows[::-1] if newest_first else rows


def _shown(listen: Row, column: str) -> Any:
    return listen["time"].strftime(column) if column.startswith("%") else listen[column]


LAST_YEAR = [
    {"endTime": time, "artistName": artist, "trackName": track, "msPlayed": seconds * 1000}
    for time, artist, track, seconds in _listens("%Y-%m-%d %H:%M", "artist", "track", "seconds")
]
ACCOUNT = [
    {"ts": time, "username": user, "ms_played": seconds * 1000, "spotify_track_uri": uri}
    | {"master_metadata_track_name": "T", "master_metadata_album_artist_name": "A"}
    for time, user, seconds, uri in _listens("%Y-%m-%dT%H:%M:%SZ", "user", "seconds", "uri")
]
LISTENS = [
    {"user_name": user, "listened_at": int(time.timestamp())}
    | {"track_metadata": {"artist_name": artist, "track_name": track}}
    for user, time, artist, track in _listens("user", "time", "artist", "track", newest_first=True)
]
ITEMS = {
    name: [{"track": {"trackName": "T", "artistName": "A", "trackUri": s["uri"]}} for s in songs]
    for name, songs in PLAYLISTS.items()
}
SCROBBLES = [
    [int(time.timestamp()), artist, "Album, The", track]
    for time, artist, track in _listens("time", "artist", "track", newest_first=True)
]
DATED = _listens("artist", "artist", "track", "%d %b %Y %H:%M", newest_first=True)
USERS = [
    [f"user_{len(user):06}", time, "", artist, "", track]
    for user, time, artist, track in _listens("user", "%Y-%m-%dT%H:%M:%SZ", "artist", "track")
]
WRITERS = {
    "spotify": _spotify,
    "mpd": _all(_json("slice.0.json", _mpd_slice(0)), _json("slice.20.json", _mpd_slice(20))),
    "spotify_playlists": _json(
        "Playlist1.json",
        {"playlists": [{"name": name, "items": items} for name, items in ITEMS.items()]},
    ),
    "last year": _all(
        _json("StreamingHistory_music_0.json", LAST_YEAR[:500]),
        _json("StreamingHistory_music_1.json", LAST_YEAR[500:]),
    ),
    "account": _json("Streaming_History_Audio_2024_1.json", ACCOUNT),
    "exportify": _all(*(_exported(name, songs) for name, songs in PLAYLISTS.items())),
    "listenbrainz": _json("1.jsonl", LISTENS),
    "scrobbles": _text("scrobbles.csv", [["uts", "artist", "album", "track"], *SCROBBLES]),
    "dated scrobbles": _text("dated.csv", DATED),
    "lastfm_1k": _text("users.tsv", USERS, delimiter="\t", lineterminator="\n"),
    "lists": _json(
        "lists.jsonl",
        [{"name": n, "tracks": [s["uri"] for s in songs]} for n, songs in PLAYLISTS.items()],
    ),
    "m3u": _m3u,
    "csv": _text("plays.csv", _plays("list", "time", "track", "artist")),
    "tsv": _text("plays.tsv", _plays("list", "place", "uri"), delimiter="\t"),
    "json": _json(
        "plays.json",
        [row | {"time": row["time"].astimezone(BERLIN).isoformat()} for row in SHUFFLED],
    ),
    "parquet": _parquet(
        "plays.parquet", [row | {"time": row["time"].astimezone(BERLIN)} for row in SHUFFLED]
    ),
    "headerless": _text("plays.dat", _plays("list", "time", "uri")[1:], delimiter=";"),
    "select": _text("plays.txt", _plays("list", "place", "uri"), delimiter="|"),
}
