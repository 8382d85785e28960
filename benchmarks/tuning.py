"""The tables of docs/tuning.md from what results.py measured: `tuning.py FOLDER`."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from next_song.grid import base_parameters
from page import FIGURES, figure, short, table

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/tuning.md"
SETTINGS = ("decay", "target", "popularity", "followers")
TRAINING = ("sg", "window", "vector_size", "min_count")
Runs = dict[str, dict[str, Any]]


def retrieval(runs: Runs) -> str:
    """The best figure with each value of each setting, all else free."""
    boards = {name: _board(run) for name, run in runs.items()}
    rows = []
    for setting in SETTINGS:
        best = {name: board.groupby(setting)["figure"].max() for name, board in boards.items()}
        for value in next(iter(best.values())).index:
            cells = [_marked(one[value], one.max()) for one in best.values()]
            rows.append([f"`{setting}: {_plain(value)}`", *cells])
    return table(["", *_headings(runs)], [*rows, _intervals(runs)])


def candidates(runs: Runs) -> str:
    """Each candidate: what it is, and its best figure, all settings free."""
    grid = base_parameters()["modeling"]
    best = [_board(run).groupby("model")["figure"].max() for run in runs.values()]
    rows = []
    for name, candidate in grid.items():
        params = candidate["word2vec"]
        what = ", ".join(f"{key} {params[key]}" for key in TRAINING)
        rows.append([f"`{name}`", what, *(_marked(one[name], one.max()) for one in best)])
    return table(["", "", *_headings(runs)], rows)


def costs(runs: Runs) -> str:
    """How long one processor trains each candidate; what followers cost in the archive."""
    names = next(iter(runs.values()))["training"]
    rows = [
        [f"train `{name}`", *(f"{run['training'][name]:,.0f} s" for run in runs.values())]
        for name in names
    ]
    for label, kind in (("champion's archive", "archive"), ("without followers", "vectors_alone")):
        shown = (run["export"][kind] for run in runs.values())
        rows.append([label, *(f"{one['mib']:.0f} MiB, {one['p50_ms']:.1f} ms" for one in shown)])
    return table(["", *runs], rows)


def refit(runs: Runs) -> str:
    """The champion on the test, as it was chosen and trained again with validation."""
    rows = []
    for label, card in (
        ("chosen on validation", lambda run: run["test"]["before_refit"]),
        ("trained again with it", lambda run: run["test"]),
    ):
        rows.append([label, *(figure(card(run)[run["metric"]][run["k"]]) for run in runs.values())])
    return table(["", *_headings(runs)], rows)


TABLES = {"retrieval": retrieval, "candidates": candidates, "costs": costs, "refit": refit}


def filled(text: str, runs: Runs) -> str:
    """The page with its tables made anew: each stands between two comments, the first its name."""

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{TABLES[found[2]](runs)}\n\n{found[3]}"

    return re.sub(r"(<!-- table: (\w+) -->).*?(<!-- end -->)", made, text, flags=re.DOTALL)


def _board(run: dict[str, Any]) -> pd.DataFrame:
    """The candidates' rows of the leaderboard, with the figure that decides."""
    board = pd.DataFrame(run["leaderboard"]).dropna(subset=["decay"])
    return board.assign(figure=board[f"{run['metric']}@{run['k']}"])


def _marked(value: float, best: float) -> str:
    return f"**{figure(value)}**" if figure(value) == figure(best) else figure(value)


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _headings(runs: Runs) -> list[str]:
    return [f"{name}, {short(run['metric'])}@{run['k']}" for name, run in runs.items()]


def _intervals(runs: Runs) -> list[str]:
    tops = [_board(run).iloc[0] for run in runs.values()]
    return [
        "95 % interval of the best",
        *(f"{figure(one['low'])} to {figure(one['high'])}" for one in tops),
    ]


def main(folder: str) -> None:
    """Write the tables of docs/tuning.md."""
    runs = {
        name: json.loads((Path(folder) / name / "results.json").read_text()) for name in FIGURES
    }
    PAGE.write_text(filled(PAGE.read_text("utf-8"), runs), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
