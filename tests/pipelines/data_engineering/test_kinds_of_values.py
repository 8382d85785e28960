"""Values that look like others: dates, types, quotes, names and units that were once mixed up."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.raw import names_of
from next_song.pipelines.data_engineering.staging import MILLISECONDS

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LAST = {"by": "leave_last"}


def songs(result: dict[str, Any]) -> list[str | None]:
    """The ids in the order of the playlists, and of their plays."""
    plays = sorted(result["plays"], key=lambda play: (play["playlist"], play["place"] or 0))
    return [play["song_id"] for play in plays]


NO_TIMES = ["03/01/24 10:00", "1/2/24 10:00", "24-10-27", "3-1-24", "2024-10-27 (BC)"]
ZONES = ["2024-10-27 02:30:00 BST", "2024-10-27 02:30:00 PST"]
TIMES = ["2024-05-06", "2024-05-06 18:03", "2024/05/06 18:03:00", "2024-05-06T18:03:00.5Z"]
OFFSETS = ["2024-05-06 18:03:00 UTC", "2024-05-06 20:03:00+02:00", "2024-05-06 20:03:00 +02"]
OFFSETS += ["2024-05-06 20:03:00 Europe/Berlin", "2024-05-06 18:03 GMT"]


@pytest.mark.parametrize("time", NO_TIMES + ZONES)
def test_a_time_that_is_not_iso_is_never_guessed(
    time: str, prepare: Prepare, written: Written
) -> None:
    rows = [f"p,{n},2024-05-06T18:03:0{n}Z" for n in range(4)]
    text = "\n".join(["playlist,song,time", *rows, f"p,x,{time}"])
    result = prepare(written("a.csv", text), split=LAST)
    assert result["report"]["rows"]["dropped"] == {"unreadable time": 1}


@pytest.mark.parametrize("time", TIMES + OFFSETS)
def test_iso_times_are_read(time: str, prepare: Prepare, written: Written) -> None:
    text = "\n".join(["playlist,song,time", *(f"p,{n},{time}" for n in range(3))])
    plays = prepare(written("a.csv", text), split=LAST)["plays"]
    day = 1_714_953_600
    moment = day if len(time) == 10 else day + 18 * 3600 + 180
    assert {play["time"] // 1 for play in plays} == {moment}


def test_parquet_files_keep_their_own_types(prepare: Prepare, tmp_path: Path) -> None:
    tables = {
        "a": "select 'p' as playlist, unnest([1, 2, 3]) as song, "
        "unnest([date '2024-05-06', date '2024-05-07', date '2024-05-08']) as time",
        "b": "select 'q' as playlist, unnest(['007', '01', 'b']) as song, "
        "unnest([timestamp '2024-05-07 23:00', timestamp '2024-05-07 10:00', "
        "timestamp '2024-05-07 09:00']) as time",
        "c": "select 'r' as playlist, unnest([2.0, null, 3.5]) as song, "
        "unnest([timestamptz '2024-05-08 10:00+00', timestamptz '2024-05-08 11:00+00', "
        "timestamptz '2024-05-08 12:00+00']) as time",
    }
    for name, query in tables.items():
        duckdb.sql(query).write_parquet(str(tmp_path / f"{name}.parquet"))
    paths = [tmp_path / f"{name}.parquet" for name in tables]
    result = prepare(*paths, source="plays", split=LAST, cleaning={"min_songs": 1})
    assert songs(result) == ["1", "2", "3", "b", "01", "007", "2.0", None, "3.5"]


def test_a_column_that_is_empty_in_one_parquet_file(prepare: Prepare, tmp_path: Path) -> None:
    for name, users in (("a", [None] * 3), ("b", ["u"] * 3)):
        table = {"playlist": ["p"] * 3, "song": [*"abc"], "user": users}
        pd.DataFrame(table).to_parquet(tmp_path / f"{name}.parquet")
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    result = prepare(*paths, source="plays", split=LAST, columns={"user": "user"})
    assert songs(result) == [*"abcabc"]


def test_a_quote_inside_of_quotes_moves_no_row(prepare: Prepare, written: Written) -> None:
    rows = ['"Mix","t1","s1"', '"Mix","12" single","s2"', '"Mix","The ""Best""","s3"']
    text = "\n".join(['"playlist","title","song"', *rows, ""])
    plays = prepare(written("a.csv", text), split=LAST)["plays"]
    assert [(play["playlist"], play["song_id"], play["track"]) for play in plays] == [
        ("Mix", "s1", "t1"),
        ("Mix", "s2", '12" single'),
        ("Mix", "s3", 'The "Best"'),
    ]


