"""Temporary files of a run, of libraries too, end with the process that writes them."""

import tempfile
from multiprocessing import get_context
from pathlib import Path

import pytest

from next_song import hooks
from next_song.datasets.files import (
    own_temporary_files,
    remove_temporary_files,
    share_temporary_files,
)


def written() -> Path:
    """A file that a library leaves in the temporary folder."""
    own_temporary_files()
    with tempfile.NamedTemporaryFile(delete=False) as file:
        return Path(file.name)


def work(there: Path) -> None:
    assert written().parent.parent == there


def test_those_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    worker = get_context("fork").Process(target=work, args=(tmp_path,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    assert list(tmp_path.iterdir()) == []


def test_those_of_this_process() -> None:
    before = tempfile.gettempdir()
    file = written()
    share_temporary_files()
    assert file.exists()  # until the process ends
    assert tempfile.gettempdir() == before
    worker = get_context("fork").Process(target=remove_temporary_files)
    worker.start()
    worker.join()
    assert file.exists()  # a worker removes its own
    remove_temporary_files()
    assert not file.exists()


def test_a_worker_knows_its_folder_before_anything_may_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its parent may be killed at any moment."""
    known: list[str] = []
    monkeypatch.setattr(hooks, "end_with_parent", lambda: known.append(tempfile.gettempdir()))
    hooks.ProjectHooks().before_dataset_loaded()
    share_temporary_files()
    assert Path(known[0]).name.startswith("next-song-")
