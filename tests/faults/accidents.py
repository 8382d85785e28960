"""What happens to a run while it works, and what must hold afterwards."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil
from conftest import hashes

from faults.runs import Runs

PATIENCE = 60.0  # seconds in which all processes of a run must end
FULL = "disk full"


@dataclass(frozen=True)
class Accident:
    """what: the name of a signal, or FULL. parallel, worker: where it happens.

    again: options of the run that follows.
    """

    what: str
    parallel: bool
    worker: bool
    seconds: float
    again: tuple[str, ...]

    def __str__(self) -> str:
        run = "parallel" if self.parallel else "sequential"
        who = "a worker" if self.worker else "the run"
        return f"{run:10} {self.what:9} to {who:8} after {self.seconds:6.1f} s"


def accidents(longest: float, disk: bool) -> Iterator[Accident]:
    """Yields accidents without end, the same for each call; every fifth one is a full disk."""
    draw = random.Random(1)
    for number in count():
        parallel, full = number % 2 == 1, disk and number % 5 == 4
        worker = parallel and not full and draw.random() < 0.4
        names = ["SIGKILL"] if worker else ["SIGKILL", "SIGTERM", "SIGINT"]
        what = FULL if full else draw.choice(names)
        again = draw.choice([(), ("--only-missing-outputs",)])
        yield Accident(what, parallel, worker, draw.uniform(0, longest), again)


def happen(accident: Accident, runs: Runs, root: Path, expected: dict[str, str]) -> list[str]:
    """Returns what is wrong after an accident, and after the run that follows it."""
    process = runs.start(root, accident.parallel)
    time.sleep(accident.seconds)
    run = psutil.Process(process.pid)  # if it has ended, it is still known, since nobody waited
    family = [run, *run.children(recursive=True)]
    wrong = _struck(accident, family) if accident.what != FULL else _filled(family, runs)
    found = [one for one in results(root) if not one[0].endswith(".lock")]
    wrong += [f"not whole: {name}" for name, each in found if each != expected.get(name)]
    if runs.start(root, False, *accident.again).wait():
        wrong.append("the next run failed")
    different = {name for name, _ in set(results(root)) ^ expected.items()}
    wrong += [f"other bytes: {name}" for name in sorted(different)]
    left = runs.removed(root)
    workers_remove = accident.parallel and not accident.worker  # what a killed run leaves
    if accident.what != "SIGKILL" or workers_remove:
        wrong += [f"left behind: {name}" for name in left]
    return wrong


def results(root: Path) -> list[tuple[str, str]]:
    """Returns the files that a reader could take for a result, each with its hash."""
    found = hashes(root) if root.exists() else {}
    names = {name for name in found if not Path(name).name.startswith(".part-")}
    return [(name, found[name]) for name in sorted(names)]


def _struck(accident: Accident, family: list[psutil.Process]) -> list[str]:
    """Sends the signal to the run, or to a worker that is busy; returns what stays of them.

    family: the run, then its workers.
    """
    busy = [one for one in family[1:] if _is_busy(one)]
    target = random.Random(1).choice(busy) if accident.worker and busy else family[0]
    with suppress(psutil.NoSuchProcess):
        target.send_signal(signal.Signals[accident.what])
    return _left(family, PATIENCE)


def _is_busy(worker: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return sum(worker.cpu_times()[:2]) > 1
    return False


def _filled(family: list[psutil.Process], runs: Runs) -> list[str]:
    """Takes all room that is left on the disk until the run has ended; returns what stays of it."""
    filled, disk = runs.folder / "filled", os.statvfs(runs.folder)
    with filled.open("wb", buffering=0) as file, suppress(OSError):  # until there is no more
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize)
        file.seek(0, os.SEEK_END)
        while True:
            file.write(bytes(2**20))
    wrong = _left(family, PATIENCE + runs.longest)
    filled.unlink()
    return wrong


def _left(family: list[psutil.Process], seconds: float) -> list[str]:
    """Waits for processes to end, and kills those that do not; returns how many, in a sentence."""
    _, alive = psutil.wait_procs(family, timeout=seconds)
    for one in alive:
        one.kill()
    return [f"{len(alive)} processes left after {seconds:.0f} s"] if alive else []
