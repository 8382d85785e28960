import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from next_song.errors import InputError

HEADER = '"user_id", "artistname", "trackname", "playlistname"\n'
Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
ALL_TRAIN_VALIDATE_TEST = {"by": "leave_last"}


def spotify(*lines: str) -> str:
    """A file of these lines, and a playlist long enough that no split is empty."""
    others = [f'"other","Other","Song {n}","Mix"' for n in range(5)]
    return HEADER + "\n".join([*lines, *others]) + "\n"


def of_user(result: dict[str, Any], playlist: str) -> list[tuple[str, str | None, str]]:
    return [
        (play["song_id"], play["artist"], play["track"])
        for play in result["plays"]
        if play["playlist"] == playlist
    ]


def test_spotify_reads_quotes_that_are_not_escaped(prepare: Prepare, written: Written) -> None:
    text = spotify(
        '"u","Matthew "Mdot" Finley","Fire","Starred"',
        '"u","The Gaslight Anthem",""45"","Starred"',
        '"u","Fall, Out Boy","A Little "Touch Me"","Starred"',
        '"v","Slowdive","So Tired",""/"',
    )
    result = prepare(written("a.csv", text), source="spotify", split=ALL_TRAIN_VALIDATE_TEST)
    assert of_user(result, "u\tStarred") == [
        ('Matthew "Mdot" Finley\tFire', 'Matthew "Mdot" Finley', "Fire"),
        ('The Gaslight Anthem\t"45"', "The Gaslight Anthem", '"45"'),
        ('Fall, Out Boy\tA Little "Touch Me"', "Fall, Out Boy", 'A Little "Touch Me"'),
    ]
    assert of_user(result, 'v\t"/')[0][2] == "So Tired"
    assert result["rejected"] == []


def test_spotify_ids_are_never_glued_wrong(prepare: Prepare, written: Written) -> None:
    text = spotify(
        '"u","A|||B","C","Mix"',
        '"u","A","B|||C","Mix"',
        '"u","","C","Mix"',
        '"u","C","C","Mix"',
        '"u"," A ","  B|||C","Mix"',
        '"u","A\tB","C","Mix"',
        '"u","A","B C","Mix"',
    )
    result = prepare(written("a.csv", text), source="spotify", split=ALL_TRAIN_VALIDATE_TEST)
    ids = [song for song, *_ in of_user(result, "u\tMix")]
    assert ids == ["A|||B\tC", "A\tB|||C", "\tC", "C\tC", "A\tB|||C", "A B\tC", "A\tB C"]
    assert len(set(ids)) == 6  # the fifth is the second, with spaces around its names


def test_spotify_says_which_lines_it_rejects_and_which_plays_it_drops(
    prepare: Prepare, written: Written
) -> None:
    text = spotify(
        '"u","Artist","Good","Mix"',
        '"u","Artist","no playlist',
        "",
        '"u","A","B","C","D","E"',
        '"u","Artist","","Mix"',
        '"u","Artist","Other",""',
        "nonsense",
    )
    result = prepare(written("a.csv", text), source="spotify", split=ALL_TRAIN_VALIDATE_TEST)
    assert [(row["line"], row["reason"]) for row in result["rejected"]] == [
        (3, "expected 4 quoted fields"),
        (4, "blank line"),
        (5, "expected 4 quoted fields"),
        (8, "expected 4 quoted fields"),
    ]
    assert result["rejected"][3]["text"] == "nonsense"
    assert result["report"]["rows"] == {
        "read": 12,
        "rejected": 4,
        "dropped": {"no playlist": 1, "no song": 1, "short playlist": 1},
        "kept": 5,
    }


def test_spotify_keeps_its_place_after_a_line_that_cannot_be_read(
    prepare: Prepare, written: Written
) -> None:
    text = spotify(
        '"u","A","one","Mix"', '"u","A","t\x1f\x1e\x1f\x1eo","Mix"', "bad", '"u","A","c","Mix"'
    )
    result = prepare(written("a.csv", text), source="spotify", split=ALL_TRAIN_VALIDATE_TEST)
    assert [(row["line"], row["reason"][:15]) for row in result["rejected"]] == [
        (3, "expected 4 quot"),
        (4, "expected 4 quot"),
    ]