@pytest.mark.parametrize(
    ("first", "second"), [("Mix", "Mix "), ("Mix", "Mix\t"), ("Caf\u00e9", "Cafe\u0301")]
)
@pytest.mark.parametrize("source", ["lists", "spotify_playlists"])
def test_lists_whose_names_are_one_when_tidied_stay_apart(
    source: str, first: str, second: str, prepare: Prepare, written: Written
) -> None:
    if source == "lists":
        rows = [{"name": name, "tracks": [*"abc"]} for name in (first, second)]
        path = written("a.jsonl", "\n".join(map(json.dumps, rows)))
    else:
        items = [{"track": {"trackUri": song}} for song in "abc"]
        lists = [{"name": name, "items": items} for name in (first, second)]
        path = written("Playlist1.json", json.dumps({"playlists": lists}))
    found = prepare(path, source=source, split=LAST)["plays"]
    assert list(dict.fromkeys(play["playlist"] for play in found)) == [first, f"{first}\t2"]


def test_files_whose_names_are_one_when_tidied_are_told_apart() -> None:
    assert names_of(["x/Mix.csv", "y/Mix .csv"]) == ["x/Mix", "y/Mix"]
    assert names_of(["x/Caf\u00e9.m3u", "y/Cafe\u0301.m3u"]) == ["x/Caf\u00e9", "y/Caf\u00e9"]


def test_a_tab_after_a_value_is_no_part_of_it(prepare: Prepare, written: Written) -> None:
    rows = ["A\t,a\t,B \t", "A,b,B", "A,\tc,B"]  # the id of a song without an artist
    plays = prepare(written("a.csv", "\n".join(["playlist,song,artist", *rows])), split=LAST)[
        "plays"
    ]
    assert [(play["playlist"], play["song_id"], play["artist"]) for play in plays] == [
        ("A", "a", "B"), ("A", "b", "B"), ("A", "\tc", "B"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "is_so"),
    [(name, True) for name in ("msPlayed", "ms_played", "MS_PLAYED", "msplayed", "playedMS")]
    + [(name, True) for name in ("Duration (ms)", "PLAY_DURATION_MILLISECONDS", "trackMs")]
    + [(name, False) for name in ("items_played", "seconds", "SYSTEMS", "items", "ITEMS_PLAYED")],
)
def test_milliseconds_are_known_by_their_name(name: str, is_so: bool) -> None:
    assert bool(MILLISECONDS.search(name)) == is_so


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("title", ["title", "track"])
def test_titles_are_told_apart_from_places_on_an_album(
    title: str, form: str, prepare: Prepare, tmp_path: Path
) -> None:
    """As taggers of music write them, and beside the title of the playlist."""
    rows = [
        {"playlist": "A", "artist": "Abba", "track": place, "title": song}
        if title == "title"
        else {"playlist": "A", "artist": "Abba", "title": "Morning", "track": song}
        for place, song in enumerate(["Waterloo", "SOS", "Tiger"])
    ]
    path = tmp_path / f"a.{form}"
    if form == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        frame = pd.DataFrame(rows)
        frame.to_csv(path, index=False) if form == "csv" else frame.to_parquet(path)
    ids = ["Abba\tWaterloo", "Abba\tSOS", "Abba\tTiger"]
    assert songs(prepare(path, source="plays", split=LAST)) == ids


