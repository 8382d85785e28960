"""Kills runs at random moments: `python -m faults [RUNS]`, by `make faults`.

Runs are sequential and parallel by turns; the run itself or one of its workers gets SIGKILL,
SIGTERM or SIGINT. Afterwards no process may be left, and each file must be whole or absent. The
next run, of everything or with --only-missing-outputs, must give the bytes of an undisturbed one.
It ends with status 1 if any of it fails.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil
from circle import write_circle
from conftest import hashes

PROJECT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds in which all processes of a run must end
PARALLEL = "--runner=next_song.runner.LongestFirstRunner"


class Kill(NamedTuple):
    """A run to be killed: how it runs, when it is killed, by what, and how the next one runs."""

    runner: list[str]
    seconds: float
    signal: signal.Signals
    worker: bool
    again: list[str]

    def __str__(self) -> str:
        run = "parallel" if self.runner else "sequential"
        who = "a worker" if self.worker else "the run"
        return f"{run:10} {self.signal.name:7} to {who:8} after {self.seconds:5.1f} s"


def kills(count: int, longest: float) -> Iterator[Kill]:
    """Yields as many kills, the same for each call."""
    draw = random.Random(1)
    for number in range(count):
        parallel = number % 2 == 1
        worker = parallel and draw.random() < 0.4
        ends = [signal.SIGKILL] if worker else [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
        yield Kill(
            [PARALLEL] if parallel else [],
            draw.uniform(0, longest),
            draw.choice(ends),
            worker,
            draw.choice([[], ["--only-missing-outputs"]]),
        )


def start(source: Path, root: Path, *options: str) -> subprocess.Popen[bytes]:
    """Starts a run as a person does."""
    command = [sys.executable, "-m", "kedro", "run", "--env", "test", *options]
    return subprocess.Popen(
        [*command, f"--params=input={source},data_root={root}"],
        cwd=PROJECT,
        env=os.environ | {"DO_NOT_TRACK": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def strike(run: subprocess.Popen[bytes], kill: Kill) -> list[psutil.Process]:
    """Kills a run when its moment has come, and returns the processes that it had."""
    time.sleep(kill.seconds)
    try:
        workers = psutil.Process(run.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    busy = [one for one in workers if one.is_running() and sum(one.cpu_times()[:2]) > 1]
    target = random.Random(1).choice(busy).pid if kill.worker and busy else run.pid
    os.kill(target, kill.signal)
    return workers


def written(root: Path) -> dict[str, str]:
    """Returns the hash of each file that a reader could take for a result."""
    found = hashes(root) if root.exists() else {}
    return {name: each for name, each in found.items() if not Path(name).name.startswith(".part-")}


def try_one(kill: Kill, source: Path, root: Path, expected: dict[str, str]) -> list[str]:
    """Returns what is wrong after a kill, and after the run that follows it."""
    run = start(source, root, *kill.runner)
    _, alive = psutil.wait_procs(strike(run, kill), timeout=PATIENCE)
    wrong = [f"{len(alive)} processes left"] if alive else []
    run.wait(PATIENCE)
    files = {name: each for name, each in written(root).items() if not name.endswith(".lock")}
    broken = [name for name, each in files.items() if each != expected[name]]
    wrong += [f"not whole: {name}" for name in broken]
    if start(source, root, *kill.again).wait():
        wrong.append("the next run failed")
    different = {name for name, _ in written(root).items() ^ expected.items()}
    return wrong + [f"other bytes: {name}" for name in sorted(different)]


def main(count: int) -> int:
    """Kills as many runs and returns the number of those after which something is wrong."""
    failed = 0
    with TemporaryDirectory() as folder:
        source = Path(folder, "circle.csv.gz")
        write_circle(source)
        started = time.monotonic()
        start(source, Path(folder, "undisturbed")).wait()
        longest, expected = time.monotonic() - started, written(Path(folder, "undisturbed"))
        print(f"undisturbed: {len(expected)} files, {longest:.0f} s", flush=True)  # noqa: T201
        for number, kill in enumerate(kills(count, longest), start=1):
            wrong = try_one(kill, source, Path(folder, str(number)), expected)
            failed += bool(wrong)
            print(f"{number:3} {kill}: {'; '.join(wrong) or 'sound'}", flush=True)  # noqa: T201
    print(f"{count - failed} of {count} sound")  # noqa: T201
    return failed


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if sys.argv[1:] else 40)))
