"""The candidates, as conf/base names them.

What shapes a pipeline is the same in every environment, so they are read from conf/base alone: in
the configuration folder of the run, which `--conf-source` can name, else in that of the project
around the working directory.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader
from kedro.framework.project import settings
from kedro.utils import find_kedro_project

SOURCE = "NEXT_SONG_CONF_SOURCE"


def use_conf_source(source: str) -> None:
    """Read the candidates from this configuration folder, here and in processes started here."""
    os.environ[SOURCE] = source


def base_parameters() -> dict[str, Any]:
    """Return the parameters of conf/base, whatever the environment of the run."""
    project = find_kedro_project(Path.cwd()) or Path.cwd()
    return _parameters(os.environ.get(SOURCE) or str(project / settings.CONF_SOURCE))


def candidate_names() -> list[str]:
    """Return the names of the candidates, in the order of the grid."""
    return list(base_parameters()["modeling"])


@cache
def _parameters(source: str) -> dict[str, Any]:
    arguments = settings.CONFIG_LOADER_ARGS | {"default_run_env": "base"}
    parameters: dict[str, Any] = OmegaConfigLoader(source, **arguments)["parameters"]
    return parameters
