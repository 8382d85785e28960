"""The sources of playlists: what each looks like and which of its columns has which use.

A new one is an entry in SOURCES and a file `sql/raw_<name>.sql`: see docs/extending.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from next_song.pipelines.data_engineering.sources.choose import plain
from next_song.pipelines.data_engineering.sources.json_form import Form, some
from next_song.pipelines.data_engineering.sources.paths import path
from next_song.pipelines.data_engineering.sources.table import Table

FILE = "the name of the file"
SPOTIFY = r'\s*"user_id"\s*,\s*"artistname"\s*,\s*"trackname"\s*,\s*"playlistname"\s*'


@dataclass(frozen=True)
class Source:
    """A layout of its own.

    expects: what the source reads, for errors. fits: whether a file has the layout. columns: the
    names of its columns for each use; where several are listed, the first that a file has.
    """

    expects: str
    fits: Callable[[Table], bool]
    columns: dict[str, list[str]] = field(default_factory=dict)


def _is_spotify(table: Table) -> bool:
    return bool(re.fullmatch(SPOTIFY, table.file.head.lstrip().split("\n", 1)[0]))


def _has(*names: str) -> Callable[[Table], bool]:
    """Returns the test whether a table with a header has all of these columns."""
    return lambda table: set(map(plain, names)) <= {plain(name) for name in table.names}


def _has_json(*names: str) -> Callable[[Table], bool]:
    return lambda table: table.file.layout == "json" and set(names) <= set(table.names)


def _lists_of(key: str) -> Callable[[Table], bool]:
    """Returns the test for an object with a list `playlists`, each with a list of this name."""

    def fits(table: Table) -> bool:
        how = table.how
        if not isinstance(how, Form) or how.kind != "playlists":
            return False
        return key in next(some(table.file.head, how.under), {})

    return fits


def _first_fields(*patterns: str) -> Callable[[Table], bool]:
    """Returns the test for delimited text without a header, by its first line's fields."""
    return lambda table: (
        table.file.layout == "csv"
        and len(table.names) == len(patterns)
        and all(map(re.fullmatch, patterns, table.names))
    )


def _never(_: Table) -> bool:
    return False


DAY = r"\d\d? \w{3} \d{4},? \d\d:\d\d"


def _is_lastfm_export(table: Table) -> bool:
    """Returns whether a table is a Last.fm export; a song that is playing has no date yet."""
    first, *others = table.file.head.splitlines()[:2] or [""]
    is_playing = first.endswith(",") and others and re.search(rf'{DAY}"?$', others[0])
    return _first_fields(r".*", r".*", r".*", r".*" if is_playing else DAY)(table)


LASTFM_1K = _first_fields(r"user_\d+", r"\d{4}-\d\d-\d\dT[\d:]+Z", r".*", r".*", r".*", r".*")
HEADERLESS = {"lastfm": _is_lastfm_export, "lastfm_1k": LASTFM_1K}

SOURCES: dict[str, Source] = {
    "spotify": Source(
        'the header "user_id", "artistname", "trackname", "playlistname" and quoted lines',
        _is_spotify,
        {
            "user": ["user_id"],
            "playlist": ["playlistname"],
            "artist": ["artistname"],
            "track": ["trackname"],
        },
    ),
    "mpd": Source(
        "Million Playlist Dataset slices: JSON objects with a list `playlists` of `tracks`",
        _lists_of("tracks"),
        {
            "playlist": ["pid"],
            "song": ["track_uri"],
            "position": ["pos"],
            "time": ["modified_at"],
            "artist": ["artist_name"],
            "track": ["track_name"],
        },
    ),
    "spotify_playlists": Source(
        "Spotify's own Playlist1.json: a list `playlists` of `items`",
        _lists_of("items"),
        {
            "playlist": ["name"],
            "song": ["items.track.trackUri"],
            "artist": ["items.track.artistName"],
            "track": ["items.track.trackName"],
        },
    ),
    "spotify_history": Source(
        "Spotify's StreamingHistory_music_*.json or Streaming_History_Audio_*.json",
        lambda table: (
            _has_json("endTime", "trackName")(table)
            or _has_json("ts", "master_metadata_track_name")(table)
        ),
        {
            "song": ["spotify_track_uri"],
            "time": ["endTime", "ts"],
            "artist": ["artistName", "master_metadata_album_artist_name"],
            "track": ["trackName", "master_metadata_track_name"],
            "user": ["username"],
            "duration": ["msPlayed", "ms_played"],
        },
    ),
    "listenbrainz": Source(
        "listens from ListenBrainz: JSON objects with listened_at and track_metadata",
        _has_json("listened_at", "track_metadata"),
        {
            "time": ["listened_at"],
            "artist": [path("track_metadata", "artist_name")],
            "track": [path("track_metadata", "track_name")],
            "user": ["user_name", "user_id"],
        },
    ),
    "lastfm": Source(
        "a Last.fm export: a CSV with uts, artist and track, or artist, album, track and date",
        lambda table: _has("uts", "artist", "track")(table) or _is_lastfm_export(table),
        {"time": ["uts", "4"], "artist": ["artist", "1"], "track": ["track", "3"]},
    ),
    "lastfm_1k": Source(
        "the Last.fm 1K users TSV: user, time, artist id, artist, track id, track, no header",
        LASTFM_1K,
        {"user": ["1"], "time": ["2"], "artist": ["4"], "track": ["6"]},
    ),
    "exportify": Source(
        "CSV files from Exportify, one for each playlist, with Track URI and Track Name",
        lambda table: (
            _has("Track Name", "Added At")(table)
            and (
                _has("Track URI")(table) or _has("Spotify ID")(table) or _has("Spotify URI")(table)
            )
            and not _has("playlist")(table)
            and not _has("playlist_name")(table)
        ),
        {
            "song": ["Track URI", "Spotify URI", "Spotify ID"],
            "artist": ["Artist Name(s)", "Artist Name"],
            "track": ["Track Name"],
            "time": ["Added At"],
        },
    ),
    "m3u": Source(
        "M3U playlists, one file for each",
        lambda table: table.file.layout == "m3u",
        {"song": ["the location"], "artist": ["#EXTINF"], "track": ["#EXTINF"]},
    ),
    "lists": Source(
        "a table with one row per playlist and a column with a list of songs",
        _never,  # it depends on `columns`
    ),
    "select": Source("what the SELECT in query=PATH.sql returns", _never),
    "plays": Source(
        "a CSV, Parquet or JSON table with a column for playlist and one for song",
        _never,
    ),
}


def named(table: Table) -> list[str]:
    """Returns the sources, other than plays and lists, whose layout a file has."""
    return [name for name, source in SOURCES.items() if source.fits(table)]
