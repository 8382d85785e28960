"""All benchmarks: `python -m speed FOLDER [quick] [PART...]`, a table and FOLDER/rows.json.

Then docs/BENCHMARKS.md is written anew; quick takes small sizes and leaves the page alone. Parts:
data_engineering, modeling, scoring, export, search, runs, growth; those that are not named keep
the rows that an earlier call left.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from comparison.tables import table
from speed import data_engineering, export, growth, modeling, runs, scoring, search
from speed.measure import Row
from speed.page import HEADER, cells, write

PARTS = {
    "data_engineering": data_engineering.rows,
    "modeling": modeling.rows,
    "scoring": scoring.rows,
    "export": export.rows,
    "search": search.rows,
    "runs": runs.rows,
    "growth": growth.rows,
}


def main(folder: Path, *words: str) -> None:
    """Measure, show and keep."""
    quick = "quick" in words
    folder = folder / "quick" if quick else folder
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "rows.json"
    found = json.loads(kept.read_text()) if kept.exists() else {}
    for name in [word for word in words if word in PARTS] or PARTS:
        found[name] = [asdict(row) for row in PARTS[name](folder, quick)]
        kept.write_text(json.dumps(found, indent=2))
    rows = [cells(Row(**row)) for name in PARTS for row in found.get(name, [])]
    print(table(HEADER, rows))
    if not quick and (folder / "growth.json").exists():
        write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
