"""The tables of docs/tuning.md from what results.py measured: `tuning.py FOLDER`.

A table stands between two comments of the page, the first with its name.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from comparison.data_sets import Run, Runs
from comparison.tables import figure, short, table
from next_song.grid import base_parameters
from page import measured

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/tuning.md"
TRAINING = ("sg", "window", "vector_size", "min_count")


def weights(runs: Runs) -> str:
    """Returns the standardised weight of each part of the champion's score."""
    rows = [
        [f"`{part}`", *(_of(run, part, "standardised", "{:.2f}") for run in runs.values())]
        for part in _parts(runs)
    ]
    return table(["", *runs], rows)


def worth(runs: Runs) -> str:
    """Returns how much lower the figure is without each part, with the interval."""
    rows = [[key, *(_lower(run, key) for run in runs.values())] for key in _ablations(runs)]
    whole = ["everything", *(_everything(run) for run in runs.values())]
    return table(["", *_headings(runs)], [whole, *rows])


def candidates(runs: Runs) -> str:
    """Returns each candidate: what it is, and its figure on validation."""
    rows = []
    for name, candidate in base_parameters()["modeling"].items():
        params = candidate["word2vec"]
        what = ", ".join(f"{key} {params[key]}" for key in TRAINING)
        rows.append([f"`{name}`", what, *(_marked(run, name) for run in runs.values())])
    return table(["", "", *_headings(runs)], rows)


def costs(runs: Runs) -> str:
    """Returns how long one processor trains each candidate; what song pairs cost in an archive."""
    names = next(iter(runs.values()))["training"]
    rows = [
        [f"train `{name}`", *(f"{run['training'][name]:,.0f} s" for run in runs.values())]
        for name in names
    ]
    for label, kind in (("champion's archive", "with_pairs"), ("no song pairs", "without_pairs")):
        shown = (run["export"][kind] for run in runs.values())
        rows.append([label, *(f"{one['mib']:.0f} MiB, {one['p50_ms']:.1f} ms" for one in shown)])
    return table(["", *runs], rows)


def refit(runs: Runs) -> str:
    """Returns the champion on the test, as it was chosen and trained again with validation."""
    rows = []
    for label, card in (
        ("chosen on validation", lambda run: run["test"]["before_refit"]),
        ("trained again with it", lambda run: run["test"]),
    ):
        rows.append([label, *(figure(card(run)[run["metric"]][run["k"]]) for run in runs.values())])
    return table(["", *_headings(runs)], rows)


TABLES: dict[str, Callable[[Runs], str]] = {
    "weights": weights,
    "worth": worth,
    "candidates": candidates,
    "costs": costs,
    "refit": refit,
}


def filled(text: str, runs: Runs) -> str:
    """Returns the page with its tables made anew."""

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{TABLES[found[2]](runs)}\n\n{found[3]}"

    return re.sub(r"(<!-- table: (\w+) -->).*?(<!-- end -->)", made, text, flags=re.DOTALL)


def _parts(runs: Runs) -> list[str]:
    """Returns the parts of any champion, in the order of the first that has most."""
    return max((list(run["champion"]["parts"]) for run in runs.values()), key=len)


def _ablations(runs: Runs) -> list[str]:
    """Returns what was left out or changed in any run: parts first, then other ways to score."""
    keys = dict.fromkeys(key for run in runs.values() for key in run["ablation"])
    del keys["everything"]
    return sorted(keys, key=lambda key: not key.startswith("without `"))


def _of(run: Run, part: str, what: str, form: str) -> str:
    found = run["champion"]["parts"].get(part, {})
    return form.format(found[what]) if what in found else ""


def _lower(run: Run, key: str) -> str:
    card = run["ablation"].get(key)
    if card is None:
        return ""
    behind = card["behind"]
    sign = "**" if behind["low"] > 0 else ""
    return f"{sign}{behind['difference']:.4f}{sign} ({behind['low']:.4f} to {behind['high']:.4f})"


def _everything(run: Run) -> str:
    return figure(run["ablation"]["everything"][run["metric"]][run["k"]])


def _marked(run: Run, name: str) -> str:
    found = dict(_figures(run))
    best = max(found[candidate] for candidate in base_parameters()["modeling"])
    text = figure(found[name])
    return f"**{text}**" if text == figure(best) else text


def _figures(run: Run) -> Iterator[tuple[str, float]]:
    return ((row["model"], row[f"{run['metric']}@{run['k']}"]) for row in run["leaderboard"])


def _headings(runs: Runs) -> list[str]:
    return [f"{name}, {short(run['metric'])}@{run['k']}" for name, run in runs.items()]


def main(folder: str) -> None:
    """Write the tables of docs/tuning.md for the data sets that were measured."""
    runs = measured(folder)
    if not runs:
        sys.exit(f"found no NAME/results.json in {folder}: results.py writes them")
    PAGE.write_text(filled(PAGE.read_text("utf-8"), runs), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
