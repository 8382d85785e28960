"""The scratch directory of a stand-in, and the processes that run in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from localaws import guard

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens loopback URLs without a proxy, whatever the environment says."""

NO_NETWORK = {
    # Port 9 refuses at once, so no process waits for a metadata service or leaves loopback.
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "no_proxy": "127.0.0.1,localhost",
}


@contextmanager
def guarded() -> Iterator[Path]:
    """Yields a scratch directory, which is removed at the end with every process that it marks.

    The end is that of the block or of this process: in both cases, the guard notices that its pipe
    closes. The guard runs in a session of its own, where Ctrl-C does not reach it, and without the
    mark of a stand-in around this one.
    """
    environment = {k: v for k, v in os.environ.items() if k != guard.MARK}
    watcher = subprocess.Popen(
        [sys.executable, "-I", guard.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    line = watcher.stdout.readline() if watcher.stdout else b""
    scratch = Path(line.decode().rstrip("\n"))
    if not scratch.is_absolute():  # "." would be cleaned at the end
        watcher.communicate()
        raise RuntimeError(
            f"localaws: found that its guard ended with status {watcher.returncode} before it made "
            "a scratch directory; expected a temporary folder with space in it: see the error above"
        )
    try:
        yield scratch
    finally:
        watcher.communicate()
        if watcher.returncode:
            guard.clean(scratch)


def harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment without variables that may lead to a real account."""
    mine = re.compile(r"AWS_|METAFLOW_(?!USER$)")
    return {name: value for name, value in environment.items() if not mine.match(name)}


def confined(scratch: Path, home: Path, path: str) -> dict[str, str]:
    """Returns the smallest environment for a process that must leave nothing and reach nothing.

    ``home`` is its directory below ``scratch``; ``path`` its search path. The ``OPENBLAS_*``
    variables of this process are kept: they choose how OpenBLAS computes, and the last digits of
    its results depend on that. A program then writes the same bytes in a job as outside.
    """
    arithmetic = {k: v for k, v in os.environ.items() if k.startswith("OPENBLAS_")}
    return {
        **arithmetic,
        "PATH": path,
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home),
        guard.MARK: str(scratch),
        **NO_NETWORK,
    }


def python_path(python: str) -> str:
    """Returns a search path with the folder of ``python`` and the tools of the system."""
    return f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin"


def spawn(
    command: list[str], env: Mapping[str, str], cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own, with its output in ``log``."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