def test_the_title_of_a_list_is_no_title_of_its_songs(prepare: Prepare, written: Written) -> None:
    path = written("a.jsonl", json.dumps({"title": "Morning", "tracks": [*"abc"]}) + "\n")
    plays = prepare(path, source="auto", split=LAST)["plays"]
    assert {(play["playlist"], play["track"]) for play in plays} == {("Morning", None)}


@pytest.mark.parametrize("name", ["file", "File", "problem", "line", "k0"])
def test_a_column_may_have_any_name(name: str, prepare: Prepare, tmp_path: Path) -> None:
    rows = [{"playlist": "A", name: f"{song}.mp3"} for song in "abc"]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    for end in ("jsonl", "parquet"):
        result = prepare(tmp_path / f"a.{end}", source="plays", split=LAST, columns={"song": name})
        assert songs(result) == ["a.mp3", "b.mp3", "c.mp3"]


@pytest.mark.parametrize("files", [2, 9, 205])
def test_parquet_files_of_alternating_types_stay_in_their_order(
    files: int, prepare: Prepare, tmp_path: Path
) -> None:
    for n in range(files):
        table = {"playlist": f"p{n}", "song": [n if n % 2 else f"{n}"] * 3, "x": n}
        pd.DataFrame(table).to_parquet(tmp_path / f"{n}.parquet")
    repeats = {"keep_repeats_in_a_row": True}
    paths = [tmp_path / f"{n}.parquet" for n in range(files)]
    plays = prepare(*paths, source="plays", split=LAST, cleaning=repeats)["plays"]
    assert [play["song_id"] for play in plays] == [f"{n}" for n in range(files) for _ in "abc"]


def test_folders_are_columns_that_the_files_lack(prepare: Prepare, tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        folder = tmp_path / f"split={split}" / "playlist=007"
        folder.mkdir(parents=True)
        pd.DataFrame({"song": [*"abc"]}).to_parquet(folder / "a.parquet")
    result = prepare(*sorted(tmp_path.rglob("*.parquet")), source="plays", split={"by": "column"})
    found = {(play["playlist"], play["split"]) for play in result["plays"]}
    assert found == {("007", split) for split in ("train", "validation", "test")}


def test_folders_are_no_columns_that_the_files_have(prepare: Prepare, tmp_path: Path) -> None:
    folder = tmp_path / "song=5" / "position=1"
    folder.mkdir(parents=True)
    rows = [{"playlist": "A", "song": song, "position": n} for n, song in enumerate("cba")]
    pd.DataFrame(rows[::-1]).to_parquet(folder / "a.parquet")
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows[::-1])))
    for name in ("a.parquet", "a.jsonl"):
        assert songs(prepare(folder / name, source="plays", split=LAST)) == [*"cba"]


def test_histories_of_which_some_have_no_ids_go_by_name(prepare: Prepare, tmp_path: Path) -> None:
    names = {"master_metadata_track_name": "Song", "master_metadata_album_artist_name": "Band"}
    account = [
        {"ts": f"2024-05-06T18:0{n}:00Z", "ms_played": 9999, "spotify_track_uri": f"u:{n}"} | names
        for n in range(3)
    ]
    year = [
        {"endTime": f"2023-05-06 18:0{n}", "msPlayed": 9999, "artistName": "Band", "trackName": "S"}
        for n in range(3)
    ]
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, rows in zip(paths, (account, year), strict=True):
        path.write_text(json.dumps(rows))
    repeats = {"keep_repeats_in_a_row": True}
    result = prepare(
        *paths, source="auto", split=LAST, sessions={"gap_minutes": 30}, cleaning=repeats
    )
    assert sorted(set(songs(result))) == ["Band\tS", "Band\tSong"]
    assert result["report"]["rows"]["kept"] == 6


