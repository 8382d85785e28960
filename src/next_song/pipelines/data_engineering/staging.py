"""Stages plays: text becomes ids and moments, histories become sessions, and ties are decided."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from duckdb import ConstantExpression, DuckDBPyRelation, StarExpression

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Sessions

TEXT = (
    *("file", "user", "playlist", "position", "time", "song", "artist", "track", "split"),
    *("duration", "problem", "line"),
)
# names of columns in milliseconds: msPlayed, MS_PLAYED, Duration (ms), and not items_played
MILLISECONDS = re.compile(
    r"(?i:^ms_?played$|milli)|(^|[^A-Za-z])(ms([^a-z]|$)|MS([^A-Za-z]|$))|[a-z](Ms|MS)([^a-z]|$)"
)
BY_ROW = "that of the rows"


@dataclass(frozen=True)
class Order:
    """What puts the songs of a playlist in order.

    by: the use whose column decides: position, time or row. plays: those that can be used. ties:
    how many of them share their place with another play, the first of each place not counted.
    decided: what decides between tied plays; empty without ties.
    """

    by: str
    column: str
    plays: int
    ties: int
    decided: str

    def __str__(self) -> str:
        """Returns the order in a few words: `added_at, 12 ties`, or `that of the rows`."""
        if not self.ties:
            return self.column
        return f"{self.column}, {self.ties:,} {'tie' if self.ties == 1 else 'ties'}"


def read_plays(
    raw: DuckDBPyRelation, columns: dict[str, str], time_format: str | list[str] | None
) -> None:
    """Reads `raw` into the table `kept.plays_read`; columns: the input's column for each use."""
    missing = [use for use in TEXT if use not in raw.columns]
    nulls = [ConstantExpression(None).cast("varchar").alias(use) for use in missing]
    params = {
        "has_user": "user" in columns,
        "has_playlist": "playlist" in columns,
        "has_song": "song" in columns,
        "has_format": time_format is not None,
        "time_format": [time_format or "%Y"] if not isinstance(time_format, list) else time_format,
        "duration_unit": 1000 if MILLISECONDS.search(columns.get("duration", "")) else 1,
    }
    plays = sql.query(__package__, "stage_plays", params, raw=raw.select(StarExpression(), *nulls))
    sql.materialized(plays, "plays_read")


def order_by(uses: Collection[str], sessions: Sessions) -> str:
    """Returns the use whose column puts songs in order, of those there are: see Order.by."""
    candidates = ("time",) if _cuts(uses, sessions) else ("position", "time")
    return next((use for use in candidates if use in uses), "row")


def order_plays(columns: dict[str, str], sessions: Sessions) -> tuple[DuckDBPyRelation, Order]:
    """Returns the table `staged` of the plays that were read, and what their order is."""
    by, cuts = order_by(columns, sessions), _cuts(columns, sessions)
    if "time" in columns:
        _check_times(columns["time"], cuts=cuts)
    given = {"by": by, "cuts": cuts, "min_seconds": sessions.min_seconds}
    placed = sql.query(__package__, "placed", given)
    if cuts:
        cut = {
            "by": sessions.by,
            "time_zone": sessions.time_zone,
            "gap_seconds": 60 * (sessions.gap_minutes or 0),
        }
        placed = sql.materialized(
            sql.query(__package__, "sessions", cut, placed=placed), "plays_cut"
        )
    return _with_ties_decided(placed, by, columns.get(by, BY_ROW))


def _cuts(uses: Collection[str], sessions: Sessions) -> bool:
    return sessions.cut and "playlist" not in uses


def _with_ties_decided(
    placed: DuckDBPyRelation, by: str, column: str
) -> tuple[DuckDBPyRelation, Order]:
    plays, ties = 0, 0
    if by != "row":
        ((plays, ties),) = sql.query(__package__, "ties", placed=placed).fetchall()
    if not ties:
        return placed.select("*, row as tie"), Order(by, column, plays, ties, "")
    orders = sql.query(__package__, "file_orders", placed=placed)
    orders = sql.materialized(orders, "orders_of_files")
    staged = sql.query(__package__, "staged", placed=placed, file_orders=orders)
    found = {direction for _, direction in orders.fetchall()}
    order = Order(by, column, plays, ties, _decided(found))
    return sql.materialized(staged, "plays_staged"), order


def _decided(directions: set[int]) -> str:
    if 0 in directions:
        return "a seeded hash, since the rows are not sorted by it"
    if directions == {-1, 1}:
        return "the order of the rows, reversed in the files that are newest first"
    if -1 in directions:
        return "the order of the rows, reversed, since they are newest first"
    return "the order of the rows"


def _check_times(column: str, *, cuts: bool) -> None:
    """Raises InputError for times of several units, and where their differences mean nothing."""
    kinds = sql.query(__package__, "time_kinds")
    counts = dict(zip(kinds.columns, kinds.fetchall()[0], strict=True))
    numbers, example = counts.pop("numbers"), counts.pop("example")
    if counts.pop("dates_as_numbers") == numbers > 0 and cuts:
        written = "%Y%m%d" if example < 1e8 else "%Y%m%d%H%M%S"
        raise InputError(
            f"column {column!r}: found dates as numbers, such as {example:.0f}; expected times "
            f"with a unit, to cut sessions: give their format with columns.time_format={written}"
        )
    small, _ = counts.pop("small"), counts.pop("seconds")
    others = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    if small and others:
        raise InputError(
            f"column {column!r}: found times of different units, {small:,} numbers of at most 8 "
            f"digits beside {others}; expected dates, or numbers that count from 1970: correct "
            f"them, or order by the bare numbers with columns.position={column}"
        )
