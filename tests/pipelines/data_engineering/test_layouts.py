"""The same table of plays in every layout gives the same rows; quotes and names spoil nothing."""

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from next_song import sql
from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LAST = {"by": "leave_last"}
NAMES = ["playlist", "position", "song"]
ROWS = [
    (playlist, str(place), song)
    for playlist in ("p", "2024-01-01")
    for place, song in enumerate(["0012", "2024-05-06", 'A "B"', "1e5", "é,ß; x|y"])
]


def read(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    plays = sorted(result["plays"], key=lambda play: play["row"])
    return [(play["playlist"], f"{play['place']:.0f}", play["song_id"]) for play in plays]


def text(delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([NAMES, *ROWS])
    return file.getvalue()


def zipped(content: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inner.csv", content)
    return file.getvalue()


def zstd(content: str) -> bytes:
    import pyarrow

    return pyarrow.compress(content.encode(), "zstd", asbytes=True)


OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
LAYOUTS: dict[str, bytes] = {
    "plays.CSV": text().encode(),
    "plays.dat": text("\t").encode(),
    "plays": text(";").encode(),
    "quoted.csv": text(quoting=csv.QUOTE_ALL).encode(),
    "bar.txt": text("|").encode(),
    "bom.csv": b"\xef\xbb\xbf" + text().encode(),
    "windows.csv": text(end="\r\n").encode(),
    "mac.csv": text(end="\r").encode(),
    "mixed.csv": text(end="\r\n").replace("\r\n", "\n", 3).encode(),
    "no_end.csv": text().rstrip("\n").encode(),
    "blank_first.csv": b"\n\n" + text().encode(),
    "excel.csv": b"sep=;\r\n" + text(";", end="\r\n").encode(),
    "blank.csv": text().replace("\n", "\n\n", 4).encode(),
    "plays.csv.gz": gzip.compress(text().encode()),
    "not_named_so": gzip.compress(text().encode()),
    "plays.csv.zst": zstd(text()),
    "plays.csv.bz2": bz2.compress(text().encode()),
    "plays.csv.xz": lzma.compress(text().encode()),
    "plays.zip": zipped(text()),
    "colons.dat": "\n".join("::".join(row) for row in [tuple(NAMES), *ROWS]).encode(),
    "recbole.inter": text("\t").replace("song", "song:token", 1).encode(),
    "array.json": json.dumps(OBJECTS).encode(),
    "pretty.json": json.dumps(OBJECTS, indent=1).encode(),
    "lines": "\n".join(map(json.dumps, OBJECTS)).encode(),
    "lines.jsonl.gz": gzip.compress("\n".join(map(json.dumps, OBJECTS)).encode()),
    "one_after_another.json": "\n".join(json.dumps(each, indent=1) for each in OBJECTS).encode(),
    "columns.json": pd.DataFrame(OBJECTS).to_json().encode(),
    "index.json": pd.DataFrame(OBJECTS).to_json(orient="index").encode(),
    "split.json": pd.DataFrame(OBJECTS).to_json(orient="split").encode(),
    "of_lists.json": json.dumps(pd.DataFrame(OBJECTS).to_dict("list")).encode(),
    "under.json": json.dumps({"count": 10, "plays": OBJECTS}).encode(),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_known_by_its_content(prepare: Prepare, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(LAYOUTS[name])
    result = prepare(path, source="auto", split=LAST)
    assert read(result) == ROWS
    assert result["report"]["rows"]["rejected"] == 0
    assert result["report"]["input"]["source"] == "plays"


@pytest.mark.parametrize("name", ["plays.pq", "PLAYS.PARQUET", "plays.parquet.gzip"])
def test_parquet_is_known_by_its_content(prepare: Prepare, tmp_path: Path, name: str) -> None:
    pd.DataFrame(OBJECTS).to_parquet(tmp_path / name)
    assert read(prepare(tmp_path / name, source="auto", split=LAST)) == ROWS


def test_columns_of_parquet_that_differ_by_case_alone_are_refused(
    prepare: Prepare, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"playlist": "p", "Song": ["x", "y"], "song": ["a", "b"]}).to_parquet(path)
    with pytest.raises(InputError, match=r"a.parquet: found columns Song, song, which differ by"):
        prepare(path, columns={"song": "song"})


def test_a_time_of_parquet_is_a_moment(prepare: Prepare, tmp_path: Path) -> None:
    table = duckdb.sql("""
        select 'p' as playlist, song, timestamptz '2024-10-27 00:30:00+00' + to_minutes(n) as time
        from (values ('b', 60), ('a', 0), ('c', 120)) t(song, n)
    """)
    table.write_parquet(str(tmp_path / "a.parquet"))
    result = prepare(tmp_path / "a.parquet", split=LAST)
    times = {play["song_id"]: play["time"] for play in result["plays"]}
    assert times == {"a": 1729989000, "b": 1729992600, "c": 1729996200}


@pytest.mark.parametrize("delimiter", ["\t", ","])
@pytest.mark.parametrize(
    "titles",
    [
        {700: '"Heroes'},
        {700: '"Heroes', 1200: '"Weird Al" Yankovic'},
        {700: '"Heroes', 1200: 'Closed"', 1300: '"quoted"'},
        {3: '"Heroes', 1999: 'the last"'},
    ],
)
def test_a_lone_quote_spoils_no_other_line(
    prepare: Prepare, written: Written, delimiter: str, titles: dict[int, str]
) -> None:
    rows = [(str(n // 10), str(n % 10), titles.get(n, f"s{n % 97}")) for n in range(2000)]
    lines = [delimiter.join(row) for row in [tuple(NAMES), *rows]]
    result = prepare(written("a.tsv", "\n".join(lines)), split=LAST)
    expected = [title.strip('"') if title == '"quoted"' else title for _, _, title in rows]
    assert [song for _, _, song in read(result)] == expected
    assert result["report"]["rows"]["rejected"] == 0


@pytest.mark.parametrize("first", [0, 1])
def test_two_lone_quotes_in_a_line_spoil_no_lines_above(
    prepare: Prepare, written: Written, first: int
) -> None:
    """DuckDB takes the lines from the first quote to the others for one, and gives no text."""
    artists = ['"A' if n in (first, 9, 10) else "A" for n in range(11)]
    lines = [f"p{n // 4},s{n},{artist}," for n, artist in enumerate(artists)]
    lines[9] += '"note'
    text = "\n".join(
        ["playlist,song,artist,note", *(line + "x" * line.endswith(",") for line in lines)]
    )
    result = prepare(written("a.csv", text + "\n"), split=LAST)
    assert [play["song_id"] for play in result["plays"]] == [f"s{n}" for n in range(11)]
    assert [play["artist"] for play in result["plays"]] == artists
    assert result["rejected"] == []


def test_a_title_may_have_a_line_end_and_delimiters_in_quotes(
    prepare: Prepare, written: Written
) -> None:
    text = (
        'playlist,position,song,track\np,1,1,"one, two\nthree"\np,2,2,b\np,3,3,"c, ""d"", e, f"\n'
    )
    result = prepare(written("a.csv", text), split=LAST)
    titles = {play["song_id"]: play["track"] for play in result["plays"]}
    assert titles == {"1": "one, two\nthree", "2": "b", "3": 'c, "d", e, f'}


def test_rejected_lines_have_their_file_and_number(prepare: Prepare, written: Written) -> None:
    good = "".join(f"p,{place},s{place}\n" for place in range(5))
    bad = ["p,1\n", 'p,9,"open\n']
    files = [
        written(f"{n}.csv", f"playlist,position,song\n{line}\n{good}{line}")
        for n, line in enumerate(bad)
    ]
    result = prepare(*files, split=LAST)
    assert [(row["file"], row["line"]) for row in result["rejected"]] == [
        ("0.csv", 2),
        ("0.csv", 9),
    ]
    assert result["report"]["rows"]["read"] == 14


def test_json_values_are_text_whatever_comes_first(prepare: Prepare, written: Written) -> None:
    rows: list[dict[str, Any]] = [{"playlist": 1, "song": None, "time": n} for n in range(3000)]
    rows += [{"playlist": "01", "song": "0012", "time": 5000.5, "late": {"a": 1}}]
    rows += [{"playlist": "01", "song": 12345678901234567890123, "time": 5001}]
    rows += [{"playlist": "01", "song": "2024-01-01", "time": 5002}]
    result = prepare(written("a.json", json.dumps(rows)), split=LAST)
    assert result["report"]["rows"]["dropped"] == {"no song": 3000}
    kept = [(play["song_id"], play["time"]) for play in result["plays"] if not play["dropped"]]
    assert kept == [("0012", 5000.5), ("12345678901234567890123", 5001), ("2024-01-01", 5002)]


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["csv", "jsonl", "lists"])
def test_the_number_of_threads_changes_nothing(
    prepare: Prepare, tmp_path: Path, layout: str
) -> None:
    path = tmp_path / f"plays.{layout}"
    rows = [(f"p{n // 20}", f'"{n * 7919 % 5003}" x') for n in range(60_000)]
    if layout == "csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("playlist", "song"), *rows])
    else:
        lists = [[song for _, song in rows[n : n + 20]] for n in range(0, len(rows), 20)]
        objects: list[dict[str, Any]] = [{"playlist": p, "song": s} for p, s in rows]
        if layout == "lists":
            objects = [{"name": f"p{n}", "tracks": songs} for n, songs in enumerate(lists)]
        path.write_text("\n".join(map(json.dumps, objects)))
    try:
        made = []
        for threads in (1, 4):
            sql.connection().execute(f"set threads = {threads}")
            made.append(prepare(path, source="auto", split=LAST)["plays"])
    finally:
        sql.connection().execute("reset threads")
    assert made[0] == made[1]
    assert [play["song_id"] for play in made[0]] == [song for _, song in rows]


def test_lines_that_are_no_json_are_rejected(prepare: Prepare, written: Written) -> None:
    good = [json.dumps({"playlist": "p", "song": f"s{n}"}) for n in range(4)]
    text = "\n".join([*good[:2], '{"playlist": "p", "so', "", *good[2:], "[1, 2]", '{"cut": '])
    result = prepare(written("a.jsonl", text), source="auto", split=LAST)
    assert [(row["line"], row["text"]) for row in result["rejected"]] == [
        (3, '{"playlist": "p", "so'),
        (7, "[1, 2]"),
        (8, '{"cut": '),
    ]
    assert [play["song_id"] for play in result["plays"]] == ["s0", "s1", "s2", "s3"]


def test_what_is_not_utf8_stops_unless_its_encoding_is_given(
    prepare: Prepare, tmp_path: Path
) -> None:
    content = "playlist,position,song\n" + "".join(f"p,{n},caf\xe9 {n}\n" for n in range(4))
    for encoding in ("latin-1", "utf-16"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(content, encoding)
        with pytest.raises(InputError, match=r"not .*UTF-8.*input_encoding.*iconv -f"):
            prepare(path, split=LAST)
        result = prepare(path, split=LAST, input_encoding=encoding)
        assert [song for _, _, song in read(result)] == [f"café {n}" for n in range(4)]


def test_text_that_stops_being_utf8_late_stops_the_run(prepare: Prepare, tmp_path: Path) -> None:
    lines = [f"p{n // 9},{n % 9},s{n % 50}" for n in range(200_000)] + ["p,1,caf\xe9"]
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(["playlist,position,song", *lines]).encode("latin-1"))
    with pytest.raises(InputError, match=r"a.csv: .*not UTF-8 \(line 200002\)"):
        prepare(path, split=LAST)


@pytest.mark.parametrize("name", ["a[1].csv", "a*.csv", "what?.csv", "{a,b}.csv", "it's.csv"])
def test_a_file_is_read_by_its_very_name(prepare: Prepare, written: Written, name: str) -> None:
    for other in ("a1.csv", "what1.csv", "ab.csv", "a.csv", "b.csv"):
        written(other, "playlist,song\np,other1\np,other2\np,other3\n")
    result = prepare(written(name, "playlist,song\np,a\np,b\np,c\n"), split=LAST)
    assert [play["song_id"] for play in result["plays"]] == ["a", "b", "c"]
    assert result["report"]["input"]["files"] == [name]


def test_without_a_header_columns_are_numbers(prepare: Prepare, written: Written) -> None:
    text = "".join(f"u{n // 4};x;{n % 4};s{n}\n" for n in range(12))
    columns = {"playlist": 1, "position": 3, "song": 4}
    result = prepare(written("a.csv", text), columns=columns, split=LAST, header=False)
    assert read(result) == [(f"u{n // 4}", str(n % 4), f"s{n}") for n in range(12)]
    with pytest.raises(InputError, match=r"found columns 1, 2, 3, 4; .*columns.song=NUMBER"):
        prepare(written("a.csv", text), columns={"playlist": 1}, header=False)


def test_usual_names_in_any_case_and_all_that_are_missing(
    prepare: Prepare, written: Written
) -> None:
    text = "Playlist Name,Track Number,Artist(s),Title,Added_At\n" + "".join(
        f"p,{n},A{n % 2},T,2024-01-01\n" for n in range(4)
    )
    result = prepare(written("a.csv", text), source="auto", split=LAST)
    assert result["report"]["input"]["columns"] == {
        "playlist": "Playlist Name",
        "artist": "Artist(s)",
        "track": "Title",
        "time": "Added_At",
        "position": "Track Number",
    }
    assert [play["song_id"] for play in result["plays"]] == ["A0\tT", "A1\tT", "A0\tT", "A1\tT"]
    with pytest.raises(InputError, match=r"found columns a, b; .*'playlist'.*'song' one of"):
        prepare(written("b.csv", "a,b\n1,2\n"), source="auto")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("two.zip", None, r"a .zip of 2 files \(a.csv, b.csv\); expected one table"),
        ("a.xlsx", None, "an Excel workbook; expected a table: save it as CSV"),
        ("a.bin", b"abc\0def", "binary data; expected"),
        ("cut.csv.gz", gzip.compress(text().encode(), mtime=0)[:60], "a damaged file"),
    ],
)
def test_refuses_what_is_no_table(
    prepare: Prepare, tmp_path: Path, name: str, content: bytes | None, expected: str
) -> None:
    path = tmp_path / name
    if content is None:
        names = ["a.csv", "b.csv"] if name == "two.zip" else ["[Content_Types].xml", "b"]
        with zipfile.ZipFile(path, "w") as archive:
            for each in names:
                archive.writestr(each, "x")
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        prepare(path, source="auto")


def test_text_that_stops_being_utf_8_is_told_of_the_file(prepare: Prepare, tmp_path: Path) -> None:
    rows = b"".join(b"p%d,s%d\n" % (n // 9, n % 99) for n in range(200_000))
    path = tmp_path / "a.csv.bz2"
    path.write_bytes(bz2.compress(b"playlist,song\n" + rows + b"q,\xff\n" * 3 + rows))
    with pytest.raises(InputError) as error:
        prepare(path, split={"by": "leave_last"})
    assert str(error.value).startswith(f"input {path}: found text that is not UTF-8")
