"""The Kedro context of a finished run."""

from pathlib import Path
from typing import Any

from kedro.framework.session import KedroSession

ROOT = Path(__file__).parents[2]


def context(root: Path, name: str, **params: str) -> Any:
    """Returns the context of `kedro run --env name`, whose data_root is root, as it was left."""
    given = {"data_root": str(root.resolve()), **params}
    with KedroSession.create(ROOT, env=name, runtime_params=given) as session:
        return session.load_context()
