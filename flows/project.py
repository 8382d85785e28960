"""What both flows share: where the project is, what a job gets of it, and where runs keep data."""

import os
import sys
from pathlib import Path
from typing import Any

from metaflow import package_sources, retry
from metaflow.metaflow_config import DATASTORE_SYSROOT_S3

HERE = Path(__file__).resolve().parent
# in a job the code package lies flat: this file stands beside conf and src
PROJECT = HERE if (HERE / "pyproject.toml").exists() else HERE.parent
SHIPPED = ("conf", "src/next_song", "pyproject.toml", "data/01_raw/playlists.csv.gz")
sys.path.insert(0, str(PROJECT / "src"))
os.environ.setdefault("DO_NOT_TRACK", "1")

# a step that was killed begins anew at once; Kedro's data sets are whole or not there
again = retry(times=1, minutes_between_retries=0)

shipped = package_sources(
    [(str(PROJECT / path), path) for path in SHIPPED],
    suffixes=[".py", ".sql", ".yml", ".toml", ".gz"],
)


def runs_folder(context: Any) -> str:
    """Where runs keep their data: beside Metaflow's own in S3, or under data/."""
    return f"{DATASTORE_SYSROOT_S3}/next_song" if context.ds_type == "s3" else "data/runs"
