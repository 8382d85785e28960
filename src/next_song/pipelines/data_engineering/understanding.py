"""How the input was understood: in the log, in the report, and as warnings."""

import logging
from pathlib import Path
from typing import Any

from next_song.pipelines.data_engineering.sources import Staged

LOG = logging.getLogger(__name__)
SHOWN = ("playlist", "user", "song", "artist", "track", "time", "position", "duration", "split")
# Above these shares, a warning: of tied plays, of rejected rows, of songs that are played once
FEW_TIES, FEW_REJECTED, MOST = 0.01, 0.01, 0.5


def describe(read: Staged, source: str, paths: list[str]) -> dict[str, Any]:
    """Returns files, source, columns and order of the input, and logs them."""
    files = [Path(path).name for path in paths]
    named = ", ".join(files[:3]) + (f" and {len(files) - 3:,} more" if len(files) > 3 else "")
    columns = {use: read.columns[use] for use in SHOWN if use in read.columns}
    LOG.info("input: %s, read as %s", named, source)
    LOG.info("columns: %s", ", ".join(f"{use} = {name}" for use, name in columns.items()))
    LOG.info("order: %s", f"{read.order} ({read.order.decided})" if read.order.ties else read.order)
    if read.order.ties > FEW_TIES * read.order.plays:
        LOG.warning(
            "%s of %s plays have the %s of another play of their playlist: what comes after what "
            "is decided by %s",
            f"{read.order.ties:,}", f"{read.order.plays:,}", read.order.by, read.order.decided,
        )  # fmt: skip
    return {
        "files": files,
        "source": source,
        "columns": columns,
        "order": str(read.order),
        "ties": read.order.decided,
    }


def warn(report: dict[str, Any], songs: int, once: int) -> None:
    """Logs a warning if much was rejected, or if too few songs are played more than once.

    songs: the number of songs. once: how many of them are played once.
    """
    rows, column = report["rows"], report["input"]["columns"].get("song", "")
    if rows["rejected"] > FEW_REJECTED * rows["read"]:
        LOG.warning(
            "%s of %s rows were rejected: see 08_reporting/rejected_rows.csv",
            f"{rows['rejected']:,}", f"{rows['read']:,}",
        )  # fmt: skip
    if once == songs:
        LOG.warning(
            "no song is played twice: nothing can be learned; is columns.song%s right?",
            f"={column}" if column else "",
        )
    elif once > MOST * songs:
        LOG.warning("%s of %s songs are played only once", f"{once:,}", f"{songs:,}")
