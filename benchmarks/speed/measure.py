"""Measuring: two ways of doing the same, side by side, and what a process takes."""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """A line of the table: a part, what it is measured against, and the ratio that should hold.

    ours, theirs: in `unit`. goal: what the ratio ours / theirs may be `at most` or must be
    `at least`. Without `theirs`, the goal is for ours alone.
    """

    part: str
    against: str
    unit: str
    ours: float
    theirs: float | None
    goal: float | None
    at_most: bool = True
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours over theirs; ours alone where nothing stands against it."""
        return self.ours if self.theirs is None else self.ours / self.theirs

    @property
    def met(self) -> bool:
        """Whether the goal is reached; true without one."""
        if self.goal is None:
            return True
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def side_by_side(
    ours: Callable[[], Any], theirs: Callable[[], Any], repeats: int
) -> tuple[float, float]:
    """Median seconds of both, measured in turns, so that a slow minute of the machine hits both."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


@dataclass(frozen=True)
class Apart:
    """What a function gave in a process of its own, its seconds and the most memory it held."""

    result: Any
    seconds: float
    peak_gib: float


def apart(function: Callable[..., Any], *given: Any) -> Apart:
    """Call a function of a module in a new process: imports before, then the clock starts."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_measured, function, given).result()


def _measured(function: Callable[..., Any], given: tuple[Any, ...]) -> Apart:
    started = time.perf_counter()
    result = function(*given)
    return Apart(result, time.perf_counter() - started, peak_gib())


def peak_gib() -> float:
    """The most memory that this process ever held, by the kernel (VmHWM).

    Not ru_maxrss: a new process starts with that of the process that started it.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    held = next(line for line in lines if line.startswith("VmHWM"))
    return int(held.split()[1]) / 2**20
