"""What is read where the head has not enough objects to look like the file."""

import json
from pathlib import Path

import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.files import InputFile
from next_song.pipelines.data_engineering.sources.heads import head_of


def test_one_object_is_read_whole_up_to_200_mebibytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    file = InputFile("a.json", str(path), "none", "json", '{"a": [1, 2', whole=False)
    with path.open("wb") as sparse:
        sparse.truncate(200 * 2**20)
    assert head_of(file) == str(path)
    with path.open("ab") as sparse:
        sparse.truncate(200 * 2**20 + 1)
    told = (
        r"^input a\.json: found fewer than two whole JSON objects in the first MiB; the file has "
    )
    with pytest.raises(InputError, match=told):
        head_of(file)


def test_one_whole_line_does_not_stand_for_the_file(tmp_path: Path) -> None:
    head = '{"name": "p", "tracks": [{"id": 1}]}\n{"name": "q", '
    path = tmp_path / "a.json"
    path.write_text(head + '"tracks": []}')
    assert head_of(InputFile("a.json", str(path), "none", "json", head, whole=False)) == str(path)


def test_what_follows_a_list_is_no_row(tmp_path: Path) -> None:
    head = '{"rows": [{"a": 1}, {"a": 2}], "log": "'
    path = tmp_path / "a.json"
    path.write_text(head)
    copy = head_of(InputFile("a.json", str(path), "none", "json", head, whole=False))
    assert json.loads(Path(copy).read_text()) == {"rows": [{"a": 1}, {"a": 2}]}
