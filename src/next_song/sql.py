"""SQL files, run by this process's one DuckDB connection."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from next_song import progress

SETTINGS = "NEXT_SONG_DUCKDB"


def configure(settings: dict[str, Any]) -> None:
    """Give the connections of this process, and of those it starts, settings of DuckDB.

    Those that are None stay DuckDB's; a connection that is open stays as it is.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    os.environ[SETTINGS] = json.dumps(given)


def connection() -> DuckDBPyConnection:
    """This process's DuckDB: in memory, spilling to files where `configure` said.

    Relations made by one connection cannot be used by another, so there is one. A process that
    was forked gets its own. It installs no extensions: nothing is downloaded.
    """
    return _connect(os.getpid())


@cache
def _connect(_pid: int) -> DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(Path(tempfile.gettempdir()) / "next_song"),
    }
    return duckdb.connect(config=settings | json.loads(os.environ.get(SETTINGS, "{}")))


def query(
    package: str, name: str, params: dict[str, Any] | None = None, **tables: DuckDBPyRelation
) -> DuckDBPyRelation:
    """Run `sql/<name>.sql` of a package, its $parameters bound, over tables named as there.

    The relation is lazy: DuckDB reads the tables when the result is saved or fetched.
    """
    for table, relation in tables.items():
        relation.create_view(table, replace=True)
    return connection().sql(text(package, name), params=params)


def text(package: str, name: str) -> str:
    """The statement in `sql/<name>.sql` of a package."""
    return (files(package) / "sql" / f"{name}.sql").read_text("utf-8")


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Show how far the statement is that runs within."""
    if progress.is_shown():  # in a notebook it is not, and there DuckDB would ask for ipywidgets
        connection().execute(
            "set enable_progress_bar = true; set enable_progress_bar_print = false"
        )
    with progress.polled(what, connection().query_progress):
        yield


def materialized(relation: DuckDBPyRelation, name: str) -> DuckDBPyRelation:
    """The relation, read once into a temporary table, which spills to disk where it must."""
    relation.create_view(f"{name}_view", replace=True)
    with watched("reading"):
        connection().execute(f'create or replace temp table "{name}" as from "{name}_view"')
    return connection().table(name)
