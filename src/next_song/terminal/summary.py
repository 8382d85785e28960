"""What a run made, on one screen."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from kedro.io import DataCatalog
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from next_song.evaluation.metrics import METRICS
from next_song.parameters import Selection
from next_song.serving import song_search
from next_song.terminal.next_steps import next_steps

SETTINGS = ("decay", "target", "popularity", "followers")
SCORECARDS = "_scorecards"
CANDIDATES_SHOWN = 12
SHOWN = ("hit_rate@10", "hit_rate@20", "mrr@20")


def show(made: set[str], catalog: DataCatalog, console: Console | None = None) -> None:
    """Print the reports among the data sets that a run has made."""
    console = console or Console()
    for part in _parts(made, catalog):
        console.print(part, highlight=False, crop=False)
        console.print()


def _parts(made: set[str], catalog: DataCatalog) -> Iterator[RenderableType]:
    if "data_report" in made:
        yield _data(catalog.load("data_report"))
    if "leaderboard" in made:
        yield _leaderboard(catalog.load("leaderboard"), catalog.load("params:selection"))
    elif scored := [name for name in sorted(made) if name.endswith(SCORECARDS)]:
        selection = catalog.load("params:selection")
        cards = {name.removesuffix(SCORECARDS): catalog.load(name) for name in scored}
        yield _leaderboard(_scored(cards, selection), selection)
    if "test_scorecard" in made:
        yield _test(catalog.load("test_scorecard"), catalog.load("params:selection"))
    if "model_archive" in made:
        yield _answer(catalog)
    if {"data_report", "leaderboard", "model_archive"} & made:
        yield next_steps(catalog, "model_archive" in made)


def _titled(title: str, *columns: str) -> tuple[Group, Table]:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", show_header=bool(columns))
    for place, name in enumerate(columns):
        table.add_column(name, no_wrap=True, justify="right" if place else "left")
    return Group(Text(title, style="bold"), table), table


def _data(report: dict[str, Any]) -> RenderableType:
    rows = report["rows"]
    left_out = {"rejected": rows["rejected"]} | rows["dropped"]
    reasons = ", ".join(f"{why} {count:,}" for why, count in left_out.items() if count)
    title = f"Data: {rows['read']:,} rows read; left out: {reasons or 'none'}"
    shown, table = _titled(title, "split", "playlists", "plays", "songs")
    for split, counts in report["splits"].items():
        table.add_row(split, *(f"{count:,}" for count in counts.values()))
    return shown


def _leaderboard(leaderboard: pd.DataFrame, selection: Selection) -> RenderableType:
    """The best setting of each candidate; the baselines are in the file, and in the test."""
    best = leaderboard.dropna(subset=["decay"]).drop_duplicates("model").head(CANDIDATES_SHOWN)
    figures = [name for name in _figures(selection) if name in best]
    title = f"Validation, {best['queries'].iloc[0]:,} queries: best setting of each candidate"
    columns = (*map(_short, figures), f"{_short(_decides(selection))}, 95 %")
    shown, table = _titled(title, "candidate", *SETTINGS, *columns)
    for row in best.to_dict("records"):
        cells = [*(f"{row[name]}" for name in SETTINGS), *(f"{row[name]:.3f}" for name in figures)]
        table.add_row(row["model"], *cells, _range(row))
    return shown


def _scored(cards: dict[str, list[dict[str, Any]]], selection: Selection) -> pd.DataFrame:
    """Scorecards of candidates as a leaderboard, where a run has made no other."""
    rows = []
    for model, settings in cards.items():
        for card in settings:
            low, high = card["interval"][selection.metric][str(selection.k)]
            figures = {f"{name}@{k}": value for name in METRICS for k, value in card[name].items()}
            row = {"model": model, "queries": card["queries"], "low": low, "high": high}
            rows.append(row | card["retrieval"] | figures)
    best_first = [_decides(selection), f"mrr@{selection.k}"]
    return pd.DataFrame(rows).sort_values(best_first, ascending=False, kind="stable")


def _test(card: dict[str, Any], selection: Selection) -> RenderableType:
    """Champion and baselines, best first, and how far each baseline is behind."""
    figures = [
        (name, k) for name in METRICS for k in card[name] if f"{name}@{k}" in _figures(selection)
    ]
    decides = _short(_decides(selection))
    title = f"Test, {card['queries']:,} queries: the champion, trained again, and the baselines"
    columns = (*(_short(f"{name}@{k}") for name, k in figures), f"behind in {decides}, 95 %")
    shown, table = _titled(title, "model", *columns)
    by = selection.metric, str(selection.k)
    baselines = sorted(card["baselines"].items(), key=lambda one: -one[1][by[0]][by[1]])
    for model, one in [(card["model"], card), *baselines]:
        behind = one.get("behind")
        cells = [f"{one[name][k]:.3f}" for name, k in figures]
        table.add_row(model, *cells, _range(behind) if behind else "champion")
    return shown


def _answer(catalog: DataCatalog) -> RenderableType:
    """One of the exported model's answers."""
    example, songs = catalog.load("export_report")["example"], catalog.load("refit_songs")
    names = song_search.names(songs, example["history"] + example["next"])
    shown, table = _titled("An answer of the exported model, to a history of the test")
    for label, some in (("after", example["history"]), ("next", example["next"][:3])):
        table.add_row(Text(label, style="dim"), Text("; ".join(names[song] for song in some)))
    return shown


def _figures(selection: Selection) -> list[str]:
    return list(dict.fromkeys([*SHOWN, _decides(selection)]))


def _decides(selection: Selection) -> str:
    return f"{selection.metric}@{selection.k}"


def _range(bounds: dict[Any, Any]) -> str:
    return f"{bounds['low']:.3f} to {bounds['high']:.3f}"


def _short(figure: str) -> str:
    return figure.replace("hit_rate", "HR").replace("mrr", "MRR").replace("ndcg", "NDCG")