def test_both_exports_of_a_person_are_the_same_plays(prepare: Prepare, tmp_path: Path) -> None:
    short = [
        {"endTime": f"2024-05-06 18:0{n}", "artistName": "A", "trackName": song, "msPlayed": 40000}
        for n, song in enumerate("abc", 1)
    ]
    long = [
        {
            "ts": f"2024-05-06T18:0{n}:07Z",
            "username": "anna",
            "master_metadata_album_artist_name": "A",
            "master_metadata_track_name": song,
            "spotify_track_uri": f"spotify:track:{song}",
            "ms_played": 40000,
        }
        for n, song in enumerate("abc", 1)
    ]
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, rows in zip(paths, (short, long), strict=True):
        path.write_text(json.dumps(rows))
    result = prepare(*paths, source="auto", split=LAST, sessions={"gap_minutes": 30})
    assert result["report"]["rows"]["dropped"] == {"repeat in a row": 3}
    assert len({play["playlist"] for play in result["plays"]}) == 1
    other = tmp_path / "c.json"  # of another person, so whose the first one is nobody knows
    other.write_text(json.dumps([row | {"username": "bob"} for row in long]))
    result = prepare(*paths, other, source="auto", split=LAST, sessions={"gap_minutes": 30})
    assert len({play["playlist"] for play in result["plays"]}) == 3


def test_tables_of_which_some_have_no_ids_are_refused(prepare: Prepare, written: Written) -> None:
    with_ids = written("b.csv", "playlist,song,artist,title\np,1,A,T\n")
    without = written("a.csv", "playlist,artist,title\np,A,T\n")
    told = r"a\.csv: found no column for 'song', and 'song' in other files; expected one in all"
    with pytest.raises(InputError, match=told):
        prepare(without, with_ids, source="plays", split=LAST)


def test_ids_of_older_and_newer_exports_are_the_same(prepare: Prepare, tmp_path: Path) -> None:
    ids = [f"3n3Ppam7vgaVa1iaRUc9L{n}" for n in range(3)]
    for name, column, written in (
        ("a", "Spotify ID", ids),
        ("b", "Track URI", [f"spotify:track:{one}" for one in ids]),
    ):
        rows = [f"{one},T,A,2024-05-06" for one in written]
        header = f"{column},Track Name,Artist Name(s),Added At"
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *rows]))
    result = prepare(tmp_path / "a.csv", tmp_path / "b.csv", source="auto", split=LAST)
    assert songs(result) == [f"spotify:track:{one}" for one in ids] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("['a' 'b' 'c d']", ["a", "b", "c d"]),
        ("['a', None, 'b', 'c']", ["a", None, "b", "c"]),
        ("['a', nan, 'b', 'c']", ["a", None, "b", "c"]),
        ("['a', 'None', 'b']", ["a", "None", "b"]),
        ("[1 2\n 3]", ["1", "2", "3"]),
        ("[ 1. 20. nan  3.]", ["1", "20", None, "3"]),
        ("[np.int64(1), np.int64(2), np.int64(3)]", ["1", "2", "3"]),
        ("[np.str_('a'), np.str_('b'), np.str_('c')]", ["a", "b", "c"]),
        ("['a', 'And ... so on', 'b']", ["a", "And ... so on", "b"]),
        ("[Wait..., Go, a]", ["Wait...", "Go", "a"]),
        ("[(I), b, c]", ["(I)", "b", "c"]),
        ("['a' nan 'b'\n None 'nan']", ["a", None, "b", None, "nan"]),
        ("[\"\"Don't\"\" 'a' 'b']", ["Don't", "a", "b"]),
        ('[""a"", NaN, ""b"", ""c""]', ["a", None, "b", "c"]),
    ],
)
def test_lists_as_pandas_and_numpy_print_them(
    text: str, expected: list[str | None], prepare: Prepare, written: Written
) -> None:
    path = written("a.csv", f'playlist,songs\nx,"{text}"\n')
    assert songs(prepare(path, source="lists", split=LAST)) == expected


