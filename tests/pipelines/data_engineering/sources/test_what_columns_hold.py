"""Whether a column holds lists or whole numbers, as the first rows show."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from tables import opened

from next_song.pipelines.data_engineering.sources.files import open_file
from next_song.pipelines.data_engineering.sources.table import table

TEXTS = {
    "lists": ("a,l\n1,[x]\n2,[]\n3,[x y]\n", True),
    "the last line may be cut off": ("a,l\n1,[x]\n2,[x\n", True),
    "the only line is not cut off": ("a,l\n1,[x]\n", True),
    "over two lines": ('a,l\n1,"[x,\ny]"\n2,[y]\n', True),
    "a text among them": ("a,l\n1,[x]\n2,x\n3,[y]\n", False),
    "a bracket and more": ("a,l\n1,[x] y\n2,[x]\n", False),
    "a line that ends before them": ("a,l\n1\n2,[x]\n3,[y]\n", True),
    "an empty list": ("a,l\n1,\n2,[x]\n3,[y]\n", True),
    "only empty ones": ("a,l\n1,\n2,\n3,\n", False),
    "no line": ("a,l\n", False),
}
FORMS = {
    "array": ('[{"l": [1], "n": 2}]', True),
    "an empty list": ('[{"n": 2}, {"l": [], "n": 2}]', True),
    "one song without brackets": ('[{"l": "x", "n": 2}, {"l": ["x", "y"], "n": 2}]', True),
    "lists written as text": ('[{"l": "[1, 2]", "n": 2}, {"l": null, "n": 2}]', True),
    "a text in brackets": ('[{"l": "[x]", "n": 2}, {"l": "x", "n": 2}]', False),
    "columns of values": ('{"l": [1], "n": [2]}', False),
    "columns of lists": ('{"l": {"0": [1], "1": [2]}, "n": {"0": 2, "1": 2}}', True),
    "split": ('{"columns": ["l", "n"], "data": [[[1], 2], [[1], 2]]}', True),
    "rows by name": ('{"a": {"l": [1], "n": 2}, "b": {"l": [1], "n": 2}}', True),
    "under a name": ('{"title": "[x]", "rows": [{"l": [1], "n": 2}]}', True),
}
PARQUET = {
    "lists": ("values ([1], 2)", True),
    "lists of which the first are missing": ("select null::int[], 2 from range(200)", True),
    "no row": ("select [1], 2 where false", True),
    "texts of which the first are missing": (
        "select if(i < 200, null, '[x]'), 2 from range(300) t(i)",
        True,
    ),
    "lists written as text": ("""values ('["x", "y"]', 2), (null, 2), ('[z]', 2)""", True),
    "a text in brackets": ("values ('[x]', 2), ('x', 2)", False),
}
NUMBERS = {
    "places": ("1,2,2\n2,,2\n3,10,2\n", True),
    "titles": ("1,x,2\n2,7,2\n3,y,2\n", False),
    "one that is unknown": ("1,-1,2\n2,7,2\n3,8,2\n", True),
    "fractions": ("1,0.5,2\n2,0.5,2\n", False),
}


@pytest.mark.parametrize("case", TEXTS)
def test_lists_of_delimited_text(case: str, tmp_path: Path) -> None:
    text, expected = TEXTS[case]
    found = opened(tmp_path, "a.csv", text)
    assert [found.has_lists(name) for name in ("l", "a", "none")] == [expected, False, False]


def test_lists_of_lines_without_a_header(tmp_path: Path) -> None:
    found = opened(tmp_path, "a.csv", "1,[x]\n2,[y z]\n", header=False)
    assert [found.has_lists(name) for name in ("2", "1", "l")] == [True, False, False]


@pytest.mark.parametrize("case", FORMS)
def test_lists_of_json(case: str, tmp_path: Path) -> None:
    text, expected = FORMS[case]
    found = opened(tmp_path, "a.json", text)
    assert [found.has_lists(name) for name in ("l", "n", "none")] == [expected, False, False]


@pytest.mark.parametrize("case", PARQUET)
def test_lists_of_parquet(case: str, tmp_path: Path) -> None:
    rows, expected = PARQUET[case]
    duckdb.sql(f"from ({rows}) as t(l, n)").write_parquet(str(tmp_path / "a.parquet"))
    found = table(open_file(str(tmp_path / "a.parquet"), None), header=True)
    assert [found.has_lists(name) for name in ("l", "n", "none")] == [expected, False, False]


def test_lines_of_m3u_have_no_columns(tmp_path: Path) -> None:
    assert not opened(tmp_path, "a.m3u", "#EXTM3U\na\n").has_lists("l")


@pytest.mark.parametrize("case", NUMBERS)
def test_whole_numbers(case: str, tmp_path: Path) -> None:
    lines, expected = NUMBERS[case]
    text = opened(tmp_path, "a.csv", f"a,track,n\n{lines}")
    frame = pd.read_csv(tmp_path / "a.csv")
    frame.to_parquet(tmp_path / "a.parquet")  # places with gaps are floating-point numbers there
    frame.to_json(tmp_path / "columns.json")
    rows = json.dumps(frame.astype(object).where(frame.notna(), None).to_dict("records"))
    read = [
        table(open_file(str(tmp_path / name), None), header=True)
        for name in ("a.parquet", "columns.json")
    ]
    for each in (text, *read):
        assert (each.has_numbers("track"), each.has_numbers("n")) == (expected, True)
    if "." not in lines:
        assert opened(tmp_path, "rows.json", rows).has_numbers("n")


def test_spans_of_time_and_lists_are_no_numbers(tmp_path: Path) -> None:
    duckdb.sql("select interval 1 day as i, [1] as l").write_parquet(str(tmp_path / "a.parquet"))
    found = table(open_file(str(tmp_path / "a.parquet"), None), header=True)
    assert not any(found.has_numbers(name) for name in ("i", "l"))
