"""Tries a fault: the tests run in a forked process, on a copy of the project that has the fault.

Forking saves the import of libraries, which takes longer than most tests. So this process imports
them and nothing of next_song. What it compiles is read back where the source has the same hash.
"""

import compileall
import gc
import importlib
import operator
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
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
CPU_SECONDS, SECONDS = 300, 1800  # a fault may loop for ever


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
    began = time.monotonic()
    with _folder() as wrote:
        passed = _pass([tests], wrote, partial(measured, folder=wrote))
        seconds, lines = time.monotonic() - began, read(wrote) if passed else None
    with _folder() as wrote:
        if lines is None and not _pass([tests], wrote):
            said = Path(OUTPUT).read_text("utf-8").splitlines()
            named = [line for line in said if line.startswith(("FAILED", "ERROR"))] or said[-1:]
            raise RuntimeError(f"{tests}: found tests that fail without a fault: {named}")
    return Reach(seconds, lines)


def tried(fault: Fault, tests: Sequence[str]) -> str | None:
    """Runs tests until one of them fails, and returns its file; None if all pass.

    Where the tests end in another way, such as a loop without end, it is the first of the files.
    """
    whole = fault.path.read_text("utf-8")
    fault.path.write_text(fault.text(), "utf-8")
    try:
        with _folder() as wrote:
            passed = _pass(tests, wrote)
    finally:
        fault.path.write_text(whole, "utf-8")
    failed = re.search(r"^(?:FAILED|ERROR) ([^\s:]+)", Path(OUTPUT).read_text("utf-8"), re.M)
    return None if passed else failed[1] if failed else tests[0]


@contextmanager
def _folder() -> Iterator[Path]:
    # beside the copy, since a folder below it would be in a project
    with TemporaryDirectory(dir=Path.cwd().parent, ignore_cleanup_errors=True) as wrote:
        yield Path(wrote)


def _pass(
    tests: Sequence[str], wrote: Path, run: Callable[[Callable[[], int]], int] = operator.call
) -> bool:
    child = os.fork()
    if child:
        try:
            status = os.waitpid(child, 0)[1]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # what the tests have started
        return os.waitstatus_to_exitcode(status) == pytest.ExitCode.OK
    try:
        _limit(str(wrote))
        os._exit(run(lambda: pytest.main([*QUIET, f"--basetemp={wrote}/tests", *tests])))
    finally:
        os._exit(pytest.ExitCode.INTERNAL_ERROR)


def _limit(wrote: str) -> None:
    os.setsid()
    os.environ["TMPDIR"] = tempfile.tempdir = wrote
    with open(OUTPUT, "w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
