"""`python -m rollout_faults [fast] [groups]`: lets the entries happen, and prints the table."""

from __future__ import annotations

import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

AT_ONCE = 6


def main(words: list[str]) -> int:
    """Lets all entries happen, some at once, and prints a row for each as it ends."""
    from rollout_faults.case import Case
    from rollout_faults.stage import stage
    from rollout_faults.table import entries

    logging.disable(logging.WARNING)  # warnings of deployments that fail, as they should
    fast = "fast" in words
    groups = set(words) - {"fast"}
    chosen = [
        one for one in entries() if (one.fast or not fast) and (one.group in groups or not groups)
    ]
    started, rows = time.monotonic(), []
    with stage() as there, ThreadPoolExecutor(AT_ONCE) as pool:

        def run(number: int) -> dict[str, Any]:
            entry = chosen[number]
            try:
                return Case(there, entry, f"e{number:03}x").run()
            except Exception as error:
                return {"group": entry.group, "what": entry.what, "problems": [repr(error)]}

        for row in pool.map(run, range(len(chosen))):
            rows.append(row)
            show(row)
    found = [row for row in rows if row["problems"]]
    answers, failed, bad = (
        sum(row.get(key, 0) for row in rows) for key in ("answers", "failed", "bad")
    )
    click.echo(
        f"{len(rows)} entries in {time.monotonic() - started:.0f} s: {answers} answers, {failed} "
        f"failed (deletions and canaries), {bad} of a bad model (canaries); {len(found)} problems"
    )
    return 1 if found or not rows else 0


def show(row: dict[str, Any]) -> None:
    """Prints a row of the table."""
    keys = ("after", "failed", "bad", "left", "next")
    told = ", ".join(f"{key} {row[key]}" for key in keys if key in row)
    click.echo(f"{row['group']}: {row['what']}: {row.get('outcome', '')[:100]} | {told}")
    for problem in row["problems"]:
        click.echo(f"    PROBLEM {problem}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
