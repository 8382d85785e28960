"""The guard of a stand-in: a process that outlives it and cleans up after it.

As a script, it creates the scratch directory, prints its name and waits. When the process at the
other end of its standard input ends, for whatever reason (a clean exit, an exception,
``kill -9``), it kills every process that has the mark of that directory, and removes the
directory. It needs only the standard library, and Linux (``/proc``).
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
"""The environment variable that marks every process that a stand-in starts: its scratch directory.

``localaws up`` does not export it: what a person starts beside the stand-in must live on.
"""

FOLDER = "LOCALAWS_FOLDER"
"""The variable that tells a command, or the caller of ``localaws up``, the scratch directory."""

OUTSIDE = "outside.txt"
"""The file in a scratch directory that lists, one per line, other files to remove with it."""


def marked(entry: str) -> list[int]:
    """Returns the other processes that were started with ``entry`` (NAME=value) as a variable."""
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
    """Kills what ``marked`` returns, until it returns nothing twice in a row.

    Once is not enough: a process that is being started has no environment yet.
    """
    deadline, quiet = time.monotonic() + patience, 0
    while quiet < 2 and time.monotonic() < deadline:
        pids = marked(entry)
        for pid in pids:
            kill(pid)
        quiet = 0 if pids else quiet + 1
        time.sleep(0.02)


def kill(pid: int) -> None:
    """Sends SIGKILL to a process that may have ended already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def clean(scratch: Path) -> None:
    """Ends the processes of ``scratch``, and removes it with the files that ``OUTSIDE`` lists."""
    sweep(f"{MARK}={scratch}")
    outside = scratch / OUTSIDE
    for line in outside.read_text().splitlines() if outside.exists() else ():
        Path(line).unlink(missing_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)


def main() -> None:
    """Guards one new scratch directory until standard input ends."""
    scratch = Path(tempfile.mkdtemp(prefix="localaws-"))
    sys.stdout.write(f"{scratch}\n")
    sys.stdout.flush()
    sys.stdin.read()
    clean(scratch)


if __name__ == "__main__":
    main()
