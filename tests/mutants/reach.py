"""Which lines a file of tests runs, and which of these files can find a fault."""

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage

from mutants.areas import READS_CODE
from mutants.faults import Fault


@dataclass(frozen=True)
class Reach:
    """What a file of tests runs: the lines of each file of src, by its path in the project.

    lines: None if a test fails only while coverage measures it.
    """

    seconds: float
    lines: Mapping[str, frozenset[int]] | None

    def runs(self, path: str, span: range) -> bool:
        """Whether the tests run one of these lines, as far as is known."""
        return self.lines is None or any(line in span for line in self.lines.get(path, ()))


def measured(run: Callable[[], int], folder: Path) -> int:
    """Runs tests and writes to the folder which lines they run, also in processes they start."""
    cover = coverage.Coverage(folder / "lines", data_suffix=True, source=["next_song"])
    cover.set_option("run:patch", ["_exit", "fork", "subprocess"])
    with cover.collect():
        status = run()
    cover.save()
    return status


def read(folder: Path) -> dict[str, frozenset[int]]:
    """Returns what `measured` wrote."""
    cover = coverage.Coverage(folder / "lines")
    with warnings.catch_warnings(action="ignore"):  # what a killed process has half written
        cover.combine([str(folder)])
    data = cover.get_data()
    return {
        str(Path(file).relative_to(Path.cwd())): frozenset(data.lines(file) or [])
        for file in data.measured_files()
    }


def order(fault: Fault, reaches: Mapping[str, Reach], killers: Sequence[str]) -> list[str]:
    """Returns the files of tests that run the function of a fault, the likeliest to fail first.

    If the fault is in no function: those that import its module. If it is in SQL, or no test is
    seen to run it: all of them, since a process that is killed does not say what it ran. killers:
    the files that found a fault in the same file of src, the latest last. They come first, then
    the file of the same name, then quick ones.
    """
    path = str(fault.path)
    span = _function(fault) if fault.path.suffix == ".py" else None
    found = [tests for tests, reach in reaches.items() if span and reach.runs(path, span)]

    def rank(tests: str) -> tuple[int, bool, float]:
        age = killers[::-1].index(tests) if tests in killers else len(killers)
        return age, Path(tests).stem != f"test_{fault.path.stem}", reaches[tests].seconds

    return sorted({READS_CODE, *found} if found else reaches, key=rank)


def _function(fault: Fault) -> range:
    """Returns the lines of the innermost function of a fault, those of its file if it has none."""
    code = fault.path.read_text("utf-8")
    number = int(fault.line().partition(":")[0])
    bodies = [
        range(node.body[0].lineno, (node.end_lineno or 0) + 1)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    around = [body for body in bodies if number in body]
    return min(around, key=len, default=range(len(code.split("\n")) + 1))
