"""Measure what docs/RESULTS.md and docs/tuning.md report: `results.py DATA OUT [NAME...]`.

DATA holds NAME.parquet for each data set. Each is run as a person runs it, `kedro run --env NAME`;
then other seeds of the champion, its score without each part, and the exported model with and
without song pairs are measured. OUT/NAME/results.json keeps all of it; page.py and tuning.py write
it down. Without names, the data sets that DATA has are measured.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kedro.framework.startup import bootstrap_project

from comparison.data_sets import FIGURES
from comparison.finished import ROOT, context
from comparison.measured import Measured

RUNNER = "next_song.runner.LongestFirstRunner"


def run(name: str, source: Path, root: Path) -> dict[str, Any]:
    """`kedro run` on a data set: seconds, and the largest process's memory."""
    given = f"input={source},data_root={root}"
    command = ["kedro", "run", "--env", name, f"--runner={RUNNER}", "--params", given]
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"kedro run --env {name} failed")
    return {"seconds": time.monotonic() - started, "peak_gib": usage.ru_maxrss / 2**20}


def measure(name: str, source: Path, root: Path) -> None:
    """Run one data set, measure the rest, and keep all of it in ROOT/results.json."""
    cost = run(name, source, root)
    found = Measured(context(root, name, input=str(source))).results() | {"cost": cost}
    (root / "results.json").write_text(json.dumps(found, indent=2))


def main(data: str, out: str, *names: str) -> None:
    """Run and measure the data sets of these names, or all that there are."""
    bootstrap_project(ROOT)
    sources = {name: (Path(data) / f"{name}.parquet").resolve() for name in names or FIGURES}
    missing = [str(source) for source in sources.values() if not source.exists()]
    if missing and (names or len(missing) == len(sources)):
        sys.exit(f"found no {missing[0]}: docs/public_data.md says where to get it")
    for name, source in sources.items():
        if source.exists():
            measure(name, source, (Path(out) / name).resolve())


if __name__ == "__main__":
    main(*sys.argv[1:])
