"""What both flows share: where the project is, what a job gets of it, and where runs keep data."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click import ClickException
from metaflow import package_sources, retry
from metaflow.exception import MetaflowException
from metaflow.metaflow_config import DATASTORE_SYSROOT_S3

HERE = Path(__file__).resolve().parent
# in a job the code package lies flat: this file stands beside conf and src
PROJECT = HERE if (HERE / "pyproject.toml").exists() else HERE.parent
SHIPPED = ("src/next_song", "pyproject.toml", "data/01_raw/playlists.csv.gz")
SUFFIXES = (".py", ".sql", ".yml", ".yaml", ".json", ".toml", ".gz", ".txt", ".csv")
PRIVATE = re.compile("local|.*(credential|secret).*|[.].*", re.IGNORECASE)
sys.path.insert(0, str(PROJECT / "src"))
os.environ.setdefault("DO_NOT_TRACK", "1")

# a step that was killed begins anew at once; Kedro's data sets are whole or not there
again = retry(times=1, minutes_between_retries=0)


def configuration() -> list[str]:
    """Files under conf that jobs may have, relative to the project, in order of their names.

    The folder conf/local is private to this machine, as is every file or folder that is hidden or
    has "credential" or "secret" in its name. Links stay as well, since they may lead to such files.
    """
    files = [path for path in (PROJECT / "conf").rglob("*") if path.is_file()]
    names = [path.relative_to(PROJECT) for path in files if not path.is_symlink()]
    return sorted(str(name) for name in names if not any(map(PRIVATE.fullmatch, name.parts)))


shipped = package_sources(
    [(str(PROJECT / path), path) for path in (*configuration(), *SHIPPED)], suffixes=SUFFIXES
)


class StepError(MetaflowException):
    """What a step cannot work with, in one line; Metaflow shows no traceback of it."""

    headline = "next-song"


@contextmanager
def in_a_line() -> Iterator[None]:
    """Give an error of input, configuration or AWS as Metaflow shows its own."""
    try:
        yield
    except ClickException as error:
        raise StepError(error.format_message()) from error


def runs_folder(context: Any) -> str:
    """Where runs keep their data: beside Metaflow's own in S3, or under data/."""
    return f"{DATASTORE_SYSROOT_S3}/next_song" if context.ds_type == "s3" else "data/runs"
