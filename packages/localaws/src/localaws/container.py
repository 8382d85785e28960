"""Runs one attempt of a Batch job: a process group in a directory of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from localaws import guard
from localaws.slots import Slots

POLL = 0.05


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, in the terms of Batch.

    ``exit_code`` is None if nothing ran, and 128 + signal for a killed process, as in Docker.
    ``final`` outcomes are not retried.
    """

    exit_code: int | None
    status_reason: str
    reason: str | None = None
    final: bool = False


@dataclass(frozen=True)
class Compute:
    """The resources of every compute environment of the stand-in.

    ``environment`` has the variables that image, job role and network give a container: the search
    path, credentials and endpoints. ``grace`` is the time from SIGTERM to SIGKILL, in seconds.
    """

    environment: Mapping[str, str]
    scratch: Path
    slots: Slots
    grace: float = 2.0


@dataclass(frozen=True)
class Attempt:
    """The command of one attempt, with its environment and limits.

    ``mark`` is an entry of ``environment`` that only this attempt has: processes with this mark
    are killed when the first process ends, as in a container. ``timeout``, and ``grace`` from
    SIGTERM to SIGKILL, are in seconds.
    """

    command: list[str]
    environment: Mapping[str, str]
    mark: str
    timeout: float | None
    grace: float

    def run(
        self, scratch: Path, copy: Callable[[IO[bytes]], None], stopped: Callable[[], str | None]
    ) -> Outcome:
        """Runs the command to its end in a new directory below ``scratch``.

        ``copy`` consumes the output, in a thread. ``stopped`` returns the reason to stop, or None.
        """
        with tempfile.TemporaryDirectory(
            prefix="job-", dir=scratch, ignore_cleanup_errors=True
        ) as work:
            try:
                process = self._start(work)
            except OSError as error:
                return Outcome(None, "Task failed to start", f"CannotStartContainerError: {error}")
            reader = threading.Thread(target=copy, args=(process.stdout,), daemon=True)
            reader.start()
            cause = self._watch(process, stopped)
            guard.sweep(self.mark)
            reader.join(self.grace)  # with a timeout: a process may have removed its mark
        code = process.returncode
        code = code if code >= 0 else 128 - code
        return Outcome(code, cause or "Essential container in task exited", final=bool(cause))

    def _start(self, work: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=work,
            env={**self.environment, "HOME": work, "TMPDIR": work},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _watch(
        self, process: subprocess.Popen[bytes], stopped: Callable[[], str | None]
    ) -> str | None:
        """Waits for the end of the process, or stops it and returns the reason."""
        deadline = time.monotonic() + (self.timeout or float("inf"))
        cause = None
        while cause is None and not _ended(process, POLL):
            cause = stopped()
            if time.monotonic() > deadline:
                cause = cause or "Job attempt duration exceeded timeout"
        if cause:
            _signal(process, signal.SIGTERM)
            _ended(process, self.grace)
        _signal(process, signal.SIGKILL)
        process.wait()
        return cause


def _ended(process: subprocess.Popen[bytes], timeout: float) -> bool:
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
