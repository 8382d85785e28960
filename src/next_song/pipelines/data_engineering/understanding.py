"""How the input was understood, in words: for the log, the report, and as warnings."""

from pathlib import Path
from typing import Any

from next_song.parameters import Sessions
from next_song.pipelines.data_engineering.sources import Staged
from next_song.pipelines.data_engineering.staging import Order

SHOWN = ("playlist", "user", "song", "artist", "track", "time", "position", "duration", "split")
# Above these shares, a warning: of tied plays, of rejected rows, of songs that are played once
FEW_TIES, FEW_REJECTED, MOST = 0.01, 0.01, 0.5
TAB = "\t"  # between artist and title
WORD = "(na|n/a|#n/a|<na>|nan|nat|null|none|undefined)"  # as R, pandas and others write it
MISSING = f"({WORD}?{TAB})?{WORD}"  # the id of a song, or the name of a playlist


def describe(read: Staged, source: str, paths: list[str]) -> dict[str, Any]:
    """Returns files, source, columns and order of the input, as data_report.json has them."""
    return {
        "files": [Path(path).name for path in paths],
        "source": source,
        "columns": {use: read.columns[use] for use in SHOWN if use in read.columns},
        "order": str(read.order),
        "ties": read.order.decided,
    }


def in_lines(understood: dict[str, Any]) -> list[str]:
    """Returns what `describe` found in three lines."""
    files = understood["files"]
    more = f" and {len(files) - 3:,} more" if len(files) > 3 else ""
    columns = ", ".join(f"{use} = {name}" for use, name in understood["columns"].items())
    decided = f" ({understood['ties']})" if understood["ties"] else ""
    return [
        f"input: {', '.join(files[:3])}{more}, read as {understood['source']}",
        f"columns: {columns}",
        f"order: {understood['order']}{decided}",
    ]


def doubts_about_order(order: Order) -> list[str]:
    """Returns a warning if more than a few plays are tied."""
    if order.ties <= FEW_TIES * order.plays:
        return []
    return [
        f"{order.ties:,} of {order.plays:,} plays have the {order.by} of another play of their "
        f"playlist: what comes after what is decided by {order.decided}"
    ]


def doubts_about_skips(sessions: Sessions, columns: dict[str, str]) -> list[str]:
    """Returns a warning if nothing says which plays are skips."""
    if not sessions.min_seconds or "duration" in columns:
        return []
    return [
        f"sessions.min_seconds={sessions.min_seconds:g} leaves out nothing, since no column says "
        "how long a song was played: columns.duration names one"
    ]


def doubts(report: dict[str, Any], songs: int, once: int) -> list[str]:
    """Returns warnings of rejected rows, unreadable times, and songs that are not played again.

    songs: the number of songs. once: how many of them are played once.
    """
    found, rows = [], report["rows"]
    if rows["rejected"] > FEW_REJECTED * rows["read"]:
        counts = f"{rows['rejected']:,} of {rows['read']:,}"
        found.append(f"{counts} rows were rejected: 08_reporting/rejected_rows.csv says why")
    if unread := rows["dropped"].get("unreadable time"):
        found.append(f"{unread:,} times could not be read: columns.time_format gives their format")
    if once == songs:
        column = report["input"]["columns"].get("song")
        right = f"is columns.song={column} right?" if column else "are the columns right?"
        found.append(f"no song is played twice: nothing can be learned; {right}")
    elif once > MOST * songs:
        found.append(f"{once:,} of {songs:,} songs are played only once")
    return found


def doubts_about_names(found: list[tuple[str, str]]) -> list[str]:
    """Returns a warning of each name, with its kind, that may stand for a missing one."""
    return [
        f"a {kind} is named {' - '.join(filter(None, name.split(TAB)))}: if that stands for a "
        "missing value, leave such cells empty"
        for kind, name in found
    ]
