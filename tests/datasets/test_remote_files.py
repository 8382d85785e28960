"""An object store instead of a disk: fsspec's own, in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from kedro.io import DatasetError

from next_song import sql
from next_song.datasets.arrays import SongSpaceDataset
from next_song.datasets.files import exists, local_file, remove_temporary_files, whole_file
from next_song.datasets.input_files import InputFilesDataset
from next_song.datasets.relation import LinesDataset, RelationDataset
from next_song.retrieval.song_space import SongSpace


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    yield
    fsspec.filesystem("memory").store.clear()


def read(given: str) -> list[str]:
    return [Path(path).read_text() for path in InputFilesDataset(filepath=given).load()]


def test_tables_lines_and_spaces_come_back() -> None:
    table = sql.connection().sql("select range as line from range(3)")
    RelationDataset(filepath="memory://root/a.parquet").save(table)
    assert RelationDataset(filepath="memory://root/a.parquet").load().fetchall() == [
        (0,),
        (1,),
        (2,),
    ]
    LinesDataset(filepath="memory://root/a.txt").save(table)
    assert LinesDataset(filepath="memory://root/a.txt").load().read_text() == "0\n1\n2\n"
    space = SongSpace(*[np.ones((2, 3), np.float32)] * 2, np.array([2, 1]))
    SongSpaceDataset(filepath="memory://root/a.safetensors").save(space)
    loaded = SongSpaceDataset(filepath="memory://root/a.safetensors").load()
    assert loaded.plays.tolist() == [2, 1]


def test_a_file_that_another_process_replaced_is_read_anew() -> None:
    lines = LinesDataset(filepath="memory://root/a.txt")
    assert not lines.exists()
    for text in ("first", "second"):
        with whole_file("memory://root/a.txt") as part:
            part.write_text(text)
        assert lines.load().read_text() == text


class Listed(MemoryFileSystem):
    """Remembers what was there, as object stores do, until its listings are invalid."""

    protocol = "listed"
    seen: ClassVar[dict[str, bool]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("listed:", "memory:")))

    def exists(self, path: str, **_: Any) -> bool:
        return self.seen.setdefault(path, super().exists(path))

    def invalidate_cache(self, path: str | None = None) -> None:
        self.seen.clear()


def test_whether_a_file_is_there_is_asked_anew() -> None:
    fsspec.register_implementation("listed", Listed, clobber=True)
    assert not exists("listed://root/a.txt")
    fsspec.filesystem("memory").pipe_file("/root/a.txt", b"a")
    assert exists("listed://root/a.txt")
    fsspec.filesystem("memory").rm("/root/a.txt")
    assert not exists("listed://root/a.txt")


def test_a_file_is_copied_once() -> None:
    fsspec.filesystem("memory").pipe_file("/root/a.txt", b"a")
    copies = {local_file("memory://root/a.txt") for _ in range(3)}
    assert len(copies) == 1


def test_a_failed_write_leaves_the_earlier_object() -> None:
    with whole_file("memory://root/a.txt") as part:
        part.write_text("earlier")
    with pytest.raises(ZeroDivisionError), whole_file("memory://root/a.txt") as part:
        part.write_text(f"half {1 / 0}")
    assert LinesDataset(filepath="memory://root/a.txt").load().read_text() == "earlier"


@pytest.mark.parametrize("where", ["memory://root", "local"])
def test_input_by_pattern_in_the_order_of_names(where: str, tmp_path: Path) -> None:
    root = str(tmp_path) if where == "local" else where
    for name in ("b", "a", "c"):
        with whole_file(f"{root}/{name}.csv") as part:
            part.write_text(name)
    assert read(f"{root}/[ab].csv") == ["a", "b"]
    with pytest.raises(DatasetError, match=r"input .*d.csv: found no such file"):
        read(f"{root}/d.csv")
    assert read(f"{root}/c.csv; {root}/?.csv;{root}/a.csv;") == ["c", "a", "b"]
    local = tmp_path / "local.csv"
    local.write_text("local")
    assert read(f"{root}/b.csv;{local};{local.as_uri()}") == ["b", "local"]


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a.csv", "d.csv"], r"input \S+/d\.csv: found no such file"),
        (["d.csv", "a.csv"], r"input \S+/d\.csv: found no such file"),
        (["a.csv", ""], r"input \S+: found a folder"),
        (["a.csv", "empty.csv"], r"input \S+/empty\.csv: found 0 bytes"),
    ],
)
def test_each_of_several_inputs_must_be_there(
    tmp_path: Path, names: list[str], told: str, scheme: str
) -> None:
    (tmp_path / "a.csv").write_text("a")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DatasetError, match=told):
        read(";".join(f"{scheme}{tmp_path}/{name}" for name in names))


@pytest.mark.parametrize("given", [" ", ";"])
def test_no_input_is_told(given: str) -> None:
    with pytest.raises(DatasetError, match=r"input .*: found .*; expected a file or a pattern"):
        read(given)


def test_copies_of_remote_files_can_be_removed_before_the_process_ends() -> None:
    fsspec.filesystem("memory").pipe_file("/root/a.txt", b"a")
    copy = local_file("memory://root/a.txt")
    assert copy.read_bytes() == b"a"
    remove_temporary_files()
    assert not copy.exists()
    assert local_file("memory://root/a.txt").read_bytes() == b"a"  # copied anew


def test_a_pattern_in_a_folder_whose_name_looks_like_one(tmp_path: Path) -> None:
    for folder in ("lists [2024]", "lists 2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text(folder)
    assert read(f"{tmp_path}/lists [2024]/*.csv") == ["lists [2024]"]
    assert read(f"{tmp_path}/lists [3210]/*.csv") == ["lists 2"]
