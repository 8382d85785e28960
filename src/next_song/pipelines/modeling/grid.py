"""The names of the grid's candidates."""

from functools import cache
from pathlib import Path

from kedro.config import OmegaConfigLoader
from kedro.framework.project import settings

CONF = Path(__file__).parents[4] / "conf"


@cache
def candidate_names() -> tuple[str, ...]:
    """Names under `modeling` in conf/base, in their order.

    From conf/base alone: what shapes a pipeline is the same in every environment.
    """
    arguments = settings.CONFIG_LOADER_ARGS | {"default_run_env": "base"}
    return tuple(OmegaConfigLoader(str(CONF), **arguments)["parameters"]["modeling"])