def slice_of(*playlists: tuple[int, list[str]]) -> str:
    return json.dumps(
        {
            "info": {"version": "v1"},
            "playlists": [
                {
                    "name": "list",
                    "pid": pid,
                    "modified_at": 1_500_000_000 + pid,
                    "tracks": [
                        {
                            "pos": place,
                            "artist_name": "Artist",
                            "track_uri": f"spotify:track:{song}",
                            "track_name": song,
                            "album_name": "Album",
                        }
                        for place, song in enumerate(songs)
                    ],
                }
                for pid, songs in playlists
            ],
        }
    )


def test_mpd_reads_slices_that_are_larger_than_duckdb_expects(
    prepare: Prepare, tmp_path: Path
) -> None:
    """As those of the Million Playlist Dataset are: 30 MB."""
    first, second = tmp_path / "mpd.slice.0-1.json", tmp_path / "mpd.slice.2-2.json"
    large = json.loads(slice_of((0, ["a", "b", "c"]), (1, ["b", "c", "d"])))
    large["playlists"][0]["description"] = "x" * 2**24
    first.write_text(json.dumps(large))
    second.write_text(slice_of((2, ["c", "d", "e", "f"])))
    result = prepare(first, second, source="mpd", split=ALL_TRAIN_VALIDATE_TEST)
    assert [play["playlist"] for play in result["plays"]] == list("0001112222")


def test_mpd_reads_several_slices_in_the_order_of_their_names(
    prepare: Prepare, written: Written
) -> None:
    first = written("mpd.slice.0-1.json", slice_of((0, ["a", "b", "c"]), (1, ["b", "c", "d"])))
    second = written("mpd.slice.2-2.json", slice_of((2, ["c", "d", "e", "f"])))
    result = prepare(first, second, source="mpd", split=ALL_TRAIN_VALIDATE_TEST)
    assert [play["playlist"] for play in result["plays"]] == list("0001112222")
    assert result["plays"][3]["song_id"] == "spotify:track:b"
    assert result["plays"][3]["track"] == "b"
    by_time = prepare(
        first, second, source="mpd", split={"by": "time", "test": 0.3, "validation": 0.3}
    )
    splits = {play["playlist"]: play["split"] for play in by_time["plays"]}
    assert splits == {"0": "train", "1": "validation", "2": "test"}


