"""JSON: what the head of a file says of its form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from next_song.pipelines.data_engineering.sources.json_form import (
    LARGEST,
    Form,
    beginning,
    form,
    objects,
    some,
    under,
)

PLAYLISTS = '{"info": {"a": 1}, "playlists": ['
OF_OBJECTS = Form("playlists", under="playlists")
WHOLE: dict[str, tuple[str, Form]] = {
    "an array": (' [{"a": 1}]', Form("array")),
    "lines": ('{"a": 1}\n{"a": 2}\n', Form("lines")),
    "one line": ('{"a": 1}', Form("lines")),
    "one after another": ('{"a": 1} {"a": 2}', Form("objects")),
    "over lines": ('{"a":\n 1}\n{"a": 2}', Form("objects")),
    "a line of two": ('{"a": 1} {"a": 2}\n{"a": 3}', Form("objects")),
    "no object": ("1 2", Form("objects")),
    "playlists of objects": (PLAYLISTS + '{"pid": 1, "tracks": [{"a": 1}]}]}', OF_OBJECTS),
    "Spotify's own": (PLAYLISTS + '{"items": [{"a": 1}]}]}', OF_OBJECTS),
    "of another program": (PLAYLISTS + '{"tracks": [{"a": 1}]}]}', Form("list", "playlists")),
    "playlists of ids": (PLAYLISTS + '{"tracks": ["x"]}]}', Form("list", "playlists")),
    "playlists of numbers": ('{"playlists": [{"tracks": [1]}]}', Form("list", "playlists")),
    "a list of rows": ('{"count": 2, "plays": [{"a": 1}]}', Form("list", "plays")),
    "two lists of rows": ('{"a": [{"b": 1}], "c": [{"b": 1}]}', Form("columns")),
    "an empty list": ('{"plays": []}', Form("lines")),
    "a list of numbers": ('{"a": [1, 2]}', Form("lines")),
    "columns": ('{"a": [1, 2], "b": [3, 4]}', Form("columns")),
    "columns of objects": ('{"a": {"0": 1}, "b": {"0": 2}}', Form("columns")),
    "rows by name": ('{"x": {"a": 1}, "y": {"a": 2}}', Form("index")),
    "one object in an object": ('{"x": {"a": 1}}', Form("lines")),
    "pandas' split": ('{"columns": ["a"], "index": [0], "data": [[1]]}', Form("split")),
    "data that is no list": ('{"columns": {"a": 1}, "data": {"a": 1}}', Form("index")),
    "two objects of lists": ('{"a": [1], "b": [2]}\n{"a": [1], "b": [2]}', Form("lines")),
}
BEGUN: dict[str, tuple[str, Form]] = {
    "a list of rows": ('{"plays": [{"a": 1}, {"a"', Form("list", "plays")),
    "a name with a quote": ('{ "a\\"b" : [ {"a": 1}, ', Form("list", 'a"b')),
    "pandas' split": ('{"columns": ["a", "b', Form("split")),
    "a list of numbers": ('{"a": [1, 2, 3', Form("columns")),
    "columns of objects": ('{"a": {"0": 1, "1": 2, ', Form("columns")),
    "rows by name": ('{"x": {"a": 1, "b": 2', Form("index")),
    "a list of rows after a number": ('{"count": 2, "plays": [{"a": 1}, ', Form("list", "plays")),
    "songs after a name": ('{"name": "a, b", "tracks": ["x", "y', Form("objects")),
    "a long text after a name": ('{"name": "a", "note": "xyz', Form("objects")),
    "a number after a list": ('{"a": [1, 2], "b": 1, "c": [3', Form("objects")),
    "pandas' split within the index": ('{"columns": ["a"], "index": [0, 1', Form("split")),
    "playlists of ids": (
        PLAYLISTS + '{"name": "a, [b", "tracks": ["x", "y',
        Form("list", "playlists"),
    ),
    "playlists of objects": (PLAYLISTS + '{"pid": 1, "tracks": [{"a": 1', OF_OBJECTS),
    "a value with the name of a list": (
        '{"info": {"a": "playlists"}, "playlists": [{"pid": 1, "tracks": [{"a": 1',
        OF_OBJECTS,
    ),
    "a list that is called columns": ('{"count": 1, "columns": ["a"], "rows": [', Form("objects")),
    "a whole line before": ('{"name": "a", "tracks": [{"b": 1}]}\n{"name":', Form("lines")),
    "far too deep": ('{"a":' * 100_000, Form("objects")),
    "a list of rows before another": (
        '{"rows": [{"a": 1}], "errors": [], "b": [',
        Form("list", "rows"),
    ),
    "pandas' split after a version": (
        '{"version": 1, "columns": ["a"], "index": [0',
        Form("split"),
    ),
    "columns that are no list": ('{"columns": {"0": "a", "1": "b"', Form("columns")),
    "no JSON": ("{a: [1, 2", Form("objects")),
}


@pytest.mark.parametrize("case", WHOLE)
def test_the_form_of_a_whole_file(case: str) -> None:
    text, expected = WHOLE[case]
    assert form(text, whole=True) == expected


@pytest.mark.parametrize("case", BEGUN)
def test_the_form_of_one_object_that_is_longer_than_the_head(case: str) -> None:
    text, expected = BEGUN[case]
    assert form(text, whole=False) == expected


def test_what_is_cut_off_is_left_out() -> None:
    assert list(objects('[{"a": 1},\n\t{"a": 2} , {"a"')) == [{"a": 1}, {"a": 2}]
    assert list(objects('{"a": 1}\r\n{"a": 2}\n[3]')) == [{"a": 1}, {"a": 2}, [3]]
    assert list(objects("[]")) == list(objects("")) == []
    assert list(beginning('[{"a": 1}, {"a"')) == [{"a": 1}]
    assert list(beginning('[null, {"a": 1}, {"a"')) == [None, {"a": 1}]
    hundred = list(some("[1, " + '{"a": 1}, ' * 120 + "2]", ""))
    assert hundred == [{"a": 1}] * 99
    assert list(some('{"a": [1], "b": [{"c": 1}, {"c"', "b")) == [{"c": 1}]


SCALARS = st.none() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda each: st.lists(each) | st.dictionaries(st.text(), each))


@pytest.mark.slow
@given(st.dictionaries(st.text(), JSON), st.data())
def test_an_object_that_is_cut_off_has_its_first_keys_and_values(
    whole: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(whole, ensure_ascii=data.draw(st.booleans()))
    (found,) = beginning(text[: data.draw(st.integers(1, len(text)))])
    assert _begins(found, whole)
    assert list(beginning(text)) == [whole]


def _begins(found: Any, whole: Any) -> bool:
    """Return whether a value is another without its last parts."""
    if isinstance(found, dict) and isinstance(whole, dict):
        found, whole = ([list(pair) for pair in each.items()] for each in (found, whole))
    if not found or not isinstance(found, list):
        return bool(found == whole) or found in ([], {})
    last = len(found) - 1
    return found[:last] == whole[:last] and _begins(found[last], whole[last])


@pytest.mark.parametrize("name", ["rows", 'r"ö', "a.b"])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_the_list_of_a_name_is_found(name: str, is_ascii: bool) -> None:
    whole = {"note": f"[{name}", "is": name, "other": ["x"], name: [{"a": 1}]}
    head = json.dumps(whole, ensure_ascii=is_ascii)
    assert next(objects(under(head, name))) == {"a": 1}
    assert under(head, "none") == under(head, "is") == ""
    nested = {"meta": {name: ["x"]}, name: [{"a": 2}]}
    assert next(objects(under(json.dumps(nested), name))) == {"a": 2}
    assert next(objects(under('{"\\u00E9" : [3]}', "é"))) == 3
    assert under('{"a": [1], "b', "b") == under('{"a" [1]}', "a") == under('["a"]', "a") == ""


def test_room_grows_eightfold_to_what_duckdb_reads() -> None:
    made, sizes = Form("array"), []
    while made.has_room:
        sizes.append(made.largest)
        made = made.with_more_room() or made
    assert [*sizes, made.largest] == [2**24, 2**27, 2**30, LARGEST]
    assert LARGEST == 2**32 - 1
    assert made.with_more_room() is None
