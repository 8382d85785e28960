"""What plain Python and pandas read from the files of each source."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from listening.plain import Play, json_of, lines_of, rows_of, sessions, time_of


def spotify(folder: Path) -> Iterator[Play]:
    for _, line in list(lines_of(folder))[1:]:
        user, artist, track, name = line[1:-1].split('","')
        yield f"{user}\t{name}", 0, f"{artist}\t{track}"


def mpd(folder: Path) -> Iterator[Play]:
    for each in (each for document in json_of(folder) for each in document["playlists"]):
        yield from ((str(each["pid"]), t["pos"], t["track_uri"]) for t in each["tracks"])


def spotify_playlists(folder: Path) -> Iterator[Play]:
    for each in (each for document in json_of(folder) for each in document["playlists"]):
        yield from ((each["name"], 0, item["track"]["trackUri"]) for item in each["items"])


def last_year(folder: Path) -> Iterator[Play]:
    listens = [listen for part in json_of(folder) for listen in part if listen["msPlayed"] > 5000]
    return sessions(
        ("", time_of(each["endTime"]), f"{each['artistName']}\t{each['trackName']}")
        for each in listens
    )


def account(folder: Path) -> Iterator[Play]:
    listens = [listen for listen in json_of(folder)[0] if listen["ms_played"] > 5000]
    return sessions(
        (each["username"], time_of(each["ts"]), each["spotify_track_uri"]) for each in listens
    )


def exportify(folder: Path) -> Iterator[Play]:
    for name, line in lines_of(folder):
        if "Track URI" not in line:
            yield name, 0, next(csv.reader([line]))[0]


def listenbrainz(folder: Path) -> Iterator[Play]:
    listens = [json.loads(line) for _, line in reversed(list(lines_of(folder)))]
    return sessions(
        (each["user_name"], time_of(each["listened_at"]), "\t".join(names.values()))
        for each in listens
        for names in [each["track_metadata"]]
    )


def scrobbles(folder: Path) -> Iterator[Play]:
    rows = list(rows_of(folder))[:0:-1]
    return sessions(("", time_of(uts), f"{artist}\t{track}") for uts, artist, _, track in rows)


def dated_scrobbles(folder: Path) -> Iterator[Play]:
    rows = list(rows_of(folder))[::-1]
    return sessions(
        ("", time_of(date, "%d %b %Y %H:%M"), f"{artist}\t{track}")
        for artist, _, track, date in rows
    )


def lastfm_1k(folder: Path) -> Iterator[Play]:
    rows = rows_of(folder, "\t")
    return sessions(
        (user, time_of(time), f"{artist}\t{track}") for user, time, _, artist, _, track in rows
    )


def lists(folder: Path) -> Iterator[Play]:
    for each in (json.loads(line) for _, line in lines_of(folder)):
        yield from ((each["name"], 0, song) for song in each["tracks"])


def m3u(folder: Path) -> Iterator[Play]:
    return ((name, 0, line) for name, line in lines_of(folder) if line[0] != "#")


def titled(folder: Path) -> Iterator[Play]:
    for name, time, track, artist in list(rows_of(folder))[1:]:
        yield name, time_of(time), f"{artist}\t{track}"


def placed(folder: Path, delimiter: str) -> Iterator[Play]:
    for name, place, song in list(rows_of(folder, delimiter))[1:]:
        yield name, int(place), song


def headerless(folder: Path) -> Iterator[Play]:
    return ((name, time_of(time), song) for name, time, song in rows_of(folder, ";"))


def timed(rows: Iterable[dict[str, Any]]) -> Iterator[Play]:
    return ((row["list"], pd.Timestamp(row["time"]), row["uri"]) for row in rows)


READERS = {
    "spotify": spotify,
    "mpd": mpd,
    "spotify_playlists": spotify_playlists,
    "last year": last_year,
    "account": account,
    "exportify": exportify,
    "listenbrainz": listenbrainz,
    "scrobbles": scrobbles,
    "dated scrobbles": dated_scrobbles,
    "lastfm_1k": lastfm_1k,
    "lists": lists,
    "m3u": m3u,
    "csv": titled,
    "tsv": lambda folder: placed(folder, "\t"),
    "json": lambda folder: timed(json_of(folder)[0]),
    "parquet": lambda folder: timed(pd.read_parquet(folder).to_dict("records")),
    "headerless": headerless,
    "select": lambda folder: placed(folder, "|"),
}
