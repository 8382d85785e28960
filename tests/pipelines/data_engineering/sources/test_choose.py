"""Which column has which use, and what is told of those that none has."""

import re
from typing import Any

import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.choose import choose
from next_song.pipelines.data_engineering.sources.delimited import Dialect
from next_song.pipelines.data_engineering.sources.files import InputFile
from next_song.pipelines.data_engineering.sources.json_form import Form
from next_song.pipelines.data_engineering.sources.table import Table

USES: dict[str, Any] = {
    "playlist": ["playlist", "list"],
    "song": ["song", "track.uri"],
    "artist": ["artist"],
    "track": ["track", "title"],
    "time": ["time", "ts"],
}


def chosen(
    names: list[str], layout: str = "csv", *, header: bool = True, cut: bool = False, **uses: Any
) -> dict[str, str]:
    file = InputFile("in.csv", "in.csv", "none", layout, "", whole=True)
    how = Dialect(",", tuple(names), header=header) if layout == "csv" else Form("array")
    table = Table(file, how, tuple(names))
    needed = ("song",) if cut else ("playlist", "song")
    return choose(table, USES | uses, needed, header=header, cut=cut)


CHOICES: dict[str, tuple[list[str], dict[str, Any], dict[str, str]]] = {
    "by name": (["song", "list", "x"], {}, {"playlist": "list", "song": "song"}),
    "the first name that there is": (
        ["list", "playlist", "song"],
        {},
        {"playlist": "playlist", "song": "song"},
    ),
    "alike": (["Play-List", "SONG(s)"], {}, {"playlist": "Play-List", "song": "SONG(s)"}),
    "the same before what is alike": (
        ["Song", "song", "list"],
        {},
        {"playlist": "list", "song": "song"},
    ),
    "the first of those alike": (
        ["Song", "SONG", "list"],
        {},
        {"playlist": "list", "song": "Song"},
    ),
    "of artist and title": (
        ["list", "artist", "title"],
        {},
        {"playlist": "list", "artist": "artist", "track": "title"},
    ),
    "a given name": (
        ["a", "b", "artist"],
        {"playlist": "b", "song": "a"},
        {"playlist": "b", "song": "a", "artist": "artist"},
    ),
    "no use": (["list", "song", "ts"], {"time": None}, {"playlist": "list", "song": "song"}),
    "numbers": (
        ["1", "2", "3"],
        {"header": False, "playlist": 3, "song": 1},
        {"playlist": "3", "song": "1"},
    ),
    "inside an object": (
        ["list", "track"],
        {"layout": "json", "track": None},
        {"playlist": "list", "song": "track\x1furi"},
    ),
    "inside an object, by its path": (
        ["list", "obj"],
        {"song": ["none\x1fid", "obj\x1fid"]},
        {"playlist": "list", "song": "obj\x1fid"},
    ),
    "a cut history": (["song", "ts"], {"cut": True}, {"song": "song", "time": "ts"}),
    "a playlist needs no time where it is not cut": (
        ["list", "song"],
        {"cut": True},
        {"playlist": "list", "song": "song"},
    ),
}


@pytest.mark.parametrize("case", CHOICES)
def test_columns_are_chosen(case: str) -> None:
    names, given, expected = CHOICES[case]
    assert chosen(names, **given) == expected


GAP = ", or cut a history into playlists with sessions.gap_minutes=30, by its 'ts'"
EACH = ", or read each file as a playlist with source=exportify"
PLAY = (
    ". If the first line is a play and no header, use header=false and numbers from 1, such as "
    "columns.playlist=1,columns.song=2"
)
LIST, SONG = "for 'playlist' one of playlist, list", "for 'song' one of song, track.uri"
NAME_LIST = ": name the right column with columns.playlist=NAME"
NAME_SONG = ": name the right column with columns.song=NAME"
REFUSALS: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "no playlist": (["song"], {}, f"columns song; expected {LIST}{NAME_LIST}{EACH}"),
    "no playlist of JSON": (
        ["song"],
        {"layout": "json"},
        f"columns song; expected {LIST}{NAME_LIST}",
    ),
    "no playlist, but a time": (
        ["song", "ts"],
        {},
        f"columns song, ts; expected {LIST}{NAME_LIST}{GAP}{EACH}",
    ),
    "no song, and a time": (
        ["list", "ts"],
        {},
        f"columns list, ts; expected {SONG}{NAME_SONG}",
    ),
    "neither": (
        ["x"],
        {},
        f"columns x; expected {LIST}; {SONG}: name the right column with columns.playlist=NAME,"
        "columns.song=NAME",
    ),
    "an artist alone": (
        ["list", "artist"],
        {},
        f"columns list, artist; expected {SONG}{NAME_SONG}",
    ),
    "a title alone": (["list", "track"], {}, f"columns list, track; expected {SONG}{NAME_SONG}"),
    "a song that is named, though artist and title are there": (
        ["list", "artist", "title"],
        {"song": "id"},
        f"columns list, artist, title; expected for 'song' one of id{NAME_SONG}",
    ),
    "a name that is not needed": (
        ["list", "song"],
        {"time": "at"},
        "columns list, song; expected for 'time' one of at: name the right column with "
        "columns.time=NAME",
    ),
    "a cut history without a time": (
        ["song"],
        {"cut": True},
        "columns song; expected for 'time' one of time, ts: name the right column with "
        "columns.time=NAME",
    ),
    "no columns": (
        [],
        {},
        f"columns (none); expected {LIST}; {SONG}: name the right column with "
        "columns.playlist=NAME,columns.song=NAME",
    ),
    "values as names": (
        ["song", "2024-01-01T10:00:00Z"],
        {},
        f"columns song, 2024-01-01T10:00:00Z; expected {LIST}{NAME_LIST}{EACH}{PLAY}",
    ),
    "values as names of JSON": (
        ["song", "17"],
        {"layout": "json"},
        f"columns song, 17; expected {LIST}{NAME_LIST}",
    ),
    "numbers": (
        ["1", "2"],
        {"header": False, "playlist": 3, "song": 1},
        "columns 1, 2; expected for 'playlist' one of 3: name the right column with "
        f"columns.playlist=NUMBER{EACH}",
    ),
    "an object that is not there": (
        ["list"],
        {"song": ["none\x1fid"]},
        f"columns list; expected for 'song' one of none\x1fid{NAME_SONG}",
    ),
    "an object in a CSV": (
        ["list", "track"],
        {"track": None},
        f"columns list, track; expected {SONG}{NAME_SONG}",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_no_column_is_for_is_told(case: str) -> None:
    names, given, expected = REFUSALS[case]
    with pytest.raises(InputError, match=f"^input in.csv: found {re.escape(expected)}$"):
        chosen(names, **given)


def test_many_columns_are_cut_off() -> None:
    names = [f"column{n}" for n in range(100)]
    with pytest.raises(InputError) as error:
        chosen(names)
    assert str(error.value).startswith(f"input in.csv: found columns {', '.join(names)[:400]}; exp")
