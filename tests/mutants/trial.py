"""Tries a fault: the tests run in a forked process, on a copy of the project that has the fault.

Forking saves the import of libraries, which takes longer than most tests. So this process imports
them and nothing of next_song. What it compiles is read back where the source has the same hash.
"""

import compileall
import gc
import importlib
import operator
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from hypothesis import Phase

from mutants.faults import Fault
from mutants.reach import Reach, measured, read

LIBRARIES = [
    *("anyio.pytest_plugin", "boto3", "duckdb", "hypothesis", "kedro.framework.session", "pandas"),
    *("coverage", "pyarrow.parquet", "pytest_cov.plugin", "scipy.stats", "tensorflow", "xdist"),
]
QUIET = [
    *("-x", "-q", "-p", "no:cacheprovider", "--assert=plain"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning", "--hypothesis-profile=mutants"),
]
# the smallest example that fails is not looked for: one is enough
hypothesis.settings.register_profile(
    "mutants", deadline=None, phases=[Phase.explicit, Phase.generate]
)
OUTPUT = "mutants.log"  # of the tests that ran last
Run = Callable[[Callable[[], int]], int]  # runs tests, and returns the exit status
SECONDS = 1800.0  # at most for a file of tests
# a fault may loop: its tests may take a minute, and five times as long as without it
LEAST, TIMES = 60, 5


def begin(root: Path, folder: str) -> None:
    """Copies the project into the folder for this process, and imports what its tests import."""
    copy = Path(tempfile.mkdtemp(dir=folder))
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, check=True
    )
    for name in listed.stdout.decode().splitlines():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target)
    os.chdir(copy)
    sys.path[:0] = [str(copy / "src")]
    os.environ["PYTHONPATH"] = str(copy / "src")  # for processes that tests start
    sys.dont_write_bytecode = True  # or a fault of the same size would not be read
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # else TensorFlow logs a greeting on import
    for folder_of_code in ("src", "tests", "packages"):
        compileall.compile_dir(
            copy / folder_of_code, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH
        )
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()  # or every child would look through all that is imported


def reach(tests: str) -> Reach:
    """Returns what a file of tests runs; ends with an error if a test fails without any fault."""
    with _folder() as wrote:
        seconds, status = _run(tests, wrote, partial(measured, folder=wrote))
        if status == pytest.ExitCode.OK:
            return Reach(seconds, read(wrote))
    with _folder() as wrote:
        seconds, status = _run(tests, wrote)
    if status == pytest.ExitCode.OK:
        return Reach(seconds, None)
    said = Path(OUTPUT).read_text("utf-8", "replace").splitlines()
    named = [line for line in said if line.startswith(("FAILED", "ERROR"))] or said[-1:]
    raise RuntimeError(f"{tests}: found status {status} without a fault: {named}; expected 0")


def tried(fault: Fault, files: Mapping[str, float]) -> str | None:
    """Runs files of tests until one of them fails or takes too long, and returns it, or None.

    files: the seconds that each takes without a fault, in the order in which they are run.
    """
    whole = fault.path.read_text("utf-8")
    fault.path.write_text(fault.text(), "utf-8")
    try:
        return next((tests for tests in files if _fails(tests, LEAST + TIMES * files[tests])), None)
    finally:
        fault.path.write_text(whole, "utf-8")


def _fails(tests: str, limit: float) -> bool:
    with _folder() as wrote:
        return _run(tests, wrote, limit=limit)[1] != pytest.ExitCode.OK


@contextmanager
def _folder() -> Iterator[Path]:
    # beside the copy, since a folder below it would be in a project
    with TemporaryDirectory(dir=Path.cwd().parent, ignore_cleanup_errors=True) as wrote:
        yield Path(wrote)


def _run(
    tests: str, wrote: Path, run: Run = operator.call, limit: float = SECONDS
) -> tuple[float, int]:
    """Runs a file of tests in a process of its own; returns its seconds and its exit status."""
    began, child = time.monotonic(), os.fork()
    if child:
        try:
            status = os.waitpid(child, 0)[1]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # what the tests have started
        return time.monotonic() - began, os.waitstatus_to_exitcode(status)
    try:
        _begin(str(wrote), int(limit))
        os._exit(run(lambda: pytest.main([*QUIET, f"--basetemp={wrote}/tests", tests])))
    finally:
        os._exit(pytest.ExitCode.INTERNAL_ERROR)


def _begin(wrote: str, limit: int) -> None:
    os.setsid()
    os.environ["TMPDIR"] = tempfile.tempdir = wrote
    with open(OUTPUT, "w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    signal.alarm(limit)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
