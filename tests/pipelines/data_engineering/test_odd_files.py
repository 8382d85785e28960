"""Files as other programs write them: notes, rare delimiters, empty parts, and lists as text."""

import gzip
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from next_song.cli import cli
from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LAST = {"by": "leave_last"}
ROWS = [(f"p{n // 5}", f"s{n % 7}") for n in range(30)]
SONGS = [song for _, song in ROWS]


def text(delimiter: str, header: str = "playlist%song", quote: str = "") -> str:
    lines = [header.replace("%", delimiter), *(delimiter.join(row) for row in ROWS)]
    return "".join(
        f"{line}\n".replace("s", f"{quote}s{quote}") if quote else f"{line}\n" for line in lines
    )


def songs(result: dict[str, Any]) -> list[str]:
    return [play["song_id"] for play in result["plays"]]


@pytest.mark.parametrize("delimiter", [*"^~ ", "\x01"])
def test_rare_delimiters(prepare: Prepare, written: Written, delimiter: str) -> None:
    assert songs(prepare(written("a.txt", text(delimiter)), source="auto", split=LAST)) == SONGS


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_note_for_excel_is_no_header(prepare: Prepare, written: Written, end: str) -> None:
    path = written("a.csv", "sep=;\n".replace("\n", end) + text(";").replace("\n", end))
    result = prepare(path, source="auto", split=LAST)
    assert songs(result) == SONGS
    assert result["report"]["rows"]["rejected"] == 0


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_nor_is_it_a_row_where_lines_are_divided(
    prepare: Prepare, written: Written, end: str
) -> None:
    lines = [row.replace("s0", '"s0') for row in text(";").splitlines()]
    result = prepare(written("a.csv", end.join(["sep=;", *lines, ""])), source="auto", split=LAST)
    assert result["report"]["rows"]["read"] == len(ROWS)
    assert result["report"]["rows"]["dropped"] == {}


def test_a_space_between_delimiter_and_quote(prepare: Prepare, written: Written) -> None:
    lines = [f'"{playlist}", "{song}, live"' for playlist, song in ROWS]
    path = written("a.csv", "\n".join(['"playlist", "song"', *lines]))
    result = prepare(path, source="auto", split=LAST)
    assert songs(result) == [f"{song}, live" for song in SONGS]


@pytest.mark.parametrize("empty", ["\n\n", "[]", "playlist,song\n"])
def test_a_file_without_rows_stops_nothing(prepare: Prepare, written: Written, empty: str) -> None:
    paths = [written("a.csv", text(",")), written("b", empty)]
    assert songs(prepare(*paths, source="auto", split=LAST)) == SONGS
    with pytest.raises(InputError, match=r"b: found columns \(none\)|found no plays"):
        prepare(paths[1], source="auto", split=LAST)


def test_an_empty_part_of_a_history(prepare: Prepare, written: Written) -> None:
    rows = [
        {"endTime": f"2024-05-06 18:{n:02}", "artistName": "A", "trackName": s}
        for n, s in enumerate(SONGS)
    ]
    paths = [written("a.json", json.dumps(rows)), written("b.json", "[]")]
    result = prepare(*paths, source="auto", split=LAST, sessions={"gap_minutes": 30})
    assert result["report"]["rows"]["read"] == len(rows)


