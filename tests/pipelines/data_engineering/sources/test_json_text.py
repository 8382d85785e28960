"""The rows and columns of JSON files, as text."""

import json
from pathlib import Path
from typing import Any

import pytest

from next_song.pipelines.data_engineering.sources.json_form import Form, form
from next_song.pipelines.data_engineering.sources.json_text import keys, scan

ROWS = [{"b": "1", "a": None}, {"b": "x", "late": "2"}]
FILES: dict[str, Any] = {
    "array": ROWS,
    "index": {"r": ROWS[0], "s": ROWS[1]},
    "list": {"count": 2, 'r"ows': ROWS},
    "columns": {"b": ["1", "x"], "late": [None, "2"]},
    "split": {"columns": ["b", "late"], "data": [["1", None], ["x", "2"]]},
}


@pytest.mark.parametrize("head", [1000, 30])
@pytest.mark.parametrize("kind", [*FILES, "lines", "objects"])
def test_rows_of_each_form(kind: str, head: int, tmp_path: Path) -> None:
    ends = {"lines": "\n", "objects": " "}
    text = ends[kind].join(map(json.dumps, ROWS)) if kind in ends else json.dumps(FILES[kind])
    path = tmp_path / "a.json"
    path.write_text(text)
    found = form(text[:head], whole=head > len(text))
    assert found.kind == kind
    names = keys([str(path)], "none", found, text[:head])
    assert {"b", "late"} <= {*names}
    table = scan([str(path)], "none", found, ["late", "b"])
    assert table.fetchall() == [(None, "1", str(path)), ("2", "x", str(path))]


def test_values_inside_objects_and_names_with_quotes(tmp_path: Path) -> None:
    row = {"a": {"b": {"c": 1}}, 'q"x': "2", "file": "3"}
    path = tmp_path / "a.json"
    path.write_text(json.dumps([row, row]))
    table = scan([str(path)], "none", Form("array"), ["a\x1fb\x1fc", 'q"x'])
    assert table.fetchall() == [("1", "2", str(path))] * 2


def test_lines_that_are_no_objects_are_problems(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\nnone\n[1]\n{"a": 2}\n')
    table = scan([str(path)], "none", Form("lines", by_line=True), ["a"])
    assert table.select("c0, line, problem is null").fetchall() == [
        ("1", None, True),
        (None, "none", False),
        (None, "[1]", False),
        ("2", None, True),
    ]
