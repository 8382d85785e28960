"""How much is read of one object of which the head says nothing."""

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
    with pytest.raises(
        InputError,
        match=r"^input a\.json: found a first JSON object of more than 1 MiB in .* 200 MB",
    ):
        head_of(file)