@pytest.mark.parametrize(
    "text",
    ["[1 2 ... 8 9]", "['a' 'b' ... 'y']", "['a', 'b', ..., 'y']", "[{'id': 's1'}]", "[('s', 1)]"],
)
def test_a_list_whose_songs_are_not_known_has_none(
    text: str, prepare: Prepare, written: Written
) -> None:
    path = written("a.csv", f'playlist,songs\nx,"{text}"\ny,"[1, 2, 3]"\n')
    result = prepare(path, source="lists", split=LAST)
    assert result["report"]["rows"]["dropped"] == {"no song": 1}
    assert songs(result)[-3:] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "songs_of", ['[""a"", ""b"", ""c""]', "['a', 'b', 'c']", "['a' 'b' 'c']", "a;b;c"]
)
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ('[""Ann"", ""Bob"", null]', ["Ann", "Bob", None]),
        ("['Ann', 'Bob', None]", ["Ann", "Bob", None]),
        ("['Ann' nan 'Bob']", ["Ann", None, "Bob"]),
        ("[nan 'nan' 'Bob']", [None, "nan", "Bob"]),
        ("[None, None, None]", [None] * 3),
        ("['Ann']", ["Ann", None, None]),
        ("[Untitled]", ["[Untitled]"] * 3),
        ("['Til Tuesday", ["['Til Tuesday"] * 3),
        ("[Can't, Won't]", ["[Can't, Won't]"] * 3),
        ("1999", ["1999"] * 3),
    ],
)
def test_names_as_pandas_and_numpy_print_them(
    songs_of: str, names: str, expected: list[str | None], prepare: Prepare, written: Written
) -> None:
    path = written("a.csv", f'playlist,songs,artist,track\nx,"{songs_of}","{names}","{names}"\n')
    plays = prepare(path, source="lists", split=LAST, cleaning={"min_songs": 1})["plays"]
    for column in ("artist", "track"):
        assert [play[column] for play in plays] == expected


@pytest.mark.parametrize(("duration", "is_skip"), [("0:05", True), ("3:20", False)])
@pytest.mark.parametrize("column", ["ms_played", "duration"])
def test_a_duration_as_a_clock_shows_it(
    column: str, duration: str, is_skip: bool, prepare: Prepare, written: Written
) -> None:
    rows = [f"p,{song},1:03:20" for song in "abc"]
    path = written("a.csv", "\n".join([f"playlist,song,{column}", *rows, f"p,d,{duration}"]))
    result = prepare(path, split=LAST, sessions={"min_seconds": 30}, columns={"duration": column})
    assert result["report"]["rows"]["dropped"] == ({"skip": 1} if is_skip else {})


def test_durations_of_two_units_are_refused(prepare: Prepare, written: Written) -> None:
    first = written("a.csv", "playlist,song,ms_played\np,a,200000\np,b,200000\n")
    second = written("b.csv", "playlist,song,seconds_played\np,c,200\n")
    told = "columns.duration: found 'ms_played' in milliseconds in some files, and 'seconds_played"
    for paths in ((first, second), (second, first)):
        with pytest.raises(InputError, match=told):
            prepare(*paths, split=LAST, sessions={"min_seconds": 30})
    prepare(first, second, split=LAST, cleaning={"min_songs": 1})  # there they do not count


@pytest.mark.parametrize("seconds", [-1, -0.5])
def test_a_duration_below_zero_is_unknown(
    seconds: float, prepare: Prepare, written: Written
) -> None:
    rows = [f"p,{song},{seconds}" for song in "abc"]
    path = written("a.csv", "\n".join(["playlist,song,ms_played", *rows, "p,d,3000"]))
    result = prepare(path, split=LAST, sessions={"min_seconds": 5})
    assert result["report"]["rows"]["dropped"] == {"skip": 1}


def test_one_playlist_in_a_file_of_its_own(prepare: Prepare, tmp_path: Path) -> None:
    for n in range(3):
        tracks = [{"id": f"{n}{song}", "artist": "A"} for song in "abc"]
        text = json.dumps({"name": f"Mix {n}", "tracks": tracks}, indent=n or None)
        (tmp_path / f"{n}.json").write_text(text)
    result = prepare(*sorted(tmp_path.iterdir()), source="auto", split=LAST)
    assert songs(result) == [f"{n}{song}" for n in range(3) for song in "abc"]
    assert [play["playlist"] for play in result["plays"]][::3] == ["Mix 0", "Mix 1", "Mix 2"]


