"""The last process of a stand-in: it outlives the rest and leaves nothing behind.

Run as a script it makes the scratch directory, prints its name and waits. When the
process at the other end of its standard input is gone, for whatever reason (a clean
exit, an exception, ``kill -9``), it kills every process that carries the mark of that
directory and removes the directory. Standard library only; Linux only (``/proc``).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

MARK = "LOCALAWS_SCRATCH"
"""Environment variable that every process of a stand-in carries: its scratch directory."""

OUTSIDE = "outside.txt"
"""File of a scratch directory that lists, a line each, files elsewhere to remove with it."""


def marked(entry: str) -> list[int]:
    """Find the processes, bar this one, started with ``entry`` (NAME=value) in the environment."""
    found = []
    for pid in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # it has ended, or is another user's
            continue
        if pid != os.getpid() and os.fsencode(entry) in environment.split(b"\0"):
            found.append(pid)
    return found


def sweep(entry: str, patience: float = 10.0) -> None:
    """Kill what ``marked`` finds until two looks in a row find nothing.

    One look is not enough: a process that was being started has no environment yet.
    """
    deadline, quiet = time.monotonic() + patience, 0
    while quiet < 2 and time.monotonic() < deadline:
        pids = marked(entry)
        for pid in pids:
            kill(pid)
        quiet = 0 if pids else quiet + 1
        time.sleep(0.02)


def kill(pid: int) -> None:
    """Send SIGKILL to a process that may have ended already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def clean(scratch: Path) -> None:
    """End the processes of ``scratch`` and remove it, and the files named in its ``OUTSIDE``."""
    sweep(f"{MARK}={scratch}")
    outside = scratch / OUTSIDE
    for line in outside.read_text().splitlines() if outside.exists() else ():
        Path(line).unlink(missing_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)


def main() -> None:
    """Guard one new scratch directory until standard input ends."""
    scratch = Path(tempfile.mkdtemp(prefix="localaws-"))
    sys.stdout.write(f"{scratch}\n")
    sys.stdout.flush()
    sys.stdin.read()
    clean(scratch)


if __name__ == "__main__":
    main()
