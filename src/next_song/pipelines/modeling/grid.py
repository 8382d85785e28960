"""The grid's candidates, as conf/base names them."""

from functools import cache
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader
from kedro.framework.project import settings

CONF = Path(__file__).parents[4] / "conf"


@cache
def base_parameters() -> dict[str, Any]:
    """The parameters of conf/base, whatever the environment of the run."""
    arguments = settings.CONFIG_LOADER_ARGS | {"default_run_env": "base"}
    parameters: dict[str, Any] = OmegaConfigLoader(str(CONF), **arguments)["parameters"]
    return parameters


def candidate_names() -> list[str]:
    """Names of the candidates, in the order of the grid.

    From conf/base alone: what shapes a pipeline is the same in every environment.
    """
    return list(base_parameters()["modeling"])
