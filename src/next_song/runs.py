"""Kedro pipelines as steps of a larger program: one call runs one and returns its data sets."""

from pathlib import Path
from typing import Any

from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from next_song import grid


def run_pipeline(
    project: Path,
    pipeline: str,
    *,
    env: str | None,
    params: dict[str, Any],
    keep: tuple[str, ...] = (),
    namespace: str | None = None,
    nodes: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Run a pipeline, one namespace or some nodes of it; return the data sets to keep, by name.

    project: the folder that holds conf and src. env and params are those of `kedro run`.
    """
    bootstrap_project(project)
    session: Any = KedroSession.create(project_path=project, env=env, runtime_params=params)
    with session:
        made = session.run(
            pipeline_names=[pipeline],
            namespaces=[namespace] if namespace else None,
            node_names=nodes or None,
        )
        catalog = session.load_context().catalog
        return {name: made[name].load() if name in made else catalog[name].load() for name in keep}


def parameters(project: Path, *, env: str | None, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a run, checked as before a run. env and params: of `kedro run`."""
    bootstrap_project(project)
    session: Any = KedroSession.create(project_path=project, env=env, runtime_params=params)
    with session:
        found: dict[str, Any] = session.load_context().config_loader["parameters"]
    return found


def candidates(project: Path) -> list[str]:
    """Return the names of the grid's candidates."""
    bootstrap_project(project)
    grid.use_conf_source(str(project / "conf"))
    return grid.candidate_names()
