"""Put faults into a copy of the project, one at a time, and say which ones no test finds.

`python -m mutants` draws `--most` faults; `--in retrieval` keeps to one folder of AREAS. It writes
each fault and the tests that found it to build/mutants-CODE.csv, and prints it, and a row per file.
CODE is a hash of source and tests: with `--continue`, a run goes on with what an interrupted one of
the same code left.
"""

import argparse
import os
import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants.areas import AREAS, area_of, tests_of
from mutants.faults import Fault, faults
from mutants.reach import Reach, order
from mutants.record import Record
from mutants.trial import begin, reach, tried

ROOT = Path(__file__).parents[2]


def main() -> None:
    asked = _arguments()
    os.chdir(ROOT)
    found = [fault for path in _files(asked.areas) for fault in faults(path)]
    chosen = random.Random(asked.seed).sample(found, min(asked.most, len(found)))
    print(f"{len(chosen)} of {len(found)} faults, drawn with seed {asked.seed}", flush=True)
    record = Record(ROOT, asked.go_on)
    chosen = [fault for fault in chosen if fault not in record.killers]
    with (
        TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(asked.jobs, get_context("fork"), begin, (ROOT, folder)) as pool,
    ):
        try:
            for fault, killer in _tried(chosen, _reaches(chosen, pool), pool, asked.jobs):
                record.add(fault, killer)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _table(record.killers)


def _reaches(chosen: list[Fault], pool: Executor) -> dict[str, Reach]:
    """Returns what each file of tests runs, of the areas of the faults."""
    areas = {area_of(fault.path) for fault in chosen}
    files = sorted({file for area in areas for file in tests_of(area)})
    reaches = {}
    for file, found in zip(files, pool.map(reach, files), strict=True):
        reaches[file] = found
        print(f"{found.seconds:.0f} s without a fault: {file}", flush=True)
    return reaches


def _tried(
    chosen: list[Fault], reaches: dict[str, Reach], pool: Executor, jobs: int
) -> Iterator[tuple[Fault, str | None]]:
    """Gives each fault with the file of tests that found it, or None."""
    killers: defaultdict[Path, list[str]] = defaultdict(list)
    running: dict[Future[str | None], Fault] = {}
    waiting = deque(chosen)
    while waiting or running:
        while waiting and len(running) < jobs:
            fault = waiting.popleft()
            of_area = {file: reaches[file] for file in tests_of(area_of(fault.path))}
            tests = {
                file: reaches[file].seconds for file in order(fault, of_area, killers[fault.path])
            }
            running[pool.submit(tried, fault, tests)] = fault
        for ended in wait(running, return_when=FIRST_COMPLETED).done:
            fault, killer = running.pop(ended), ended.result()
            killers[fault.path] += [killer] if killer else []
            yield fault, killer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--in", dest="areas", choices=AREAS, nargs="+", default=list(AREAS))
    parser.add_argument("--most", type=int, default=400, help="faults to try (default: 400)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="faults at a time (default: 2)")
    parser.add_argument("--continue", dest="go_on", action="store_true", help="keep what was tried")
    return parser.parse_args()


def _files(areas: list[str]) -> list[Path]:
    """Returns the Python and SQL files of areas, relative to the project, sorted."""
    paths = (path.relative_to(ROOT) for path in (ROOT / "src/next_song").rglob("*"))
    files = (path for path in paths if path.suffix in (".py", ".sql"))
    return sorted(path for path in files if area_of(path) in areas)


def _table(killers: dict[Fault, str | None]) -> None:
    tried_in = Counter(str(fault.path) for fault in killers)
    killed_in = Counter(str(fault.path) for fault, killer in killers.items() if killer)
    for path, count in sorted(tried_in.items()):
        print(f"{killed_in[path]:4} of {count:4}  {path}")
    killed, count = killed_in.total(), len(killers)
    print(f"{killed:4} of {count:4}  killed: {killed / max(count, 1):.1%}")


if __name__ == "__main__":
    main()