def test_hidden_files_of_a_zip_do_not_count(prepare: Prepare, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("export/.DS_Store", "__MACOSX/export/._a.csv", "export/a.csv"):
            archive.writestr(name, text(","))
    assert songs(prepare(path, source="auto", split=LAST)) == SONGS


def test_utf_16_without_its_mark(prepare: Prepare, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text(",").encode("utf-16-le"))
    with pytest.raises(InputError, match=r"found UTF-16.*input_encoding=utf-16-le"):
        prepare(path, source="auto")
    assert "input_encoding=utf-16-le" in CliRunner().invoke(cli, ["inspect", str(path)]).stdout


def test_whole_numbers_of_pandas_are_the_same_ids(prepare: Prepare, tmp_path: Path) -> None:
    """A column of integers with a gap is one of floats."""
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, gap in zip(paths, ([], [None]), strict=True):
        table = pd.DataFrame({"song": [*range(1, 8), 2**53, *gap]})
        table.assign(playlist=path.stem).to_parquet(path)
    result = prepare(*paths, source="auto", split=LAST)
    expected = [*map(str, range(1, 8)), str(2**53)]
    assert songs(result)[: len(expected)] == expected
    assert songs(result)[len(expected) : -2] == expected[:-1]
    assert result["report"]["rows"]["dropped"] == {"no song": 1}


@pytest.mark.parametrize(
    ("column", "odd"),
    [(column, odd) for column in ("time", "position") for odd in (math.nan, math.inf, -math.inf)]
    + [("time", 1e300), ("time", -1e300)],
)
def test_numbers_that_are_no_time_and_no_position(
    prepare: Prepare, tmp_path: Path, column: str, odd: float
) -> None:
    """In Parquet, where polars and numpy keep NaN apart from what is missing."""
    rows = [(f"p{n // 5}", f"s{n % 7}", float(n)) for n in range(30)]
    odd_rows = [("odd", song, odd) for song in ("a", "b", "c")]
    table = pa.Table.from_pylist(
        [dict(zip(("playlist", "song", column), row, strict=True)) for row in [*rows, *odd_rows]]
    )
    pq.write_table(table, tmp_path / "a.parquet")
    split = {"by": "time"} if column == "time" else LAST
    result = prepare(tmp_path / "a.parquet", source="plays", split=split)
    kept = [play["song_id"] for play in result["plays"] if not play["dropped"]]
    assert kept == SONGS
    dropped = {play["song_id"]: play["dropped"] for play in result["plays"] if play["dropped"]}
    assert set(dropped) == {"a", "b", "c"}
    assert len(set(dropped.values())) == 1


@pytest.mark.parametrize("brackets", [json.dumps, str])
def test_lists_in_a_csv_are_recognised(
    prepare: Prepare, tmp_path: Path, brackets: Callable[[Any], str]
) -> None:
    lists = [SONGS[n : n + 6] for n in range(0, 30, 6)]
    table = pd.DataFrame({"playlist": range(5), "tracks": map(brackets, lists)})
    table.to_csv(tmp_path / "a.csv", index=False)
    result = prepare(tmp_path / "a.csv", source="auto", split=LAST)
    assert result["report"]["input"]["source"] == "lists"
    assert songs(result) == SONGS


def test_any_table_may_be_a_playlist(prepare: Prepare, written: Written) -> None:
    paths = [written(f"{name}.csv", f"Title,Artist\nT1,{name}\nT2,B\nT3,C\n") for name in "xy"]
    with pytest.raises(InputError, match=r"or read each file as a playlist with source=exportify"):
        prepare(*paths, source="auto")
    found = prepare(*paths, source="exportify", split=LAST)["plays"]
    assert [play["playlist"] for play in found] == [*"xxxyyy"]
    inspected = CliRunner().invoke(cli, ["inspect", *map(str, paths)]).stdout
    assert "source=exportify" in inspected


def test_a_history_without_durations_has_no_skips(
    prepare: Prepare, written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [f"2024-05-0{1 + n // 6} 18:{n % 6:02},{song}" for n, song in enumerate(SONGS)]
    path = written("a.csv", "\n".join(["time,song", *lines]))
    prepare(path, source="auto", split=LAST, sessions={"gap_minutes": 30, "min_seconds": 30})
    assert "sessions.min_seconds=30 leaves out nothing" in caplog.text


@pytest.mark.parametrize("under", ["playlists", "sessions"])
def test_lists_in_one_object(prepare: Prepare, written: Written, under: str) -> None:
    rows = [{"name": f"list {n}", "tracks": SONGS[n : n + 6]} for n in range(0, 30, 6)]
    path = written("a.json", json.dumps({"count": 5, under: rows}))
    result = prepare(path, source="auto", split=LAST)
    assert result["report"]["input"]["source"] == "lists"
    assert songs(result) == SONGS
    assert "source=lists" in CliRunner().invoke(cli, ["inspect", str(path)]).stdout


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_whole_numbers_of_any_precision_are_the_same_ids(
    kind: str, prepare: Prepare, tmp_path: Path
) -> None:
    numbers = [1, 2, 3, 16_777_216, float("nan")]
    table = {"playlist": [7] * 5, "song": numbers}
    pd.DataFrame(table).astype(kind).to_parquet(tmp_path / "a.parquet")
    result = prepare(tmp_path / "a.parquet", source="auto", split=LAST)
    assert songs(result) == ["1", "2", "3", "16777216", None]
    assert result["plays"][0]["playlist"] == "7"
    assert result["report"]["rows"]["dropped"] == {"no song": 1}


@pytest.mark.parametrize(
    ("end", "pack"),
    [("gz", gzip.compress), ("zst", lambda data: pa.compress(data, "zstd", asbytes=True))],
)
def test_packed_parquet(
    end: str, pack: Callable[[bytes], bytes], prepare: Prepare, tmp_path: Path
) -> None:
    frame = pd.DataFrame(ROWS, columns=["playlist", "song"])
    (tmp_path / f"a.parquet.{end}").write_bytes(pack(frame.to_parquet()))
    assert songs(prepare(tmp_path / f"a.parquet.{end}", source="auto", split=LAST)) == SONGS


def test_doubled_quotes_are_single_ones_where_lines_are_divided(
    prepare: Prepare, written: Written
) -> None:
    lines = ["playlist,song", "p,a", 'p,"say ""hi"", twice"', 'p,"b c', "p,d"]
    result = prepare(written("a.csv", "\n".join([*lines, ""])), source="auto", split=LAST)
    assert songs(result) == ["a", 'say "hi", twice', '"b c', "d"]


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000"])
def test_blanks_around_ids_and_names_are_no_part_of_them(
    blank: str, prepare: Prepare, written: Written
) -> None:
    rows = [f"p,{n},{blank}s{n}{blank},{blank}A b{blank}" for n in range(3)]
    text = "\n".join(["playlist,position,song,artist", *rows])
    plays = prepare(written("a.csv", text), source="auto", split=LAST)["plays"]
    assert [(play["song_id"], play["artist"]) for play in plays] == [
        (f"s{n}", "A b") for n in range(3)
    ]


def test_lines_that_a_file_lacks_do_not_shift_those_of_another(
    prepare: Prepare, written: Written
) -> None:
    ragged = "playlist,song\np,0\n" + "p\n" * 3 + "".join(f"p,{n}\n" for n in range(1, 9))
    quoted = 'playlist,song\nq,"a\nq,b\nq,c\nq,d,e\nq,f\n'
    found = prepare(written("a.csv", ragged), written("b.csv", quoted), split=LAST)["rejected"]
    lines = [(row["file"], row["line"]) for row in found]
    assert lines == [("a.csv", 3), ("a.csv", 4), ("a.csv", 5), ("b.csv", 5)]
