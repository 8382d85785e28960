"""What a run made, on one screen."""

from typing import Any

import pandas as pd
from kedro.io import DataCatalog
from rich import box
from rich.console import Console
from rich.table import Table

from next_song import song_search

MODELS_SHOWN = 12


def show(made: set[str], catalog: DataCatalog) -> None:
    """Print the reports among the data sets that a run has made."""
    console = Console()
    if "data_report" in made:
        console.print(_data_table(catalog.load("data_report")))
    if "leaderboard" in made:
        console.print(_leaderboard_table(catalog.load("leaderboard")))
    if "test_scorecard" in made:
        console.print(_test_table(catalog.load("test_scorecard")))
    if "model_archive" in made:
        _show_model(console, catalog)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def _data_table(report: dict[str, Any]) -> Table:
    rows = report["rows"]
    left_out = {"rejected": rows["rejected"]} | rows["dropped"]
    reasons = ", ".join(f"{why} {count:,}" for why, count in left_out.items() if count)
    title = f"Data: {rows['read']:,} rows read; left out: {reasons or 'none'}"
    table = _table(title, "split", "playlists", "plays", "songs")
    for split, counts in report["splits"].items():
        table.add_row(split, *(f"{count:,}" for count in counts.values()))
    return table


def _leaderboard_table(leaderboard: pd.DataFrame) -> Table:
    """The best setting of each model."""
    best = leaderboard.drop_duplicates("model").head(MODELS_SHOWN)
    figures = [str(name) for name in best if str(name).startswith(("hit_rate@", "mrr@20"))]
    shown = ["model", "decay", "target", "popularity", "followers"]
    setting = ["model", "decay", "target", "prior", "follow"]  # shorter words for a terminal
    title = (
        f"Leaderboard: best setting of each model, {best['queries'].iloc[0]:,} validation queries"
    )
    table = _table(title, *setting, *map(_short, figures))
    for row in best.to_dict("records"):
        values = ("" if pd.isna(row[name]) else str(row[name]) for name in shown)
        table.add_row(*values, *(f"{row[name]:.3f}" for name in figures))
    return table


def _test_table(card: dict[str, Any]) -> Table:
    figures = [(name, k) for name in ("hit_rate", "mrr", "coverage") for k in card[name]]
    figures = [(name, k) for name, k in figures if name == "hit_rate" or k == "20"]
    title = f"Test: champion and baseline, {card['queries']:,} test queries"
    table = _table(title, "model", *(_short(f"{name}@{k}") for name, k in figures))
    for model, one in [(card["model"], card), *card["baselines"].items()]:
        table.add_row(model, *(f"{one[name][k]:.3f}" for name, k in figures))
    return table


def _short(figure: str) -> str:
    return figure.replace("hit_rate", "HR").replace("mrr", "MRR")


def _show_model(console: Console, catalog: DataCatalog) -> None:
    example, songs = catalog.load("export_report")["example"], catalog.load("refit_songs")
    names = song_search.names(songs, example["history"] + example["next"])
    lines = {
        "Model": str(catalog["model_archive"]._describe()["filepath"]),
        "After": "; ".join(names[song] for song in example["history"]),
        "next ": "; ".join(names[song] for song in example["next"]),
    }
    for label, text in lines.items():
        console.print(f"{label}  {text}", markup=False, highlight=False, soft_wrap=True)
