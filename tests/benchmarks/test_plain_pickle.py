import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError
from published.plain_pickle import load


def pickled(path: Path, value: Any, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


class Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_calls_something_is_refused_in_one_line(
    tmp_path: Path, protocol: int
) -> None:
    path = pickled(tmp_path / "test.txt", [[1], Attack(tmp_path / "made")], protocol)
    with pytest.raises(InputError, match=r"refused this pickle, for it asks for \w+\.mkdir") as it:
        load(path)
    assert "\n" not in str(it.value)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("value", [{"a": 1}, [b"bytes"], [{1, 2}], [None], Path("x")])
def test_a_pickle_of_anything_else_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InputError, match="expected lists, tuples, strings and numbers"):
        load(pickled(tmp_path / "other.txt", value))


@pytest.mark.parametrize(
    "content", [b"", b"1 2 3\n", b"\x80\x02]q\x00(K\x01", b"\x80\x02\x82\x01."]
)
def test_what_is_no_pickle_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.txt").write_bytes(content)
    with pytest.raises(InputError, match="refused this pickle"):
        load(tmp_path / "broken.txt")


def test_a_list_that_holds_itself_is_read(tmp_path: Path) -> None:
    knot: list[Any] = [1]
    knot.append(knot)
    assert load(pickled(tmp_path / "knot.txt", knot))[0] == 1
