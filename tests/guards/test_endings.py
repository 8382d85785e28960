"""Which processes a failed run ends, and what a worker that is ended leaves."""

import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from next_song.datasets.files import new_folder, own_temporary_files
from next_song.guards import endings
from next_song.signals import ENDINGS

FORK = multiprocessing.get_context("fork")


def test_a_failure_ends_the_workers_that_were_started_in_the_block_alone() -> None:
    before = FORK.Process(target=time.sleep, args=(60,))
    before.start()
    worker = FORK.Process(target=time.sleep, args=(60,))

    def fails() -> None:
        with endings.workers_end_at_an_error():
            worker.start()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    worker.join(30)
    assert worker.exitcode == -signal.SIGTERM
    assert before.is_alive()
    before.terminate()
    before.join()


def ended(told: Connection) -> None:
    own_temporary_files()
    told.send(new_folder())
    endings._end_worker(signal.SIGTERM)


def test_a_worker_that_is_ended_leaves_no_temporary_folder() -> None:
    ours, theirs = FORK.Pipe()
    worker = FORK.Process(target=ended, args=(theirs,))
    worker.start()
    folder: Path = ours.recv()
    worker.join(30)
    assert worker.exitcode == -signal.SIGTERM
    assert not folder.exists()
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (signal.SIGINT, ["give up", "again SIGINT"]),
        (signal.SIGTERM, ["files", "remove", "archives", "again SIGTERM"]),
        (signal.SIGHUP, ["files", "remove", "archives", "again SIGHUP"]),
    ],
)
def test_what_a_run_does_when_it_is_ended(
    ending: signal.Signals, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(endings, "remove_temporary_files", lambda: done.append("files"))
    monkeypatch.setattr(endings, "remove_archives", lambda: done.append("archives"))
    before = {one: signal.getsignal(one) for one in (*ENDINGS, signal.SIGINT)}
    watched = endings.Signals(lambda: done.append("remove"), lambda: done.append("give up"))

    def again(process: int, number: int) -> None:
        assert process == os.getpid()
        assert {one: signal.getsignal(one) for one in before} == before
        done.append(f"again {signal.Signals(number).name}")

    watched.watch()
    monkeypatch.setattr(os, "kill", again)
    watched._end(ending, None)
    assert done == expected
