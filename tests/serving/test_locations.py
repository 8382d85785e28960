"""Where arrays stand in the variables of a SavedModel."""

from pathlib import Path

import numpy as np
import pytest

from next_song.retrieval.setting import Score
from next_song.serving.locations import VARIABLES, Locations, add_locations

SCORE = Score.model_validate(
    {"repeats": False, "parts": {"space": {"kind": "vectors", "decay": 1, "weight": 1}}}
)
ARRAY = np.array([[1, 2], [3, 4]], np.int32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / VARIABLES).parent.mkdir(parents=True)
    (tmp_path / VARIABLES).write_bytes(ARRAY.tobytes() + b"\1\0\2" + ARRAY[:1].tobytes())
    return tmp_path


def test_arrays_are_found_where_they_begin(folder: Path) -> None:
    arrays = {"first": ARRAY, "after": np.frombuffer(b"\1\0\2", bool)}
    add_locations(folder, arrays, ["a set"], SCORE)
    found = Locations.read(folder)
    assert [found.arrays[name].offset for name in arrays] == [0, ARRAY.nbytes]
    assert found.array(folder, "first").tolist() == ARRAY.tolist()
    assert (found.sets, found.score) == (["a set"], SCORE)


def test_an_array_that_is_not_there_has_no_location(folder: Path) -> None:
    with pytest.raises(ValueError, match="not in the variables of the SavedModel"):
        add_locations(folder, {"other": ARRAY + 1}, [], SCORE)
