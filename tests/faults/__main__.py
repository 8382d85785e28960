"""Lets accidents happen to runs at random moments: `python -m faults [RUNS]`, by `make faults`.

Runs are sequential and parallel by turns; the run itself or one of its workers gets SIGKILL,
SIGTERM or SIGINT, or the disk becomes full. Afterwards no process may be left, and each file must
be whole or absent. The next run, of everything or with --only-missing-outputs, must give the bytes
of an undisturbed one. It ends with status 1 if any of it fails. Options after -- are those of
`kedro run`.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from circle import write_circle

from faults.accidents import accidents, happen, results
from faults.runs import Runs


def main() -> int:
    """Returns the number of accidents after which something is wrong."""
    asked = _arguments()
    with TemporaryDirectory(dir=asked.disk) as folder, TemporaryDirectory() as elsewhere:
        source = asked.input or Path(folder, "circle.csv.gz")
        if not asked.input:
            write_circle(source)
        log = Path(elsewhere, "log.txt")  # it has room when the disk is full
        return _all(asked, Runs(source.resolve(), Path(folder), log, asked.options))


def _all(asked: argparse.Namespace, runs: Runs) -> int:
    root = runs.folder / "run"
    runs.undisturbed(root)
    expected = dict(results(root))
    _say(f"undisturbed: {len(expected)} files, {runs.longest:.0f} s")
    shutil.rmtree(root)
    failed, begun = 0, time.monotonic()
    for number, accident in enumerate(accidents(runs.longest, asked.disk is not None), start=1):
        if number > asked.runs or (asked.minutes and time.monotonic() - begun > 60 * asked.minutes):
            _say(f"{number - 1 - failed} of {number - 1} sound")
            break
        wrong = happen(accident, runs, root, expected)
        failed += bool(wrong)
        _say(f"{number:3} {accident}: {'; '.join(wrong) or 'sound'}")
        shutil.rmtree(root, ignore_errors=True)
    return failed


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=40, help="accidents (default: 40)")
    parser.add_argument("--minutes", type=float, help="begin none after so many minutes")
    parser.add_argument("--input", type=Path, help="playlists instead of 400 small ones")
    parser.add_argument("--disk", type=Path, help="a folder on a disk that may become full")
    given = sys.argv[1:]
    end = given.index("--") if "--" in given else len(given)
    asked = parser.parse_args(given[:end])
    asked.options = given[end + 1 :]
    return asked


if __name__ == "__main__":
    sys.exit(bool(main()))
