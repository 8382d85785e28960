"""docs/RESULTS.md from what results.py measured: `page.py FOLDER`.

The page has the data sets that were measured, and no others.
"""

import json
import sys
from pathlib import Path

from comparison.data_sets import FIGURES, PROTOCOL, Run, Runs
from comparison.prose import champion, exported, sureness, tutorial
from comparison.rows import ablation, rivals, slices

ROOT = Path(__file__).parents[1]
HEAD = """# Results

`make results DATA=folder` writes this page from the data sets as they are published:
[public_data.md](public_data.md) has their addresses. All choices are made on validation, and each
run evaluates the test split once. Brackets hold 95 % intervals. The last column says how much
lower a row is than the champion on the same queries, with the interval of the difference; it is
beyond chance if the interval is above 0. Rows without italics were measured with the same code on
a machine with 2 cores.

"Trained on" says what a row learned from. After its refit, the champion has learned from training
and validation, and so have the baselines beside it. Rows in italics are published figures on the
same split and protocol, which were not measured here; "second-hand" ones are not by the authors of
the model, and "not comparable" ones are explained below the table.

"The tutorial as published" is the method of the public Metaflow tutorial: CBOW, 48 dimensions, the
best of three values of `min_count`, and a search of the input vectors with the last song. "Vectors
alone" is the champion without all other parts of its score.

"""


def section(name: str, run: Run) -> str:
    """Returns what was measured on one data set."""
    data, test = run["data"]["splits"], run["test"]
    sizes = ", ".join(f"{split} {one['playlists']:,}" for split, one in data.items())
    paragraphs = [
        f"## {name}",
        f"{PROTOCOL[name]} Playlists: {sizes}; {test['queries']:,} test queries, "
        f"{test['unknown']:.1%} of them have no known song.",
        champion(name, run),
        rivals(name, run),
        tutorial(run),
        sureness(run),
        "What each part of the score is worth, on validation; weights are fitted anew in each row:",
        ablation(name, run),
        exported(run),
        "Hit rate of the champion on the test split, by kind of query:",
        slices(test),
    ]
    return "\n\n".join(one for one in paragraphs if one) + "\n"


def measured(folder: str) -> Runs:
    """Returns what results.py kept, for the data sets that were measured."""
    files = {name: Path(folder) / name / "results.json" for name in FIGURES}
    return {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}


def main(folder: str) -> None:
    """Write docs/RESULTS.md of the data sets that were measured."""
    runs = measured(folder)
    if not runs:
        sys.exit(f"found no NAME/results.json in {folder}: results.py writes them")
    text = HEAD + "\n".join(section(name, run) for name, run in runs.items())
    (ROOT / "docs/RESULTS.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
