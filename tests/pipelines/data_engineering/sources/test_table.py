"""Any file as a table: its layout in words, and its columns."""

import json
from itertools import permutations
from pathlib import Path

import duckdb
import pytest
from tables import opened

from next_song.pipelines.data_engineering.sources.files import open_file
from next_song.pipelines.data_engineering.sources.json_form import Form
from next_song.pipelines.data_engineering.sources.table import Table, cells, roomier, table

LAYOUTS = {
    "a.csv": ("x,y\n1,2\n", "CSV, delimiter ',', header", ("x", "y")),
    "tab.csv": ("x\ty\n1\t2\n", "CSV, delimiter tab, header", ("x", "y")),
    "a.m3u": ("#EXTM3U\na\n", "M3U", ()),
    "array.json": ('[{"x": 1, "y": 2}]', "JSON, an array", ("x", "y")),
    "lines.json": ('{"x": 1, "y": 2}\n', "JSON, an object in each line", ("x", "y")),
    "several.json": ('{"x": 1,\n "y": 2} {"x": 1}', "JSON, one object after another", ("x", "y")),
    "list.json": ('{"p": [{"x": 1, "y": 2}]}', "JSON, one object with a list of rows", ("x", "y")),
    "columns.json": (
        '{"x": [1], "y": [2]}',
        "JSON, one object with all values of each column",
        ("x", "y"),
    ),
    "index.json": ('{"a": {"x": 1}, "b": {"y": 2}}', "JSON, one object of rows", ("x", "y")),
    "split.json": (
        '{"columns": ["x", "y"], "data": [[1, 2]]}',
        "JSON, one object with columns and data",
        ("x", "y"),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_in_words_and_the_columns(name: str, tmp_path: Path) -> None:
    text, words, names = LAYOUTS[name]
    found = opened(tmp_path, name, text)
    assert (found.layout, tuple(sorted(found.names))) == (words, names)


@pytest.mark.slow
@pytest.mark.parametrize("keys", list(permutations(("columns", "index", "data"))), ids=".".join)
def test_pandas_split_in_any_order_and_longer_than_a_head(
    keys: tuple[str, ...], tmp_path: Path
) -> None:
    rows = [[number, f"{number}"] for number in range(100_000)]
    given = {"columns": ["x", "y"], "index": list(range(len(rows))), "data": rows}
    found = opened(tmp_path, "split.json", json.dumps({key: given[key] for key in keys}))
    assert (found.file.whole, found.layout, found.names) == (False, *LAYOUTS["split.json"][1:])
    read = cells([found], [{"song": "y"}])
    assert read.aggregate("count(*), max(song::int)").fetchall() == [(len(rows), len(rows) - 1)]


def test_without_a_header_columns_have_numbers(tmp_path: Path) -> None:
    found = opened(tmp_path, "a.csv", "x,y\n1,2\n", header=False)
    assert (found.layout, found.names) == ("CSV, delimiter ',', no header", ("1", "2"))


def test_parquet_has_typed_columns(tmp_path: Path) -> None:
    duckdb.sql("select [1] as l, 1 as n").write_parquet(str(tmp_path / "a.parquet"))
    found = table(open_file(str(tmp_path / "a.parquet"), None), header=True)
    assert (found.layout, found.names) == ("Parquet", ("l", "n"))
    assert found.types == ("INTEGER[]", "INTEGER")


def test_a_line_that_is_no_json_is_left_to_its_line_and_any_other_fault_is_not(
    tmp_path: Path,
) -> None:
    lines = opened(tmp_path, "a.json", '{"x": 1}\n{"x" 2}\n')
    assert lines.layout == "JSON, an object in each line"
    assert lines.how is not None
    assert lines.how.by_line
    with pytest.raises(duckdb.Error, match="Malformed JSON"):
        opened(tmp_path, "b.json", '[{"x": 1},\n{"x" 2}]')


def test_room_is_made_for_json_alone(tmp_path: Path) -> None:
    csv = opened(tmp_path, "a.csv", "x\n1\n")
    array = opened(tmp_path, "a.json", '[{"x": 1}]')
    assert roomier([csv]) is None
    assert roomier([csv, array]) == [csv, Table(array.file, array.how.with_more_room(), ("x",))]  # type: ignore[union-attr]


def test_cells_are_text_in_the_order_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "b.parquet"
    duckdb.sql(
        "from (values (1, 1.0::double, 'a'::blob, [1]), (2, 'nan'::double, null, null), "
        "(3, 2.5, null, null), (4, 1e15, null, null), (5, 2e16, null, null), "
        "(6, -0.0::double, null, null), (7, 9007199254740991::double, null, null)) t(i, d, b, l)"
    ).write_parquet(str(path))
    parquet = table(open_file(str(path), None), header=True)
    csv = opened(tmp_path, "a.csv", "i,d,b,l\n7,8,9,10\n")
    uses: dict[str, str | None] = {"song": "d", "artist": "b", "track": "l", "user": None}
    found = cells([parquet, csv], [uses, uses])
    assert found.columns == ["song", "artist", "track", "user", "file", "problem", "line"]
    assert [row[:4] for row in found.fetchall()] == [
        ("1", "a", "[1]", None),
        (None, None, None, None),
        ("2.5", None, None, None),
        ("1000000000000000", None, None, None),
        ("2e+16", None, None, None),
        ("0", None, None, None),
        ("9007199254740991", None, None, None),
        ("8", "9", "10", None),
    ]


def test_an_object_of_more_than_16_mebibytes_has_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"playlist": ["p" * 100] * 100_000, "song": ["s" * 80] * 100_000}))
    found = table(open_file(str(path), None), header=True)
    assert found.names == ("playlist", "song")
    assert isinstance(found.how, Form)
    assert (found.how.kind, found.how.largest) == ("columns", 2**27)
