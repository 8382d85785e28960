"""What a run made, on one screen."""

from typing import Any

import pandas as pd
from kedro.io import CatalogProtocol
from rich.console import Console
from rich.table import Table

from next_song import song_search

SHOWN = 12


def show(made: set[str], catalog: CatalogProtocol) -> None:
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


def _data_table(report: dict[str, Any]) -> Table:
    rows = report["rows"]
    dropped = "".join(f", {count:,} {why}" for why, count in rows["dropped"].items())
    table = Table(
        "split", "playlists", "plays", "songs",
        title=f"Data: {rows['read']:,} rows read, {rows['rejected']:,} rejected{dropped}",
    )  # fmt: skip
    for split, counts in report["splits"].items():
        table.add_row(split, *(f"{count:,}" for count in counts.values()))
    return table


def _leaderboard_table(leaderboard: pd.DataFrame) -> Table:
    """The best setting of each model."""
    best = leaderboard.drop_duplicates("model").head(SHOWN)
    figures = [name for name in best if name.startswith("hit_rate@")] + ["mrr@20"]
    figures = [name for name in figures if name in best]
    table = Table("model", "decay", "target", "popularity", *figures, title="Leaderboard (validation)")
    for row in best.to_dict("records"):
        setting = ("" if pd.isna(row[name]) else str(row[name]) for name in table_setting())
        table.add_row(row["model"], *setting, *(f"{row[name]:.4f}" for name in figures))
    return table


def table_setting() -> tuple[str, ...]:
    """The columns of a retrieval setting that are shown."""
    return ("decay", "target", "popularity")


def _test_table(card: dict[str, Any]) -> Table:
    columns = [f"hit_rate@{k}" for k in card["hit_rate"]]
    table = Table("model", *columns, "mrr@20", "coverage@20", title=f"Test: {card['queries']:,} queries")
    for model, one in [(card["model"], card), *card["baselines"].items()]:
        table.add_row(model, *(f"{figure:.4f}" for figure in one["hit_rate"].values()))
    return table


def _show_model(console: Console, catalog: CatalogProtocol) -> None:
    example, songs = catalog.load("export_report")["example"], catalog.load("songs")
    names = song_search.names(songs, example["history"] + example["next"])
    console.print(f"Model: {catalog['model_archive']._describe()['filepath']}", soft_wrap=True)
    console.print("After   " + ", ".join(names[song] for song in example["history"]), markup=False)
    console.print("it says " + ", ".join(names[song] for song in example["next"]), markup=False)