@pytest.mark.parametrize("column", ["playlist", "session_id", "pid", "basket"])
def test_a_table_of_plays_under_a_name_is_no_playlist(
    column: str, prepare: Prepare, written: Written
) -> None:
    rows = [{column: name, "song": song} for name in "pq" for song in "abc"]
    path = written("a.json", json.dumps({"name": "export", "items": rows}))
    given = {"playlist": column} if column == "basket" else {}
    result = prepare(path, source="auto", split=LAST, columns=given)
    assert {play["playlist"] for play in result["plays"]} == {"p", "q"}


@pytest.mark.parametrize("given", [{"playlist": "list.id"}, {"playlist": ["x", "list.id"]}])
def test_a_column_of_playlists_may_be_inside_an_object(
    given: dict[str, Any], prepare: Prepare, written: Written
) -> None:
    rows = [{"list": {"id": name}, "track": {"uri": song}} for name in "pq" for song in "abc"]
    path = written("a.json", json.dumps({"name": "export", "items": rows}))
    result = prepare(path, source="auto", split=LAST, columns=given | {"song": "track.uri"})
    assert {play["playlist"] for play in result["plays"]} == {"p", "q"}
    assert sorted({play["song_id"] for play in result["plays"]}) == ["a", "b", "c"]


def test_a_name_of_the_file_is_no_column_of_its_songs(prepare: Prepare, written: Written) -> None:
    rows = [{"uri": song, "name": song.upper()} for song in "abc"]
    path = written("a.json", json.dumps({"name": "Mix", "tracks": rows}))
    result = prepare(path, source="auto", split=LAST, columns={"playlist": "name"})
    assert {play["playlist"] for play in result["plays"]} == {"Mix"}


def test_one_playlist_as_the_web_answers_it(prepare: Prepare, written: Written) -> None:
    songs_of = [{"uri": song, "name": song.upper(), "time_signature": 4} for song in "abc"]
    for items in (songs_of, [{"added_at": "2020-01-01", "track": song} for song in songs_of]):
        path = written("a.json", json.dumps({"name": "Mix", "items": items}))
        result = prepare(path, source="auto", split=LAST)
        assert songs(result) == ["a", "b", "c"]
        assert {play["playlist"] for play in result["plays"]} == {"Mix"}


