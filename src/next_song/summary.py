"""What a run made, on one screen."""

from typing import Any

import pandas as pd
from kedro.io import DataCatalog
from rich import box
from rich.console import Console
from rich.table import Table

from next_song import song_search
from next_song.metrics import METRICS

MODELS_SHOWN = 12
SHOWN = ("hit_rate@10", "hit_rate@20", "mrr@20")


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
    figures = [str(name) for name in best if str(name) in SHOWN]
    queries = best["queries"].iloc[0]
    title = f"Leaderboard: best setting of each model, {queries:,} validation queries"
    table = _table(title, "model", "setting", *map(_short, figures), "95 %")
    for row in best.to_dict("records"):
        setting = [row[name] for name in ("decay", "target", "popularity", "followers")]
        text = "" if pd.isna(setting[0]) else " ".join(map(str, setting))
        interval = f"{row['low']:.3f} to {row['high']:.3f}"
        table.add_row(row["model"], text, *(f"{row[name]:.3f}" for name in figures), interval)
    return table


def _test_table(card: dict[str, Any]) -> Table:
    """Champion and baselines, and how far each baseline is behind."""
    figures = [(name, k) for name in METRICS for k in card[name] if f"{name}@{k}" in SHOWN]
    title = f"Test: champion and baselines, {card['queries']:,} test queries"
    table = _table(title, "model", *(_short(f"{name}@{k}") for name, k in figures), "behind by")
    for model, one in [(card["model"], card), *card["baselines"].items()]:
        behind = one.get("behind")
        apart = f"{behind['low']:.3f} to {behind['high']:.3f}" if behind else ""
        table.add_row(model, *(f"{one[name][k]:.3f}" for name, k in figures), apart)
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
