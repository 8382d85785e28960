"""The sources of playlists: any file to one table of plays.

Every source gives one relation, `raw`: one row per play, in the order of the input, with the
varchar columns `playlist, song, position, time, artist, track, user, split, duration`, as far as
the source has them, and `file`, `problem` and `line`. The values are the text of the input. A time
of Parquet is in ISO 8601, in UTC if it has a time zone. `problem` says why a line has no play, and
`line` is its text; lines that DuckDB could not read at all are in its `reject_errors`. `staging`
makes ids, moments and numbers of the text, for all sources alike.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, replace

import duckdb
from duckdb import ColumnExpression, DuckDBPyRelation
from duckdb import ConstantExpression as Constant

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Columns, Reading, Sessions
from next_song.pipelines.data_engineering import staging
from next_song.pipelines.data_engineering.sources.delimited import Dialect
from next_song.pipelines.data_engineering.sources.files import has_quotes, not_utf8, rewritten
from next_song.pipelines.data_engineering.sources.known import SOURCES
from next_song.pipelines.data_engineering.sources.plan import Plan, by_line, make_plan
from next_song.pipelines.data_engineering.sources.queries import query
from next_song.pipelines.data_engineering.sources.raw import raw
from next_song.pipelines.data_engineering.sources.table import Table, roomier

__all__ = ["SOURCES", "Staged", "rejected_rows", "stage"]
QUOTES = ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM")


@dataclass(frozen=True)
class Staged:
    """The table `staged`, the input's column for each use, and what puts songs in order."""

    plays: DuckDBPyRelation
    columns: dict[str, str]
    order: staging.Order
    source: str
    layout: str


def stage(
    source: str, paths: list[str], columns: Columns, sessions: Sessions, reading: Reading
) -> Staged:
    """Reads the input into the table `staged`: one row per play, in input order.

    Raises InputError, naming the files, if they are not what the source expects.
    """
    try:
        plan = make_plan(source, paths, columns, sessions, reading)
    except duckdb.Error as error:
        raise _refused("plays" if source == "auto" else source, paths, error) from None
    plan = _read(_in_lines(plan), paths, columns)
    staged, order = staging.order_plays(plan.used, sessions)
    _check_there_are_plays(plan, paths, staged)
    return Staged(staged, plan.used, order, plan.source, plan.layout)


def rejected_rows(staged: Staged) -> DuckDBPyRelation:
    """Returns the lines that could not be read, after `stage`: line, reason, text, file."""
    params = {"lists": staged.source == "lists"}
    return query("rejected_rows", params, unreadable_lines=_unread())


def _read(plan: Plan, paths: list[str], columns: Columns) -> Plan:
    """Reads the plays into `kept.plays_read`; where that fails, as carefully as it takes."""
    suspects: dict[str, tuple[int, int]] = {}  # files split by line: lines lost and plays before
    while True:
        for table in ("reject_errors", "reject_scans"):  # DuckDB adds to them
            sql.connection().execute(f"drop table if exists {table}")
        try:
            staging.read_plays(raw(plan), plan.used, columns.time_format)
        except duckdb.Error as error:
            plan = _with_more_care(plan, paths, error)
            continue
        _check_encoding(plan)
        if worse := _worse(suspects):
            plan, suspects = by_line(plan, worse, trusted=True), {}
            continue
        spoiled, suspicious = _spoiled(plan)
        if not spoiled | suspicious:
            return plan
        tables = _with_one_line_end(plan, spoiled | suspicious)
        if tables != plan.tables:
            plan = replace(plan, tables=tables)
            continue
        suspects |= _losses(suspicious - spoiled)
        plan = by_line(plan, spoiled | suspicious)


def _with_more_care(plan: Plan, paths: list[str], error: duckdb.Error) -> Plan:
    if "maximum_object_size" in str(error) and (tables := roomier(plan.tables)):
        return replace(plan, tables=tables)
    if "state machine" in str(error):  # line ends of several kinds
        paths_of_text = {each.file.path for each in plan.tables if each.file.layout == "csv"}
        tables = _with_one_line_end(plan, paths_of_text)
        if tables != plan.tables:
            return replace(plan, tables=tables)
    raise _refused(plan.source, paths, error) from None


def _refused(source: str, paths: list[str], error: duckdb.Error) -> InputError:
    """Returns what to say of files that DuckDB does not read: of the one that it names, if any."""
    said = str(error)
    named = [path for path in paths if f'"{path}"' in said or f"'{path}'" in said] or paths
    said = re.sub(r"""(["'])[^"']*/[^"']*\1""", "", said)  # whose names may say anything
    if re.search(r"unicode|utf-?8", said, re.IGNORECASE):
        return not_utf8(", ".join(named[:3]))
    return _unreadable(source, named, error)


