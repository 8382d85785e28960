"""Claims of two runs on one folder, in one process: locks belong to who opened the file."""

import errno
import fcntl
import os
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError
from next_song.guards.claims import FOLDER, Claims

WRITTEN = r"^data_root {root}: found plays in use by process \d+ since .*; expected no other run on"
READ = "^data_root {root}: found plays in use by another run, which reads it; expected no other"


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ((["plays"], []), (["plays"], []), WRITTEN),
        ((["plays"], []), ([], ["plays"]), WRITTEN),
        (([], ["plays"]), (["songs", "plays"], []), READ),
        (([], ["plays"]), ([], ["plays"]), None),
        ((["plays"], ["songs"]), (["pairs"], ["songs"]), None),
    ],
)
def test_of_two_runs_the_second_is_refused_if_one_writes_what_the_other_uses(
    tmp_path: Path,
    first: tuple[list[str], list[str]],
    second: tuple[list[str], list[str]],
    refused: str | None,
) -> None:
    one, other = Claims(), Claims()
    one.take(str(tmp_path), *first)
    if refused is None:
        other.take(str(tmp_path), *second)
        one.release()
    else:
        with pytest.raises(InputError, match=refused.format(root=tmp_path)):
            other.take(str(tmp_path), *second)
        one.release()
        other.take(str(tmp_path), *second)
    names = {*second[0], *second[1]}
    assert {path.stem for path in (tmp_path / FOLDER).iterdir()} == names
    other.release()
    assert not (tmp_path / FOLDER).exists()


def test_a_run_that_is_refused_has_claimed_nothing(tmp_path: Path) -> None:
    one, refused, third = Claims(), Claims(), Claims()
    one.take(str(tmp_path), ["songs"], [])
    with pytest.raises(InputError):
        refused.take(str(tmp_path), ["plays", "songs"], [])
    third.take(str(tmp_path), ["plays"], [])
    third.release()
    one.release()


def test_what_is_given_up_can_be_claimed(tmp_path: Path) -> None:
    one, other = Claims(), Claims()
    one.take(str(tmp_path), ["plays"], [])
    one.give_up()
    other.take(str(tmp_path), ["plays"], [])
    other.release()


def test_the_file_of_a_claim_that_has_just_been_removed_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder removes it after this run has opened it, before this run has the lock."""
    lock: Callable[[int, int], None] = fcntl.flock
    path = tmp_path / FOLDER / "plays.lock"
    removed = []

    def late(file: int, kind: int) -> None:
        if not removed:
            removed.append(path.unlink())
        lock(file, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    one, other = Claims(), Claims()
    one.take(str(tmp_path), ["plays"], [])
    assert path.exists()
    with pytest.raises(InputError, match="found plays in use by process"):
        other.take(str(tmp_path), ["plays"], [])
    one.release()


def test_a_url_is_claimed_by_nobody() -> None:
    for claims in (Claims(), Claims()):
        claims.take("memory://claims", ["plays"], [])


def test_a_file_where_the_folder_belongs_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / FOLDER).touch()
    with pytest.raises(InputError, match=rf"^data_root {tmp_path}: found .*; expected a folder th"):
        Claims().take(str(tmp_path), ["plays"], [])


def test_a_run_that_cannot_make_a_claim_keeps_none(tmp_path: Path) -> None:
    (tmp_path / FOLDER / "songs.lock").mkdir(parents=True)  # so that it cannot be opened
    failed, other = Claims(), Claims()
    with pytest.raises(InputError, match="expected a folder that can be written to"):
        failed.take(str(tmp_path), ["plays", "songs"], [])
    other.take(str(tmp_path), ["plays"], [])
    other.release()


def test_the_holder_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "not/there/yet"
    monkeypatch.setattr("sys.argv", ["/usr/bin/kedro", "run", "x" * 300])
    one, other = Claims(), Claims()
    path = root / FOLDER / "plays.lock"
    path.parent.mkdir(parents=True)
    path.write_text("left by a killed run " * 100)
    one.take(str(root), ["plays"], [])
    command = f"kedro run {'x' * 190}"
    assert path.read_text().endswith(f" ({command})")
    with pytest.raises(InputError, match=f"in use by process {os.getpid()} since .* \\({command}"):
        other.take(str(root), ["plays"], [])
    one.release()
    path.parent.mkdir()
    path.write_text("process 1, killed")
    one.take(str(root), [], ["plays"])
    with pytest.raises(InputError, match="in use by another run, which reads it"):
        other.take(str(root), ["plays"], [])
    one.release()
    root.rmdir()  # and all that was in it is gone
    one.take(str(root), ["plays"], [])
    one.release()


def test_workers_keep_what_their_run_gives_up(tmp_path: Path) -> None:
    claims = Claims()
    claims.take(str(tmp_path), ["plays"], [])
    worker = get_context("fork").Process(target=time.sleep, args=(60,))
    worker.start()
    try:
        claims.give_up()
        with pytest.raises(InputError, match="found plays in use by process"):
            Claims().take(str(tmp_path), ["plays"], [])
    finally:
        worker.terminate()
        worker.join()
    again = Claims()
    again.take(str(tmp_path), ["plays"], [])
    again.release()


def test_a_folder_that_goes_while_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another run removes it after mkdir has found it, and before mkdir looks at it."""
    mkdir, errors = Path.mkdir, [FileExistsError(), FileNotFoundError()]

    def late(path: Path, *given: Any, **named: Any) -> None:
        if errors:
            raise errors.pop()
        mkdir(path, *given, **named)

    monkeypatch.setattr(Path, "mkdir", late)
    claims = Claims()
    claims.take(str(tmp_path), ["plays"], [])
    claims.release()
    assert not errors


def test_a_folder_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match=r"^output .*: found \[Errno 37\] No locks available"):
        Claims("output").take(str(tmp_path), ["a.csv"], [])
