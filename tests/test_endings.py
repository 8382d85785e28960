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

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0  # seconds


@pytest.fixture
def start(circle: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a parallel run that trains long, with more parameters; its temporary folder is `tmp`.

    Its stdout and stderr are one pipe; with a stdout given, stderr alone is a pipe.
    """
    temporary = mkdtemp(prefix="run-")  # short, since the address of a socket stands in it
    (tmp_path / "tmp").symlink_to(temporary)
    longer = ",".join(f"modeling.{name}.word2vec.epochs=3000" for name in ("near", "wide"))
    started: list[subprocess.Popen[str]] = []

    def begin(more: str = "", stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "kedro", "run", "--env", "test"]
        command += ["--runner=next_song.runner.LongestFirstRunner"]
        command += [f"--params=input={circle},data_root={tmp_path}/data,{longer}{more}"]
        started.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"DO_NOT_TRACK": "1", "TMPDIR": temporary},
                stdout=stdout,
                stderr=subprocess.STDOUT if stdout == subprocess.PIPE else subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        return started[0]

    yield begin
    (process,) = started
    for one in [*psutil.Process(process.pid).children(recursive=True)] if is_there(process) else []:
        one.kill()
    process.kill()
    process.communicate()
    rmtree(temporary)


@pytest.fixture
def run(start: Callable[..., subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Such a run."""
    return start()


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
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == []
    assert not list((tmp_path / "data").rglob("*.lock")) or ending == signal.SIGKILL


@pytest.mark.fault
def test_workers_end_at_ctrl_c(
    run: subprocess.Popen[str], tmp_path: Path, says: Callable[[object], None]
) -> None:
    workers = training(run, tmp_path)
    os.killpg(run.pid, signal.SIGINT)  # a terminal sends it to all of them
    assert run.wait(PATIENCE) == 1
    assert all_gone(workers)
    says(f"status {run.returncode}, {len(workers)} workers gone")
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == []
    assert not list((tmp_path / "data").rglob("*.part-*"))


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


@pytest.mark.fault
def test_a_candidate_that_fails_ends_the_training_of_the_others(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, says: Callable[[object], None]
) -> None:
    (tmp_path / "data/06_models").mkdir(parents=True)
    (tmp_path / "data/06_models/near").touch()  # where a folder belongs
    epochs = {"large": 100_000, "near": 5, "wide": 5}
    run = start("".join(f",modeling.{name}.word2vec.epochs={n}" for name, n in epochs.items()))
    output, _ = run.communicate(timeout=4 * PATIENCE)
    last = output.splitlines()[-1]
    says(last)
    assert run.returncode == 1
    assert last.startswith("Error: ")
    assert "06_models/near" in last


@pytest.mark.fault
def test_a_candidate_that_has_no_song_fails_before_another_is_trained(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, says: Callable[[object], None]
) -> None:
    run = start(",modeling.tutorial_10.word2vec.min_count=999")  # the last one to be trained
    output, _ = run.communicate(timeout=4 * PATIENCE)
    last = output.splitlines()[-1]
    says(last)
    assert run.returncode == 1
    assert last.startswith("Error: modeling.tutorial_10.word2vec.min_count: found 999, but no song")
    assert not list((tmp_path / "data").glob("06_models/*"))


@pytest.mark.fault
def test_a_log_without_room_ends_the_run_in_one_line(
    start: Callable[..., subprocess.Popen[str]], says: Callable[[object], None]
) -> None:
    with Path("/dev/full").open("w") as full:
        run = start(stdout=full.fileno())
    _, told = run.communicate(timeout=4 * PATIENCE)
    says(told)
    assert run.returncode == 1
    assert told == (
        "Error: log: found No space left on device; expected standard output to take lines: give "
        "another file or disk\n"
    )


@pytest.mark.fault
def test_a_run_that_nobody_reads_ends(
    start: Callable[..., subprocess.Popen[str]], says: Callable[[object], None]
) -> None:
    """As with `kedro run | head -1`."""
    ours, theirs = os.pipe()
    run = start(stdout=theirs)
    os.close(theirs)
    assert os.read(ours, 10)
    os.close(ours)
    _, told = run.communicate(timeout=4 * PATIENCE)
    says(f"status {run.returncode}, {len(told.splitlines())} lines")
    assert run.returncode == 1
    assert told == ""