def _in_lines(plan: Plan) -> Plan:
    """Returns a plan whose files, if they are read by line, have one kind of line end each."""
    if plan.source not in ("m3u", "spotify"):
        return plan
    mixed = {each.file.path for each in plan.tables if re.search("\r(?!\n)", each.file.head)}
    return replace(plan, tables=_with_one_line_end(plan, mixed))


def _with_one_line_end(plan: Plan, paths: set[str]) -> list[Table]:
    """Returns the tables, of which these files have other line ends than a line feed no more."""
    return [
        replace(each, file=rewritten(each.file))
        if each.file.path in paths and not each.file.has_one_line_end
        else each
        for each in plan.tables
    ]


def _check_encoding(plan: Plan) -> None:
    wrong = _unread().filter("kind = 'INVALID ENCODING'").order("line").limit(1).fetchall()
    if wrong:
        line, file = wrong[0][0], wrong[0][3]
        names = {each.file.path: each.file.name for each in plan.tables}
        raise not_utf8(names.get(file, file), line)


def _worse(suspects: dict[str, tuple[int, int]]) -> set[str]:
    """Returns the files that by line lose more lines, or have no more plays, than by quotes."""
    counts = _counts() if suspects else {}
    return {
        file
        for file, (lost, plays) in suspects.items()
        if counts[file][0] > lost or counts[file][1] <= plays
    }


def _losses(files: set[str]) -> dict[str, tuple[int, int]]:
    """Returns how many lines each file has lost to its quotes, and how many plays it has."""
    counts = _counts() if files else {}
    return {file: (_rejections(file), counts[file][1]) for file in files}


def _counts() -> dict[str, tuple[int, int]]:
    """Returns how many lines with a problem, and how many plays each file has; of none, zeros."""
    found = query("counts_of_files").fetchall()
    return defaultdict(lambda: (0, 0), {file: (problems, plays) for file, problems, plays in found})


def _rejections(file: str) -> int:
    return len(_unread().filter(ColumnExpression("file") == Constant(file)))


def _spoiled(plan: Plan) -> tuple[set[str], set[str]]:
    """Returns the files that are not yet split by line, but have a quote at the wrong place.

    The first ones have one for sure; in the others a field holds what could be whole lines or
    fields.
    """
    files = {each.file.path: each.file for each in plan.tables}
    decided = {
        each.file.path
        for each in plan.tables
        if not isinstance(each.how, Dialect) or each.how.by_line or each.how.trusted
    }
    quotes = f"kind in {QUOTES} or contains(rtrim(text, e'\\r\\n'), e'\\n')"
    wrong = _unread().filter(quotes).select("file").distinct().fetchall()
    rejected = sql.kept("plays_read").filter("problem = 'rejected fields'")
    perhaps = rejected.select("file").distinct().fetchall()
    # DuckDB does not show the quote where a field that spans many lines ends
    ragged = _unread().filter("kind like '%COLUMNS'").select("file").distinct().fetchall()
    quoted = {file for (file,) in ragged if file in files and has_quotes(files[file])} - decided
    return {file for (file,) in wrong} - decided, {file for (file,) in perhaps} - decided | quoted


def _unread() -> DuckDBPyRelation:
    """Returns the lines that DuckDB could not read: line, reason, text, file, kind."""
    sql.connection().execute(
        "create temp table if not exists reject_errors (scan_id ubigint, file_id ubigint,"
        " line ubigint, error_type varchar, error_message varchar, csv_line varchar)"
    )
    sql.connection().execute(
        "create temp table if not exists reject_scans"
        " (scan_id ubigint, file_id ubigint, file_path varchar)"
    )
    return query("unreadable_lines")


def _check_there_are_plays(plan: Plan, paths: list[str], staged: DuckDBPyRelation) -> None:
    first = next(iter(staged.select("line").limit(1).fetchall()), None)
    if first is None:
        raise _unreadable(plan.source, paths, f"no plays{_first_unread(plan)}")
    if plan.source == "spotify" and not staged.filter("problem = 'header'").limit(1).fetchall():
        instead = f", but {str(first[0])[:80]!r}" if first[0] else ""
        raise _unreadable(plan.source, paths, f"no header{instead}")


def _first_unread(plan: Plan) -> str:
    """Returns the first line that could not be read, of the first file that has one, if any."""
    found = _unread().aggregate("file, min(line), arg_min(reason, line)", "file").fetchall()
    first = {path: f"line {line}: {reason}" for path, line, reason in found}
    files = [each.file for each in plan.tables]
    told = (f" ({file.name}, {first[file.path]})" for file in files if file.path in first)
    return next(told, "")


def _unreadable(source: str, paths: list[str], found: str | duckdb.Error) -> InputError:
    text = " ".join(str(found).split("\n\n")[0].split())[:300]
    return InputError(
        f"input {', '.join(paths[:3])}: found {text}; source {source!r} expects "
        f"{SOURCES[source].expects}: give such a file with input=PATH, or the right source=NAME"
    )
