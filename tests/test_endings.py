"""However a parallel run ends, its workers end with it and leave no temporary file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psutil
import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0  # seconds


@pytest.fixture
def run(circle: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A parallel run that trains; its temporary folder is `tmp`."""
    temporary = mkdtemp(prefix="run-")  # short, since the address of a socket stands in it
    (tmp_path / "tmp").symlink_to(temporary)
    longer = ",".join(f"modeling.{name}.word2vec.epochs=3000" for name in ("near", "wide"))
    command = [sys.executable, "-m", "kedro", "run", "--env", "test"]
    command += ["--runner=next_song.runner.LongestFirstRunner"]
    command += [f"--params=input={circle},data_root={tmp_path}/data,{longer}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DO_NOT_TRACK": "1", "TMPDIR": temporary},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    for one in [*psutil.Process(process.pid).children(recursive=True)] if is_there(process) else []:
        one.kill()
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()
    rmtree(temporary)


def is_there(process: subprocess.Popen[str]) -> bool:
    return process.poll() is None


def training(run: subprocess.Popen[str], root: Path) -> list[psutil.Process]:
    """The processes of the run, as soon as its workers train."""
    corpus = root / "data/05_model_input/refit_corpus.txt"
    parent = psutil.Process(run.pid)
    while not (corpus.exists() and len(parent.children(recursive=True)) >= 3):
        assert is_there(run), run.communicate()[0]
        time.sleep(0.05)
    return parent.children(recursive=True)


def all_gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return not alive


@pytest.mark.fault
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_workers_end_with_the_run(
    run: subprocess.Popen[str],
    tmp_path: Path,
    ending: signal.Signals,
    says: Callable[[object], None],
) -> None:
    workers = training(run, tmp_path)
    run.send_signal(ending)
    assert run.wait(PATIENCE) == -ending
    assert all_gone(workers)
    says(f"status {run.returncode}, {len(workers)} workers gone")
    left = [path.name for path in (tmp_path / "tmp").iterdir()]
    assert [name for name in left if name.startswith("pymp-")] == []
    if ending != signal.SIGKILL:
        assert left == []
    assert not list((tmp_path / "data").rglob("*.lock")) or ending == signal.SIGKILL


@pytest.mark.fault
def test_a_worker_that_is_killed_ends_the_run(
    run: subprocess.Popen[str], tmp_path: Path, says: Callable[[object], None]
) -> None:
    busiest = max(training(run, tmp_path), key=lambda one: sum(one.cpu_times()[:2]))
    busiest.kill()
    output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1
    last = output.splitlines()[-1]
    says(last)
    assert last.startswith("Error: run: found a worker process gone without an answer")
    assert "Traceback" not in output
