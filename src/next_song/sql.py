"""Runs the SQL files of a package on the one DuckDB connection of this process."""

import json
import os
import re
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
KEPT = "kept"  # the schema of tables, apart from the views that statements are given


def configure(settings: dict[str, Any]) -> None:
    """Sets DuckDB's settings for connections of this process and of the processes that it starts.

    A setting that is None keeps DuckDB's default. A connection that is already open does not
    change.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    os.environ[SETTINGS] = json.dumps(given)


def connection() -> DuckDBPyConnection:
    """Returns the DuckDB connection of this process: in memory, with the settings of `configure`.

    Relations of one connection cannot be used by another, so each process has exactly one; a
    forked process gets its own. It installs no extensions, so nothing is downloaded.
    """
    return _connect(os.getpid())


@cache
def _connect(_pid: int) -> DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(Path(tempfile.gettempdir()) / f"next-song-{os.getuid()}"),
    }
    made = duckdb.connect(config=settings | json.loads(os.environ.get(SETTINGS, "{}")))
    # with one thread, DuckDB cuts the row groups of a file otherwise than with several
    made.execute("set threads = greatest(2, current_setting('threads'))")
    made.execute("set TimeZone = 'UTC'")  # else times without an offset would be the machine's
    made.execute(f"create schema {KEPT}")
    return made


def query(
    package: str, name: str, params: dict[str, Any] | None = None, **tables: DuckDBPyRelation
) -> DuckDBPyRelation:
    """Returns the result of `sql/<name>.sql` of a package as a relation.

    params: the values of the file's $parameters. tables: relations by the names that the file
    uses. The file may use the macros in `sql/macros.sql` of its package. The relation is lazy:
    DuckDB reads the tables when the result is saved or fetched.
    """
    _define_macros(os.getpid(), package)
    for table, relation in tables.items():
        relation.create_view(table, replace=True)
    return connection().sql(text(package, name), params=params)


@cache
def _define_macros(_pid: int, package: str) -> None:
    if (files(package) / "sql" / "macros.sql").is_file():
        connection().execute(text(package, "macros"))


def text(package: str, name: str) -> str:
    """Returns the statement in `sql/<name>.sql` of a package."""
    return (files(package) / "sql" / f"{name}.sql").read_text("utf-8")


def literal(path: str) -> str:
    """Returns the path as DuckDB reads it where its name holds `*`, `?` or `[`: not a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def quoted(text: str) -> str:
    """Returns a text as a literal, for statements that take no $parameters."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Shows the progress of the statement that runs inside the block."""
    if progress.is_shown():  # not in a notebook, where DuckDB would ask for ipywidgets
        connection().execute(
            "set enable_progress_bar = true; set enable_progress_bar_print = false"
        )
    with progress.polled(what, connection().query_progress):
        yield


def set_variable(name: str, relation: DuckDBPyRelation) -> None:
    """Sets a variable, for `getvariable` in statements, to the one value of a relation."""
    relation.create_view(f"{name}_view", replace=True)
    connection().execute(f'set variable {name} = (from "{name}_view")')


def materialized(relation: DuckDBPyRelation, name: str) -> DuckDBPyRelation:
    """Returns the relation as the table `kept.<name>`, computed once, which may spill to disk."""
    _write(relation, name, "create or replace table {} as")
    return kept(name)


def append(relation: DuckDBPyRelation, name: str) -> None:
    """Adds the rows of a relation to a table of `materialized`."""
    _write(relation, name, "insert into {}")


def _write(relation: DuckDBPyRelation, name: str, into: str) -> None:
    relation.create_view(f"{name}_view", replace=True)
    with watched("reading"):
        statement = into.format(f'{KEPT}."{name}"')
        connection().execute(f'{statement} from "{name}_view"')


def kept(name: str) -> DuckDBPyRelation:
    """Returns a table of `materialized`."""
    return connection().table(f'{KEPT}."{name}"')
