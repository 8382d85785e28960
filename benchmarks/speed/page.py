"""docs/BENCHMARKS.md and its plot, from what was measured."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

from comparison.tables import table
from speed.chart import chart
from speed.growth import exponent, fastest_growth
from speed.measure import Row
from speed.nodes import HERE, ROOT

HEADER = ["part", "compared with", "next-song", "reference", "unit", "ratio", "goal", "reached"]
PACKAGES = ("duckdb", "gensim", "kedro", "metaflow", "numpy", "pandas", "scipy", "tensorflow-cpu")


def cells(row: Row) -> list[str]:
    """A row as texts, in the order of HEADER."""
    sign = "at most" if row.at_most else "at least"
    goal = ["", ""]
    if row.goal is not None:
        goal = [f"{sign} {row.goal:g}", "yes" if row.met else "**no**"]
    theirs = "" if row.theirs is None else f"{row.theirs:,.4g}"
    part = f"{row.part} ({row.note})" if row.note else row.part
    return [part, row.against, f"{row.ours:,.4g}", theirs, row.unit, f"{row.ratio:.2f}", *goal]


def growth_table(sizes: list[dict[str, Any]]) -> str:
    """Seconds and memory of each node, and the exponent between the two largest sizes."""
    header = ["node", *(f"{size['plays']:,} plays: s, GiB" for size in sizes), "exponent"]
    largest = sizes[-1]["nodes"]
    rows = [
        [
            f"`{name}`",
            *(
                f"{size['nodes'][name]['seconds']:,.1f}, {size['nodes'][name]['peak_gib']:.1f}"
                for size in sizes
            ),
            f"{exponent(*sizes[-2:], name):.2f}" if largest[name]["seconds"] > 1 else "",
        ]
        for name in largest
    ]
    whole = [f"{size['whole']:,.0f}" for size in sizes]
    return table(header, [*rows, ["whole command", *whole, ""]])


def machine() -> str:
    """What it ran on."""
    with open("/proc/cpuinfo") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    installed = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB; Python {platform.python_version()}, "
        f"{installed}"
    )


def write(folder: Path) -> None:
    """Write the page."""
    found = json.loads((folder / "rows.json").read_text())
    sizes = json.loads((folder / "growth.json").read_text())
    (ROOT / "docs/images/growth.svg").write_text(chart(sizes))
    page = Template((HERE / "speed/page.md").read_text()).substitute(
        machine=machine(),
        rows=table(HEADER, [cells(Row(**row)) for part in found.values() for row in part]),
        growth=growth_table(sizes),
        limit=f"{fastest_growth(*sizes[-2:]):.2f}",
    )
    (ROOT / "docs/BENCHMARKS.md").write_text(page)