@pytest.mark.parametrize("form", ["one", "array", "lines", "under"])
def test_playlists_with_pages_of_songs(form: str, prepare: Prepare, written: Written) -> None:
    """As Spotify's Web API gives them: a playlist has a uri of its own, too."""
    lists = [
        {
            "id": f"id {name}",
            "images": [{"url": "https://example.org/x.jpg", "height": 1}],
            "name": f"Mix {name}",
            "tracks": {
                "href": "x",
                "items": [
                    {
                        "added_at": "2020-01-01",
                        "track": {
                            "artists": [{"name": "A", "id": 1}, {"name": "B", "id": 2}],
                            "name": song.upper(),
                            "uri": song,
                        },
                    }
                    for song in "abc"
                ],
                "total": 3,
            },
            "uri": f"spotify:playlist:{name}",
        }
        for name in ("p" if form == "one" else "pq")
    ]
    text = {
        "one": json.dumps(lists[0], indent=1),
        "array": json.dumps(lists),
        "lines": "\n".join(map(json.dumps, lists)),
        "under": json.dumps({"playlists": lists}),
    }[form]
    result = prepare(written("a.json", text), source="auto", split=LAST)
    assert songs(result) == ["a", "b", "c"] * len(lists)
    assert [play["track"] for play in result["plays"]] == ["A", "B", "C"] * len(lists)
    assert {play["artist"] for play in result["plays"]} == {"A"}
    assert {play["playlist"] for play in result["plays"]} == {one["name"] for one in lists}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"artist": "A", "title": "T"}, ("A", "T")),
        ({"artist": {"name": "A"}, "name": "T"}, ("A", "T")),
        ({"artists": ["A", "B"], "track_name": "T"}, ("A", "T")),
        ({"track": {"artistName": "A", "trackName": "T"}}, ("A", "T")),
        ({"artist": ["A", "B"], "title": "T"}, ("A", "T")),
        ({"artists": "A", "title": 1999}, ("A", "1999")),
        ({"artist": {"id": 1}, "name": {"en": "T"}}, (None, None)),
        ({"artists": [{"id": "q"}], "title": ["T"]}, (None, None)),
        ({"artists": [], "title": None}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_names_inside_of_songs(
    names: dict[str, Any],
    expected: tuple[str | None, str | None],
    prepare: Prepare,
    written: Written,
) -> None:
    text = json.dumps([{"name": "p", "songs": [{"id": song, **names} for song in "abc"]}])
    result = prepare(written("a.json", text), source="auto", split=LAST)
    assert {(play["artist"], play["track"]) for play in result["plays"]} == {expected}


def test_plays_whose_values_are_objects(prepare: Prepare, written: Written) -> None:
    """What else an object says, such as how popular a song is now, makes it no other song."""
    rows = [
        {
            "playlist": {"name": "Mix", "id": name},
            "song": {"name": song.upper(), "id": song, "popularity": place},
            "artist": {"name": f"by {song}"},
            "track": {"title": song.upper()},
        }
        for place, (name, song) in enumerate((name, song) for name in "pq" for song in "abc")
    ]
    result = prepare(written("a.json", json.dumps(rows)), source="auto", split=LAST)
    assert songs(result) == ["a", "b", "c"] * 2
    assert {play["playlist"] for play in result["plays"]} == {"p", "q"}
    assert {play["artist"] for play in result["plays"]} == {"by a", "by b", "by c"}
    assert {play["track"] for play in result["plays"]} == {"A", "B", "C"}
    told = result["report"]["input"]["columns"]
    assert told["song"] == "song.id"


def test_the_key_inside_of_objects_is_one_that_all_have(prepare: Prepare, written: Written) -> None:
    rows = [{"playlist": "p", "song": {"id": song, "name": "n"}} for song in "abc"]
    rows[0] = {"playlist": "p", "song": {"id": "a", "uri": "x"}}
    result = prepare(written("a.json", json.dumps(rows)), source="auto", split=LAST)
    assert songs(result) == ["a", "b", "c"]


def test_what_mysql_writes_for_nothing_is_missing(prepare: Prepare, written: Written) -> None:
    rows = [f"p,{song},\\N" for song in "abc"]
    path = written("a.csv", "\n".join(["playlist,song,artist", *rows, "p,\\N,A", "\\N,a,A"]))
    result = prepare(path, split=LAST)
    assert result["report"]["rows"]["dropped"] == {"no playlist": 1, "no song": 1}
    assert {play["artist"] for play in result["plays"] if not play["dropped"]} == {None}


def test_a_table_of_plays_with_pages_elsewhere_is_no_list(
    prepare: Prepare, written: Written
) -> None:
    for key in ("album", "tracks", "history"):
        rows = [{"playlist": "p", "song": song, key: {"items": ["x"]}} for song in "abc"]
        result = prepare(written("a.json", json.dumps(rows)), source="auto", split=LAST)
        assert songs(result) == ["a", "b", "c"]
    lists = [{"name": "p", "tracks": ["a", "b", "c"], "songs": {"items": ["x", "y", "z"]}}]
    result = prepare(written("a.json", json.dumps(lists)), source="auto", split=LAST)
    assert songs(result) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("key", "more"), [("history", {}), ("items", {"user": "u"}), ("tracks", {"played_at": ""})]
)
def test_nor_is_a_history_under_a_name(
    key: str, more: dict[str, str], prepare: Prepare, written: Written
) -> None:
    times = [f"2024-05-0{day} 18:0{n}" for day in (1, 2) for n in range(3)]
    rows = [{"track_id": f"s{n}", "time": time} | more for n, time in enumerate(times)]
    path = written("a.json", json.dumps({"name": "anna", key: rows}))
    result = prepare(path, source="auto", split=LAST, sessions={"gap_minutes": 30})
    assert len({play["playlist"] for play in result["plays"]}) == 2


