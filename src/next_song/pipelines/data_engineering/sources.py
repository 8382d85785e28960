"""The sources of playlists.

A new one is `sql/stage_<name>.sql`, its line in SOURCES and its branch in `_scan`: see
docs/extending.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Columns, Sessions
from next_song.pipelines.data_engineering import staging

SOURCES = {
    "spotify": 'the header "user_id", "artistname", "trackname", "playlistname" and quoted lines',
    "mpd": "Million Playlist Dataset slices: JSON objects with a list `playlists` of `tracks`",
    "plays": "a CSV, Parquet or JSON table with a column for playlist and one for song",
}


COLUMNS = {
    "spotify": {
        "user": "user_id",
        "playlist": "playlistname",
        "artist": "artistname",
        "track": "trackname",
    },
    "mpd": {
        "playlist": "pid",
        "song": "track_uri",
        "position": "pos",
        "time": "modified_at",
        "artist": "artist_name",
        "track": "track_name",
    },
}


@dataclass(frozen=True)
class Staged:
    """The table `staged`, the input's column for each use, and what puts songs in order."""

    plays: DuckDBPyRelation
    columns: dict[str, str]
    order: staging.Order


def stage(source: str, paths: list[str], columns: Columns, sessions: Sessions) -> Staged:
    """Read the input into the table `staged`: one row per play, in input order.

    Raises InputError, naming the files, if they are not what the source expects.
    """
    if source not in SOURCES:
        raise InputError(f"source: found {source!r}; expected one of {', '.join(SOURCES)}")
    # DuckDB keeps the lines it cannot read in these, and adds to them
    sql.connection().execute("drop table if exists reject_errors")
    sql.connection().execute("drop table if exists reject_scans")
    try:
        raw, used = _scan(source, paths, columns, sessions)
        staging.read_plays(raw, used, columns.time_format)
    except duckdb.Error as error:
        found = " ".join(str(error).split("\n\n")[0].split())
        raise _unreadable(source, paths, found[:300]) from None
    staged, order = staging.order_plays(used, sessions)
    first = next(iter(staged.limit(1).fetchall()), None)
    if first is None:
        raise _unreadable(source, paths, "no plays")
    if source == "spotify" and not staged.filter("problem = 'header'").limit(1).fetchall():
        instead = f", but {str(first[-1])[:80]!r}" if first[-1] else ""
        raise _unreadable(source, paths, f"no header{instead}")
    return Staged(staged, used, order)


def rejected_rows(staged: DuckDBPyRelation) -> DuckDBPyRelation:
    """The lines that could not be read, after `stage`: row, reason, line."""
    sql.connection().execute(
        "create temp table if not exists reject_errors"
        " (line ubigint, error_message varchar, csv_line varchar)"
    )
    return sql.query(__package__, "rejected_rows", staged=staged)


def _scan(
    source: str, paths: list[str], columns: Columns, sessions: Sessions
) -> tuple[DuckDBPyRelation, dict[str, str]]:
    """Returns the relation `raw`, with columns by use, and the column of the input for each."""
    if source == "spotify":
        return sql.query(__package__, "stage_spotify", {"input": paths}), COLUMNS[source]
    if source == "mpd":
        largest = max(Path(path).stat().st_size for path in paths)
        given = {"input": paths, "largest": largest + 1}
        return sql.query(__package__, "stage_mpd", given), COLUMNS[source]
    raw = _read_table(paths)
    uses = columns.uses()
    is_history = (
        sessions.cut and _find("playlist", uses["playlist"], raw.columns, paths, set()) is None
    )
    needed = {"song", "time" if is_history else "playlist"}
    found = {use: _find(use, names, raw.columns, paths, needed) for use, names in uses.items()}
    named = raw.select(*(_as(use, column) for use, column in found.items()))
    return named, {use: column for use, column in found.items() if column}


def _unreadable(source: str, paths: list[str], found: str) -> InputError:
    return InputError(
        f"input {', '.join(paths[:3])}: found {found}; source {source!r} expects "
        f"{SOURCES[source]}: give such a file with input=PATH, or the right source=NAME"
    )


def _is_csv(paths: list[str]) -> bool:
    return Path(paths[0].removesuffix(".gz")).suffix in {".csv", ".tsv", ".txt"}


def _read_table(paths: list[str]) -> DuckDBPyRelation:
    connection = sql.connection()
    reader: dict[str, Any] = {".parquet": "read_parquet", ".json": "read_json"}
    name = reader.get(Path(paths[0].removesuffix(".gz")).suffix, "read_json")
    if not _is_csv(paths):
        return connection.sql(f"from {name}($input)", params={"input": paths})
    return connection.sql(
        "from read_csv($input, header = true, all_varchar = true, quote = '\"',"
        " store_rejects = true)",
        params={"input": paths},
    )


def _find(
    use: str,
    names: str | list[str] | None,
    columns: list[str],
    paths: list[str],
    needed: set[str],
) -> str | None:
    """The first of the names that the input has. Raises InputError if a needed one is missing."""
    wanted = [names] if isinstance(names, str) else names or []
    found = next((name for name in wanted if name in columns), None)
    if found is None and (isinstance(names, str) or use in needed):
        cut = ", or cut a history into playlists with sessions.gap_minutes=30"
        raise InputError(
            f"input {paths[0]}: found columns {', '.join(columns)[:200]}; expected for {use!r} "
            f"one of {', '.join(wanted)}: name the right column with columns.{use}=NAME"
            f"{cut if use == 'playlist' else ''}"
        )
    return found


def _as(use: str, column: str | None) -> duckdb.Expression:
    value = ConstantExpression(None) if column is None else ColumnExpression(column)
    return value.cast("varchar").alias(use)
