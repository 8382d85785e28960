"""Put faults into a copy of the project, one at a time, and say which ones no test finds.

`python -m mutants` draws `--most` faults; `--in retrieval` keeps to one folder of AREAS. It writes
each fault with its outcome to build/mutants.csv, and prints it, and a row per file.
"""

import argparse
import csv
import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants.areas import AREAS, area_of, tests_of
from mutants.faults import Fault, faults
from mutants.reach import order
from mutants.trial import Outcome, begin, reach, tried

ROOT = Path(__file__).parents[2]


def main() -> None:
    asked = _arguments()
    os.chdir(ROOT)
    found = [fault for path in _files(asked.areas) for fault in faults(path)]
    chosen = random.Random(asked.seed).sample(found, min(asked.most, len(found)))
    print(f"{len(chosen)} of {len(found)} faults, drawn with seed {asked.seed}", flush=True)
    by_area = {area: tests_of(area) for area in {area_of(fault.path) for fault in chosen}}
    outcomes = []
    with (
        TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(asked.jobs, get_context("fork"), begin, (ROOT, folder)) as pool,
    ):
        try:
            files = sorted({file for files in by_area.values() for file in files})
            reaches = dict(zip(files, pool.map(reach, files), strict=True))
            work = {}
            for fault in chosen:
                nearest = {file: reaches[file] for file in by_area[area_of(fault.path)]}
                work[pool.submit(tried, fault, order(fault, nearest))] = fault
            for ended in as_completed(work):
                fault, outcome = work[ended], ended.result()
                outcomes.append((fault, outcome))
                where = f"{fault.path}:{fault.line()} ({fault.kind})"
                print(f"{len(outcomes)}. {outcome.value}: {where}", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _write(outcomes)
    _table(outcomes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--in", dest="areas", choices=AREAS, nargs="+", default=list(AREAS))
    parser.add_argument("--most", type=int, default=400, help="faults to try (default: 400)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="faults at a time (default: 2)")
    return parser.parse_args()


def _files(areas: list[str]) -> list[Path]:
    """Returns the Python and SQL files of areas, relative to the project, sorted."""
    paths = (path.relative_to(ROOT) for path in (ROOT / "src/next_song").rglob("*"))
    files = (path for path in paths if path.suffix in (".py", ".sql"))
    return sorted(path for path in files if area_of(path) in areas)


def _write(outcomes: list[tuple[Fault, Outcome]]) -> None:
    target = ROOT / "build/mutants.csv"
    target.parent.mkdir(exist_ok=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "kind", "place", "line", "outcome"])
        for fault, outcome in sorted(outcomes, key=lambda pair: str(pair[0])):
            rows.writerow([fault.path, fault.kind, fault.place, fault.line(), outcome.value])


def _table(outcomes: list[tuple[Fault, Outcome]]) -> None:
    tried_in = Counter(str(fault.path) for fault, _ in outcomes)
    killed_in = Counter(str(one.path) for one, outcome in outcomes if outcome is Outcome.KILLED)
    for path, count in sorted(tried_in.items()):
        print(f"{killed_in[path]:4} of {count:4}  {path}")
    killed, count = killed_in.total(), len(outcomes)
    print(f"{killed:4} of {count:4}  killed: {killed / max(count, 1):.1%}")


if __name__ == "__main__":
    main()