def test_spotifys_playlists_without_a_name_are_kept(prepare: Prepare, written: Written) -> None:
    items = [{"track": {"trackUri": song}} for song in "abc"]
    lists = [{"name": name, "items": items} for name in ("", "x", " ", None)]
    found = prepare(
        written("Playlist1.json", json.dumps({"playlists": lists})), source="auto", split=LAST
    )["plays"]
    assert list(dict.fromkeys(play["playlist"] for play in found)) == ["1", "x", "3", "4"]


def test_ids_of_other_tables_stay_as_they_are(prepare: Prepare, written: Written) -> None:
    rows = [f"Supercalifragilistice{n},A" for n in range(3)]
    path = written("Mix.csv", "\n".join(["track_id,artist", *rows]))
    assert songs(prepare(path, source="exportify", split=LAST)) == [
        row.partition(",")[0] for row in rows
    ]


def test_a_list_keeps_the_time_and_user_that_also_name_it(
    prepare: Prepare, written: Written
) -> None:
    rows = [{"date": f"2024-05-0{n}", "tracks": [*"abc"]} for n in (1, 2)]
    path = written("a.jsonl", "\n".join(map(json.dumps, rows)))
    columns = {"playlist": "date", "time": "date"}
    plays = prepare(path, source="lists", split=LAST, columns=columns)["plays"]
    assert [play["time"] is None for play in plays] == [False] * 6


def test_packed_m3u_without_a_header(prepare: Prepare, tmp_path: Path) -> None:
    (tmp_path / "Mix.m3u8.gz").write_bytes(gzip.compress(b"a.mp3\nb.mp3\nc.mp3\n"))
    assert songs(prepare(tmp_path / "Mix.m3u8.gz", source="auto", split=LAST)) == [
        "a.mp3", "b.mp3", "c.mp3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("time", "form"), [("2024050{}", "%Y%m%d"), ("2024050{}180300", "%Y%m%d%H%M%S")]
)
def test_dates_as_numbers_cut_no_sessions(
    time: str, form: str, prepare: Prepare, written: Written
) -> None:
    rows = [f"s{n},{time.format(n)}" for n in range(1, 7)]
    path = written("a.csv", "\n".join(["song,time", *rows]))
    given: dict[str, Any] = {"split": LAST, "sessions": {"gap_minutes": 3 * 24 * 60}}
    told = f"found dates as numbers, such as {time.format(1)}; .*columns.time_format={form}"
    with pytest.raises(InputError, match=told):
        prepare(path, **given)
    plays = prepare(path, columns={"time_format": form}, **given)["plays"]
    assert plays[-1]["time"] - plays[0]["time"] == 5 * 86_400


def test_playlists_with_tracks_of_other_programs_are_lists(
    prepare: Prepare, written: Written
) -> None:
    tracks = [{"id": f"s{n}", "name": f"T{n}"} for n in range(3)]
    lists = [{"name": name, "tracks": tracks} for name in ("Mix", "Mix 2")]
    result = prepare(written("a.json", json.dumps({"playlists": lists})), source="auto", split=LAST)
    assert songs(result) == ["s0", "s1", "s2"] * 2
    assert {play["playlist"] for play in result["plays"]} == {"Mix", "Mix 2"}


@pytest.mark.parametrize("date", ["0{} May 2024 18:03", '"0{} May 2024, 18:03"'])
def test_scrobbles_whose_newest_is_playing(date: str, prepare: Prepare, written: Written) -> None:
    rows = [f"Abba,Gold,Song {n},{date.format(n)}" for n in range(4, 0, -1)]
    path = written("a.csv", "\n".join(["Abba,Arrival,Fernando,", *rows]))
    given = {"gap_minutes": 9 * 24 * 60}
    result = prepare(path, source="auto", split=LAST, sessions=given)
    assert result["report"]["input"]["source"] == "lastfm"
    assert result["report"]["rows"]["dropped"] == {"no position or time": 1}
    kept = [play["song_id"] for play in result["plays"] if not play["dropped"]]
    assert sorted(kept) == [f"Abba\tSong {n}" for n in range(1, 5)]
