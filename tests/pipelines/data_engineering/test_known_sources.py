"""Every source that has a layout of its own gives the playlists that plain Python reads from it."""

import csv
import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from next_song.cli import cli
from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
LAST = {"by": "leave_last"}
SESSIONS = {"gap_minutes": 30}
LIST = re.compile(r"^playlist (.*): ", re.MULTILINE)
START = datetime(2024, 5, 6, 18, 3, tzinfo=UTC)


def sequences(result: dict[str, Any]) -> list[list[str]]:
    """The songs of the playlists, in the order of the input and of the plays."""
    kept = [play for play in result["plays"] if not play["dropped"]]
    firsts = {play["playlist"]: play["row"] for play in reversed(kept)}
    kept.sort(key=lambda play: (firsts[play["playlist"]], play["place"], play["tie"]))
    return [
        [play["song_id"] for play in plays]
        for _, plays in groupby(kept, key=lambda play: play["playlist"])
    ]


def listens(count: int = 24) -> list[tuple[datetime, str, str]]:
    """Listens of one person: time, artist and title, six in each session, oldest first."""
    return [
        (START + timedelta(minutes=4 * n, hours=2 * (n // 6)), f"Artist {n % 3}", f"Song {n % 7}")
        for n in range(count)
    ]


def in_sessions(count: int = 24) -> list[list[str]]:
    ids = [f"{artist}\t{title}" for _, artist, title in listens(count)]
    return [ids[start : start + 6] for start in range(0, count, 6)]


def test_streaming_history_of_the_last_year(prepare: Prepare, tmp_path: Path) -> None:
    rows = [
        {
            "endTime": time.strftime("%Y-%m-%d %H:%M"),
            "artistName": artist,
            "trackName": title,
            "msPlayed": 2000 if n == 3 else 200_000,
        }
        for n, (time, artist, title) in enumerate(listens())
    ]
    paths = [tmp_path / f"StreamingHistory_music_{n}.json" for n in range(2)]
    for path, part in zip(paths, (rows[:10], rows[10:]), strict=True):
        path.write_text(json.dumps(part))
    sessions = SESSIONS | {"min_seconds": 5}
    result = prepare(*paths, source="auto", sessions=sessions, split=LAST)
    first, *others = in_sessions()
    assert sequences(result) == [[*first[:3], *first[4:]], *others]
    assert result["report"]["rows"]["dropped"] == {"skip": 1}
    assert result["report"]["input"]["source"] == "spotify_history"
    with pytest.raises(
        InputError, match=r"_0.json: found a history \(spotify_history\).*minutes=30"
    ):
        prepare(*paths, source="auto")


def test_streaming_history_of_the_account(prepare: Prepare, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "ts": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "username": "me",
            "ms_played": 200_000,
            "master_metadata_track_name": title,
            "master_metadata_album_artist_name": artist,
            "spotify_track_uri": f"spotify:track:{title}",
        }
        for time, artist, title in listens()
    ]
    podcast = dict.fromkeys(rows[0]) | {"ts": rows[0]["ts"], "episode_name": "Talk"}
    path = tmp_path / "Streaming_History_Audio_2024_1.json"
    path.write_text(json.dumps([podcast, *rows]))
    result = prepare(path, source="auto", sessions=SESSIONS, split=LAST)
    ids = [f"spotify:track:{title}" for _, _, title in listens()]
    assert sequences(result) == [ids[start : start + 6] for start in range(0, 24, 6)]
    assert result["report"]["rows"]["dropped"] == {"no song": 1}


def test_playlists_of_spotify(prepare: Prepare, tmp_path: Path) -> None:
    lists = {f"Mix {n}": [f"{title}{n}" for _, _, title in listens(5 + n)] for n in range(3)}
    tracks = {
        name: [{"track": {"trackName": t, "artistName": "A", "trackUri": f"u:{t}"}} for t in titles]
        for name, titles in lists.items()
    }
    path = tmp_path / "Playlist1.json"
    path.write_text(
        json.dumps(
            {"playlists": [{"name": name, "items": items} for name, items in tracks.items()]}
        )
    )
    result = prepare(path, source="auto", split=LAST)
    assert sequences(result) == [[f"u:{title}" for title in titles] for titles in lists.values()]
    assert result["report"]["input"]["source"] == "spotify_playlists"


def test_local_files_of_spotify_are_known_by_artist_and_title(
    prepare: Prepare, tmp_path: Path
) -> None:
    tracks = [("A", "Intro"), ("B", "Intro"), ("A", "Intro"), ("B", "Outro")]
    items = [
        {"track": {"trackName": title, "artistName": artist, "trackUri": None}}
        for artist, title in tracks
    ]
    path = tmp_path / "Playlist1.json"
    path.write_text(json.dumps({"playlists": [{"name": "Mix", "items": items}]}))
    result = prepare(path, source="auto", split=LAST)
    assert sequences(result) == [[f"{artist}\t{title}" for artist, title in tracks]]


@pytest.mark.parametrize("sizes", [(9000, 4), (4, 9000), (9000,)])
def test_playlists_of_spotify_that_are_longer_than_a_head(
    prepare: Prepare, tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    """A file of which the head has no whole playlist was left out if another one was there."""
    shown, paths = [f"{size} songs" for size in sizes], []
    for number, given in enumerate((sizes, (6, 7)), 1):
        lists = [
            {
                "name": f"{size} songs",
                "items": [
                    {
                        "track": {
                            "trackName": f"T{place}",
                            "artistName": "A",
                            "trackUri": f"u:{place}",
                        },
                        "addedDate": "2024-01-01",
                        "localTrack": None,
                    }
                    for place in range(size)
                ],
            }
            for size in given
        ]
        paths.append(tmp_path / f"Playlist{number}.json")
        paths[-1].write_text(json.dumps({"playlists": lists}))
    result = prepare(*paths, source="auto", split=LAST)
    assert result["report"]["input"]["source"] == "spotify_playlists"
    assert result["report"]["rows"]["read"] == sum(sizes) + 13
    for files in (paths[:1], paths):
        output = CliRunner().invoke(cli, ["inspect", *map(str, files)]).output
        assert LIST.findall(output)[0] == shown[0]
        assert "read as source spotify_playlists" in output


@pytest.mark.parametrize("uri", ["Track URI", "Spotify URI"])
def test_exportify(prepare: Prepare, tmp_path: Path, uri: str) -> None:
    versions = [["Track URI", "Track Name", "Artist Name(s)", "Added At"]]
    versions.append(["Track Name", "Artist Name(s)", uri, "Added At", "Genres"])
    paths, expected = [], []
    for n, name in enumerate(["Mein.Mix", "run, fast", "Sleep"]):
        columns = versions[n % 2]
        values = {"Track Name": "T", "Artist Name(s)": "A, B", "Genres": "x", "Added At": "2022"}
        paths.append(tmp_path / f"{name}.csv")
        ids = [f"spotify:track:{n}{song}" for song in range(4)]
        with paths[-1].open("w", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            writer.writerows(_row(columns, values, song) for song in ids)
        expected.append(ids)
    result = prepare(*paths, source="auto", split=LAST)
    assert sequences(result) == expected
    names = [play["playlist"] for play in result["plays"]]
    assert list(dict.fromkeys(names)) == ["Mein.Mix", "run, fast", "Sleep"]
    assert result["report"]["input"]["source"] == "exportify"


@pytest.mark.parametrize(
    ("column", "position", "expected"),
    [
        ("position", None, ["b", "c", "a"]),
        ("Track Number", None, ["a", "b", "c"]),  # on the album
        ("Track Number", "Track Number", ["b", "c", "a"]),
        ("place", "place", ["b", "c", "a"]),
    ],
)
def test_tables_of_which_each_is_a_playlist(
    prepare: Prepare, tmp_path: Path, column: str, position: str | None, expected: list[str]
) -> None:
    paths = [tmp_path / f"{name}.csv" for name in "xyz"]
    for path in paths:
        path.write_text(f"{column},Track URI,Added At\n3,a,2023\n1,b,2021\n2,c,2022\n")
    columns = {"position": position} if position else {}
    result = prepare(*paths, source="exportify", columns=columns, split=LAST)
    for playlist in "xyz":
        plays = [play for play in result["plays"] if play["playlist"] == playlist]
        plays.sort(key=lambda play: play["place"])
        assert [play["song_id"] for play in plays] == expected


@pytest.mark.parametrize(
    "written",
    [
        lambda lists: json.dumps({"playlists": lists}),
        json.dumps,
        lambda lists: "\n".join(map(json.dumps, lists)),
    ],
    ids=["playlists", "array", "lines"],
)
@pytest.mark.parametrize("sizes", [(4000, 4), (4, 4000), (4000,)])
def test_lists_of_ids_that_are_longer_than_a_head(
    prepare: Prepare, tmp_path: Path, sizes: tuple[int, ...], written: Callable[[Any], str]
) -> None:
    paths = [tmp_path / f"{name}.json" for name in "ab"]
    for path, given in zip(paths, (sizes, (6, 7)), strict=True):
        lists = [
            {"name": f"{path.stem} {size}", "tracks": [f"id {n:0300}" for n in range(size)]}
            for size in given
        ]
        path.write_text(written(lists))
    result = prepare(*paths, source="auto", split=LAST)
    assert result["report"]["input"]["source"] == "lists"
    assert result["report"]["rows"]["read"] == sum(sizes) + 13
    output = CliRunner().invoke(cli, ["inspect", str(paths[0])]).output
    assert LIST.findall(output)[0] == f"a {sizes[0]}"


def test_positions_that_only_some_files_have_order_none(prepare: Prepare, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.csv" for name in "xyz"]
    for path, column in zip(paths, ("position", "Genres", "position"), strict=True):
        path.write_text(f"{column},Track URI,Added At\n3,a,2023\n1,b,2021\n2,c,2022\n")
    result = prepare(*paths, source="exportify", split=LAST)
    plays = sorted(result["plays"], key=lambda play: (play["playlist"], play["place"]))
    assert [play["song_id"] for play in plays] == [*"abc"] * 3
    with pytest.raises(InputError, match=r"y\.csv: found columns .*; expected for 'position'"):
        prepare(*paths, source="exportify", columns={"position": "position"}, split=LAST)


def _row(columns: list[str], values: dict[str, str], song: str) -> list[str]:
    return [song if column.endswith("URI") else values[column] for column in columns]


def test_listenbrainz(prepare: Prepare, tmp_path: Path) -> None:
    rows = [
        {
            "user_name": "me",
            "listened_at": int(time.timestamp()),
            "track_metadata": {"artist_name": artist, "track_name": title},
        }
        for time, artist, title in reversed(listens())
    ]
    path = tmp_path / "1.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    result = prepare(path, source="auto", sessions=SESSIONS, split=LAST)
    assert sorted(sequences(result)) == sorted(in_sessions())
    assert result["report"]["input"]["source"] == "listenbrainz"


@pytest.mark.parametrize("layout", ["uts", "dates"])
def test_lastfm_exports_are_newest_first(prepare: Prepare, tmp_path: Path, layout: str) -> None:
    path = tmp_path / "scrobbles.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        if layout == "uts":
            writer.writerow(["uts", "utc_time", "artist", "artist_mbid", "album", "track"])
        for time, artist, title in reversed(listens()):
            date = time.strftime("%d %b %Y %H:%M")
            row = [artist, "Album, The", title, date]
            if layout == "uts":
                row = [str(int(time.timestamp())), date, artist, "", "Album, The", title]
            writer.writerow(row)
    result = prepare(path, source="auto", sessions=SESSIONS, split=LAST)
    assert sorted(sequences(result)) == sorted(in_sessions())
    assert result["report"]["input"]["source"] == "lastfm"


def test_lastfm_1k(prepare: Prepare, tmp_path: Path) -> None:
    lines = [
        f"user_{user:06}\t{time:%Y-%m-%dT%H:%M:%SZ}\tmbid\t{artist}\t\t{title}"
        for user in (1, 2)
        for time, artist, title in reversed(listens())
    ]
    path = tmp_path / "userid-timestamp-artid-artname-traid-traname.tsv"
    path.write_text("\n".join(lines))
    result = prepare(path, source="auto", sessions=SESSIONS, split=LAST)
    assert result["report"]["rows"]["read"] == 48
    assert sorted(sequences(result)) == sorted([*in_sessions(), *in_sessions()])
    assert result["report"]["input"]["source"] == "lastfm_1k"


LISTS = {f"list {n}": [f"s{(n * 3 + place) % 11}" for place in range(4 + n % 3)] for n in range(6)}


@pytest.mark.parametrize("layout", ["json", "jsonl", "objects", "parquet", "text"])
def test_lists(prepare: Prepare, tmp_path: Path, layout: str) -> None:
    path = tmp_path / f"playlists.{layout}"
    rows: list[dict[str, Any]] = [{"name": name, "tracks": songs} for name, songs in LISTS.items()]
    if layout == "objects":
        rows = [row | {"tracks": [{"id": song} for song in row["tracks"]]} for row in rows]
    if layout == "parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif layout == "text":
        path.write_text("name,tracks\n" + "".join(f"{n},{' '.join(s)}\n" for n, s in LISTS.items()))
    elif layout == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        path.write_text(json.dumps(rows))
    source = "lists" if layout == "text" else "auto"
    result = prepare(path, source=source, split=LAST)
    assert sequences(result) == list(LISTS.values())
    assert result["report"]["input"]["source"] == "lists"


def test_m3u(prepare: Prepare, tmp_path: Path) -> None:
    paths = []
    for n in range(2):
        songs = [f"#EXTINF:123,Artist - Title {s}\nmusic/{n}/song {s}.mp3\n" for s in range(4)]
        paths.append(tmp_path / f"Mix {n}.m3u8")
        paths[-1].write_text("#EXTM3U\n" + "\n".join(songs))
    result = prepare(*paths, source="auto", split=LAST)
    assert sequences(result) == [[f"music/{n}/song {s}.mp3" for s in range(4)] for n in range(2)]
    play = result["plays"][1]
    assert (play["playlist"], play["artist"], play["track"]) == ("Mix 0", "Artist", "Title 1")


def test_the_title_in_an_m3u_playlist_may_have_a_dash(prepare: Prepare, tmp_path: Path) -> None:
    titles = ["One - Live", "Two - Live - 2009", "Three"]
    lines = [f"#EXTINF:1,The Band - {title}\n{n}.mp3" for n, title in enumerate(titles)]
    path = tmp_path / "Mix.m3u8"
    path.write_text("\n".join(["#EXTM3U", *lines]))
    plays = prepare(path, source="auto", split=LAST)["plays"]
    assert [(play["artist"], play["track"]) for play in plays] == [
        ("The Band", title) for title in titles
    ]


def test_titles_of_m3u_belong_to_the_next_location_alone(prepare: Prepare, tmp_path: Path) -> None:
    path = tmp_path / "Mix.m3u8"
    path.write_text(
        "#EXTM3U\n#EXTINF:1,A - First\n#EXTGRP:rock\n #EXTVLCOPT:x\n\na.mp3\nb.mp3\n"
        "#EXTINF:2,old\n#EXTINF:3,B - Third\nc.mp3\n#EXTGRP:jazz\nd.mp3\n"
    )
    plays = prepare(path, source="auto", split=LAST)["plays"]
    assert [(play["song_id"], play["artist"], play["track"]) for play in plays] == [
        ("a.mp3", "A", "First"),
        ("b.mp3", None, None),
        ("c.mp3", "B", "Third"),
        ("d.mp3", None, None),
    ]


def test_m3u_is_unpacked_and_recoded_as_other_text_is(prepare: Prepare, tmp_path: Path) -> None:
    def lines(name: str) -> bytes:
        songs = [f"#EXTINF:1,Björk - {name} {n}\n{name}{n}.mp3\n" for n in range(3)]
        return "".join(["#EXTM3U\n", *songs]).encode("latin-1")

    packed = {"a.m3u.gz": gzip.compress, "b.m3u": gzip.compress, "c.m3u": bytes}
    for name, pack in packed.items():
        (tmp_path / name).write_bytes(pack(lines(name[0])))
    result = prepare(
        *(tmp_path / name for name in packed), source="m3u", input_encoding="latin-1", split=LAST
    )
    assert sequences(result) == [[f"{name}{n}.mp3" for n in range(3)] for name in "abc"]
    assert {play["artist"] for play in result["plays"]} == {"Björk"}
    for name, pack in packed.items():
        (tmp_path / name).write_bytes(pack(lines(name[0]).decode("latin-1").encode()))
    again = prepare(*(tmp_path / name for name in packed), source="auto", split=LAST)
    assert sequences(again) == sequences(result)


def test_each_song_of_a_list_has_its_own_names_and_id(prepare: Prepare, tmp_path: Path) -> None:
    rows = [
        {"name": "p", "tracks": ["a", "b", "c"], "artist": list("xyz"), "track": list("uvw")},
        {"name": "q", "tracks": [{"song": "title", "id": n} for n in range(3)]},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    plays = prepare(path, source="lists", split=LAST)["plays"]
    names = [(play["song_id"], play["artist"], play["track"]) for play in plays]
    assert names[:3] == [("a", "x", "u"), ("b", "y", "v"), ("c", "z", "w")]
    assert [name for name, *_ in names[3:]] == ["0", "1", "2"]


def test_two_named_sources_stop_the_run(prepare: Prepare, tmp_path: Path) -> None:
    history = tmp_path / "StreamingHistory_music_0.json"
    history.write_text(json.dumps([{"endTime": "2024-05-06 18:03", "trackName": "T"}]))
    playlists = tmp_path / "Playlist1.json"
    playlists.write_text(json.dumps({"playlists": [{"name": "x", "items": []}]}))
    with pytest.raises(InputError, match=r"layouts of spotify_history .* and spotify_playlists"):
        prepare(history, playlists, source="auto")


EXPORTIFY = "Track URI,Track Name,Artist Name(s),Added At"


@pytest.mark.parametrize("column", ["playlist", "playlist_name", "Playlist Name"])
def test_a_table_with_playlists_is_no_playlist(
    prepare: Prepare, tmp_path: Path, column: str
) -> None:
    path = tmp_path / "library.csv"
    rows = [f"s{n % 5},T,A,2024,{'pq'[n // 4]}" for n in range(8)]
    path.write_text("\n".join([f"{EXPORTIFY},{column}", *rows]))
    result = prepare(path, source="auto", split=LAST)
    assert {play["playlist"] for play in result["plays"]} == {"p", "q"}


def test_a_column_that_is_named_for_playlists_is_read(prepare: Prepare, tmp_path: Path) -> None:
    path = tmp_path / "library.csv"
    rows = [f"s{n % 5},T,A,2024,{'pq'[n // 4]}" for n in range(8)]
    path.write_text("\n".join([f"{EXPORTIFY},box", *rows]))
    result = prepare(
        path, source="auto", columns={"playlist": "box", "song": "Track URI"}, split=LAST
    )
    assert {play["playlist"] for play in result["plays"]} == {"p", "q"}
