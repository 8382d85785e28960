"""What the input is: its source, its tables, and which of their columns has which use."""

import re
from dataclasses import dataclass, replace

from next_song.errors import InputError
from next_song.parameters import Columns, Names, Reading, Sessions
from next_song.pipelines.data_engineering.sources.delimited import Dialect, check_width
from next_song.pipelines.data_engineering.sources.files import open_file
from next_song.pipelines.data_engineering.sources.histories import HISTORIES
from next_song.pipelines.data_engineering.sources.known import (
    HEADERLESS,
    SOURCES,
    named,
)
from next_song.pipelines.data_engineering.sources.paths import shown
from next_song.pipelines.data_engineering.sources.select import run_select
from next_song.pipelines.data_engineering.sources.table import Table, table
from next_song.pipelines.data_engineering.sources.uses import (
    FILES,
    columns_of,
    names_of_songs,
    uses_of,
)

FIXED = ("spotify", "mpd", "spotify_playlists", "m3u")  # their SQL knows the columns


@dataclass(frozen=True)
class Plan:
    """How the input is read. columns: for each table, its column for each use, or None."""

    source: str
    tables: list[Table]
    columns: list[dict[str, str | None]]

    @property
    def used(self) -> dict[str, str]:
        """The column of the input for each use, as a person knows it."""
        found: dict[str, str] = {}
        for columns in self.columns:
            for use, name in columns.items():
                if name is not None:
                    found.setdefault(use, shown(name))
        if self.source in FILES:
            found = {"playlist": "the name of the file"} | found
        if self.source == "lists":
            found["position"] = "the place in the list"
        if self.source in FILES:
            found.pop("time", None)  # the songs stand in the order of the playlist
        return found

    @property
    def layout(self) -> str:
        """Describes the layouts of the files."""
        return "; ".join(dict.fromkeys(each.layout for each in self.tables))


def make_plan(
    source: str, paths: list[str], columns: Columns, sessions: Sessions, reading: Reading
) -> Plan:
    """Looks at the files and says how they are read. Raises InputError if they cannot be."""
    if source != "auto" and source not in SOURCES:
        raise InputError(f"source: found {source!r}; expected one of auto, {', '.join(SOURCES)}")
    if source == "select" or reading.query:
        return _of_select(source, paths, sessions, reading)
    files = [open_file(path, reading.input_encoding) for path in paths]
    tables = [table(file, reading.header, _named(columns)) for file in files]
    tables = [each for each in tables if not _is_empty(each)] or tables
    if source == "auto":
        source = _recognise(tables, columns)
    if source == "plays" and _are_lists(tables, columns):
        source = "lists"
    if source in HEADERLESS:
        tables = [
            table(each.file, header=False) if HEADERLESS[source](each) else each for each in tables
        ]
    if source in FIXED:
        known = {use: names[0] for use, names in SOURCES[source].columns.items()}
        return Plan(source, tables, [dict(known) for _ in tables])
    if source in HISTORIES and not sessions.cut:
        raise InputError(
            f"input {paths[0]}: found a history ({source}), which has no playlists; expected "
            "playlists: make them of it with sessions.gap_minutes=30, or with sessions.by=day"
        )
    for each in tables:
        if isinstance(each.how, Dialect):
            check_width(each.file.name, each.how, each.file.head)
    found = columns_of(source, tables, uses_of(source, columns), sessions, reading.header)
    return Plan(source, tables, found)


def _named(columns: Columns) -> list[str]:
    """Returns the columns that a table of plays has: of playlists, and of songs if one is given."""
    playlist, song = columns.playlist, columns.song
    names = playlist if isinstance(playlist, list) else [playlist]
    return [str(name) for name in [*names, song] if isinstance(name, str)]


def _is_empty(table: Table) -> bool:
    """Returns whether a file has no columns, or no line below them.

    The head of a large file may not show them.
    """
    if not table.file.whole or table.file.layout == "m3u":
        return False
    is_header = isinstance(table.how, Dialect) and table.how.header
    return not table.names or (is_header and not re.search(r"[\r\n]", table.file.head.strip()))


def _of_select(source: str, paths: list[str], sessions: Sessions, reading: Reading) -> Plan:
    if source not in ("auto", "select") or not reading.query:
        raise InputError(
            f"source: found {source!r} with query={reading.query}; expected source=select with "
            "query=PATH.sql, the file of a SELECT"
        )
    made = run_select(paths, reading)
    uses: dict[str, Names] = {use: [use] for use in Columns.model_fields if use != "time_format"}
    tables = [table(made, header=True)]
    return Plan("select", tables, columns_of("select", tables, uses, sessions, header=True))


def _recognise(tables: list[Table], columns: Columns) -> str:
    """Returns the source whose layout the files have; raises InputError if it is not one alone."""
    fits = {each.file.name: named(each) for each in tables}
    found = sorted({name for names in fits.values() for name in names})
    if not found or isinstance(columns.playlist, str | int):
        return "plays"
    if len(found) > 1:
        files = [next(file for file, names in fits.items() if name in names) for name in found]
        listed = " and ".join(f"{name} ({file})" for name, file in zip(found, files, strict=True))
        raise InputError(
            f"input: found the layouts of {listed}; expected one: say which with source=NAME, or "
            "name only its files"
        )
    other = next((file for file, names in fits.items() if not names), None)
    if other:
        raise InputError(
            f"input {other}: found another layout than {found[0]}, which the other files "
            "have; expected one: name only its files"
        )
    return found[0]


def _are_lists(tables: list[Table], columns: Columns) -> bool:
    """Returns whether the song of each table is a list."""
    wanted = names_of_songs(uses_of("lists", columns))
    found = [next((name for name in wanted if name in each.names), "") for each in tables]
    return all(
        each.has_lists(name) or each.page_among(wanted)
        for each, name in zip(tables, found, strict=True)
    )


def by_line(plan: Plan, paths: set[str], trusted: bool = False) -> Plan:
    """Returns the plan that reads these files line by line, or, if trusted, by their quotes."""
    tables = [
        replace(each, how=replace(each.how, by_line=not trusted, trusted=trusted))
        if each.file.path in paths and isinstance(each.how, Dialect)
        else each
        for each in plan.tables
    ]
    return replace(plan, tables=tables)
