"""A Kedro run, measured node by node.

`python -m speed.nodes PROJECT REPORT PIPELINE RUNNER PARAMS` is what `measured_run` starts.

Seconds of a node are from the load of its first input to the save of its last output, for much is
computed when it is saved; `cpu` are those of all processors. Peak memory is the kernel's, which
forgets it before each node.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import kedro.runner
import yaml
from kedro.framework.hooks import hook_impl
from kedro.framework.project import settings
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.pipeline.node import Node

from speed.measure import peak_gib

ROOT = Path(__file__).parents[2]
HERE = ROOT / "benchmarks"
LEFT_OUT = shutil.ignore_patterns(".gitkeep", "__pycache__")


class Clock:
    """Hooks that note when each node begins and ends, and what it held at most."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, float]] = {}

    @hook_impl
    def before_dataset_loaded(self, node: Node) -> None:
        """The first of a node is its begin."""
        if node.name not in self.nodes:
            Path("/proc/self/clear_refs").write_text("5")
            self.nodes[node.name] = {"began": time.perf_counter(), "used": time.process_time()}

    @hook_impl
    def after_dataset_saved(self, node: Node) -> None:
        """The last of a node is its end."""
        one = self.nodes[node.name]
        one |= {"seconds": time.perf_counter() - one["began"], "peak_gib": peak_gib()}
        one["cpu"] = time.process_time() - one["used"]


def project_with(folder: Path, candidates: dict[str, Any]) -> Path:
    """Copy the project to a folder, with another grid: an environment could not shrink it."""
    for part in ("src", "flows", "conf/base", "conf/local"):
        shutil.copytree(ROOT / part, folder / part, ignore=LEFT_OUT, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    grid = folder / "conf/base/parameters_modeling.yml"
    grid.write_text(yaml.safe_dump({"modeling": candidates}))
    return folder


def measured_run(
    project: Path,
    root: Path,
    params: dict[str, Any],
    pipeline: str = "__default__",
    runner: str = "SequentialRunner",
) -> dict[str, Any]:
    """Run in a process of its own: `{"seconds": .., "nodes": {name: {"seconds": .., ..}}}`.

    seconds: of the session's run, without the start of Python and Kedro. Of each node: seconds, cpu
    and peak_gib. The parallel runner's nodes run elsewhere, unseen.
    """
    root.mkdir(parents=True, exist_ok=True)
    report = root / f"measured_{pipeline}.json"
    given = json.dumps(params | {"data_root": str(root)})
    environment = os.environ | {"PYTHONPATH": f"{project / 'src'}:{HERE}"}
    command = [
        sys.executable,
        "-m",
        "speed.nodes",
        str(project),
        str(report),
        pipeline,
        runner,
        given,
    ]
    subprocess.run(command, cwd=project, env=environment, check=True)
    measured: dict[str, Any] = json.loads(report.read_text())
    return measured


def main(project: str, report: str, pipeline: str, runner: str, params: str) -> None:
    """Run the pipeline and write what was measured."""
    bootstrap_project(Path(project))
    clock = Clock()
    settings.set("HOOKS", (*settings.HOOKS, clock))
    with KedroSession.create(project, runtime_params=json.loads(params)) as session:
        started = time.perf_counter()
        session.run(pipeline_names=[pipeline], runner=getattr(kedro.runner, runner)())
        whole = time.perf_counter() - started
    for one in clock.nodes.values():
        del one["began"], one["used"]
    Path(report).write_text(json.dumps({"seconds": whole, "nodes": clock.nodes}, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
