"""Which processes a failed run ends, and what a worker that is ended leaves."""

import multiprocessing
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from next_song.datasets.files import new_folder, own_temporary_files
from next_song.guards import endings

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