TABLE = [("p", 2, "c"), ("q", 1, "a"), ("p", 1, "b"), ("p", 0, "a"), ("q", 2, "b"), ("q", 3, "d")]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet", "json"])
def test_plays_in_any_format_by_mapped_columns(
    prepare: Prepare, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"plays.{suffix}"
    values = ", ".join(str(row) for row in TABLE)
    table = duckdb.sql(f'from (values {values}) t("List", "Nr", "Item")')
    if suffix == "parquet":
        table.write_parquet(str(path))
    elif suffix == "json":
        path.write_text(table.df().to_json(orient="records"))
    else:
        table.write_csv(str(path))
    columns = {"playlist": "List", "position": "Nr", "song": "Item"}
    result = prepare(path, columns=columns, split=ALL_TRAIN_VALIDATE_TEST)
    names = {song["song"]: song["song_id"] for song in result["songs"]}
    tests = [row for row in result["playlists"] if row["split"] == "test"]
    assert {row["playlist"]: [names[song] for song in row["songs"]] for row in tests} == {
        "p": ["a", "b", "c"],
        "q": ["a", "b", "d"],
    }


def test_plays_csv_lines_that_cannot_be_read_are_kept_with_their_reason(
    prepare: Prepare, written: Written
) -> None:
    text = "playlist,position,song\np,1,a\np,2\np,3,c,more\np,4,d\np,five,e\np,6,f\n"
    result = prepare(written("plays.csv", text), split=ALL_TRAIN_VALIDATE_TEST)
    assert [(row["line"], row["text"]) for row in result["rejected"]] == [
        (3, "p,2"),
        (4, "p,3,c,more"),
    ]
    assert "Expected Number of Columns: 3" in result["rejected"][0]["reason"]
    assert result["report"]["rows"]["dropped"] == {"no position or time": 1}


def test_plays_of_a_user_are_that_users_playlist(prepare: Prepare, written: Written) -> None:
    text = "user,playlist,song\n" + "".join(
        f"{user},Mix,{song}\n" for user in "uv" for song in "abc"
    )
    result = prepare(written("plays.csv", text), split=ALL_TRAIN_VALIDATE_TEST)
    assert {play["playlist"] for play in result["plays"]} == {"u\tMix", "v\tMix"}


def test_plays_without_a_position_go_by_time(prepare: Prepare, written: Written) -> None:
    text = "playlist,time,song\np,2024-01-03,c\np,2024-01-01,a\np,2024-01-02 10:00:00,b\n"
    result = prepare(written("plays.csv", text), split=ALL_TRAIN_VALIDATE_TEST)
    test = next(row for row in result["playlists"] if row["split"] == "test")
    songs = {song["song"]: song["song_id"] for song in result["songs"]}
    assert [songs[song] for song in test["songs"]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "text", "source", "expected"),
    [
        (
            "a.csv",
            "playlist,song\np,a\n",
            "shazam",
            "source: found 'shazam'; expected one of auto, spoti",
        ),
        ("a.csv", "playlist,song\np,a\n", "spotify", "no header, but 'playlist,song'"),
        ("a.csv", "list,song\np,a\n", "plays", "found columns list, song; expected for 'playlist'"),
        ("a.csv", "playlist,song\n", "plays", "found no plays"),
        ("a.json", '{"tracks": []}', "mpd", "found no plays; source 'mpd' expects Million"),
        ("a.json", '{"playlists": 3}', "mpd", "source 'mpd' expects Million Playlist Dataset"),
        ("a.json", "{not json", "mpd", "source 'mpd' expects Million Playlist Dataset slices"),
        ("a.parquet", "PAR1 and no more", "plays", "found a damaged file"),
    ],
)
def test_refuses_what_is_not_the_source(
    prepare: Prepare, written: Written, name: str, text: str, source: str, expected: str
) -> None:
    with pytest.raises(InputError) as error:
        prepare(written(name, text), source=source)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


def test_fields_of_several_lines_with_delimiters_are_fields(
    prepare: Prepare, written: Written
) -> None:
    notes = "".join(f'p{n % 4},{n // 4},s{n},"a,b\nc,d,{n}"\n' for n in range(12))
    path = written("notes.csv", "playlist,position,song,note\n" + notes)
    result = prepare(path, split=ALL_TRAIN_VALIDATE_TEST)
    assert not result["rejected"]
    assert len(result["plays"]) == 12


def test_two_layouts_at_once_are_refused(prepare: Prepare, written: Written) -> None:
    spotify = '"user_id", "artistname", "trackname", "playlistname"\n"u","a","b","c"\n'
    paths = written("a.csv", spotify), written("b.csv", "playlist,song\np,a\n")
    with pytest.raises(InputError, match=r"b\.csv: found another layout than spotify"):
        prepare(*paths, source="auto")


def test_a_header_that_is_short_of_a_name_is_refused(prepare: Prepare, written: Written) -> None:
    paths = [written(f"{n}.csv", "playlist,song\np,a\n") for n in "ab"]
    paths.append(written("c.csv", "playlist,song,position\n" + "p,a,1,2\n" * 3))
    with pytest.raises(InputError, match=r"c\.csv: found 3 names in the header and 4 fields in"):
        prepare(*paths, source="plays")


def test_names_the_first_line_that_is_no_play(prepare: Prepare, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("playlist,song,position\np,a,1,2\np,a,1,2,3\n")
    paths = [tmp_path / name for name in ("b.csv", "a.csv")]
    with pytest.raises(InputError, match=rf"no plays \({paths[0]}, line 2: Expected Number of"):
        prepare(*paths, source="plays")


def test_refuses_a_mapped_column_that_is_missing(prepare: Prepare, written: Written) -> None:
    path = written("a.csv", "playlist,song\np,a\n")
    with pytest.raises(InputError, match=r"for 'artist' one of singer: .* columns.artist=NAME"):
        prepare(path, columns={"artist": "singer"})
