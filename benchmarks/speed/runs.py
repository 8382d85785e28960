"""Whole runs: what Kedro adds to its nodes, and the flow to `kedro run`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from speed.measure import Row, seconds
from speed.modeling import candidate
from speed.nodes import measured_run, project_with
from speed.samples import HUNDREDTH, TINY

GRID = {f"candidate_{seed}": {"word2vec": candidate(seed=seed, epochs=5)} for seed in (1, 2)}
SCORECARD = "08_reporting/test_scorecard.json"
# start, data_engineering, selection, export, deployment, end, and modeling for each candidate
TASKS = 6 + len(GRID)


def kedro_row(project: Path, root: Path, source: Path) -> Row:
    """`kedro run` against the sum of its nodes."""
    measured = []
    whole = seconds(lambda: measured.append(measured_run(project, root, {"input": str(source)})))
    work = sum(one["seconds"] for one in measured[0]["nodes"].values())
    note = "with the start of Python and Kedro"
    return Row("kedro run, whole", "the sum of its nodes", "s", whole, work, 1.1, note=note)


def flow_rows(project: Path, folder: Path, source: Path) -> list[Row]:
    """The flow on this machine against `kedro run` with the parallel runner; the same figures."""
    root, runs = folder / "kedro", folder / "runs"
    given = f"input={source},data_root={root}"
    kedro = ["kedro", "run", "--runner=ParallelRunner", "--params", given]
    flow = [sys.executable, "flows/next_song_flow.py", "--no-pylint", "run", "--env", "local"]
    flow += ["--runs", str(runs), "--overrides", json.dumps({"input": str(source)})]
    home = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder), "USERNAME": "benchmark"}
    environment = os.environ | home | {"PYTHONPATH": str(project / "src")}

    def run(command: list[str]) -> float:
        return seconds(lambda: subprocess.run(command, cwd=project, env=environment, check=True))

    theirs, ours = run(kedro), run(flow)
    latest = max(runs.iterdir(), key=lambda path: path.stat().st_mtime)
    assert (latest / SCORECARD).read_bytes() == (root / SCORECARD).read_bytes()
    against = "kedro run, parallel runner"
    return [
        Row("the flow, local", against, "s", ours, theirs, 1.3, note="the same scorecard"),
        Row("the flow, seconds more a task", against, "s", (ours - theirs) / TASKS, None, 2),
    ]


def rows(folder: Path, quick: bool) -> list[Row]:
    """Both, with a grid of two small candidates."""
    source = (TINY if quick else HUNDREDTH).made(folder)
    project = project_with(folder / "project_runs", GRID)
    return [
        kedro_row(project, folder / "whole", source),
        *flow_rows(project, folder / "flow", source),
    ]
