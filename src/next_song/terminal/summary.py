"""What a run made, on one screen of 80 by 40 characters."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from kedro.io import DataCatalog
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from next_song.characters import plain
from next_song.evaluation.leaderboard import leaderboard, weights
from next_song.evaluation.metrics import METRICS, Metric
from next_song.terminal.next_steps import next_steps

CANDIDATE = "_candidate"
CANDIDATES_SHOWN = 3
BASELINES_SHOWN = 4
REPORTS = {"data_report", "leaderboard", "test_scorecard", "model_archive"}
SHOWN = ("hit_rate@10", "hit_rate@20", "mrr@20")


def show(
    made: set[str], catalog: DataCatalog, seconds: float, console: Console | None = None
) -> None:
    """Print the reports among the data sets that a run has made in so many seconds."""
    console = console or Console()
    for part in _parts(made, catalog, seconds):
        console.print(part, highlight=False, crop=False)
        console.print()


def _parts(made: set[str], catalog: DataCatalog, seconds: float) -> Iterator[RenderableType]:
    if "test_scorecard" in made:
        yield Text(catalog.load("test_scorecard")["verdict"], style="bold green")
        yield _test(catalog.load("test_scorecard"), _metric(catalog))
    if "leaderboard" in made:
        yield _leaderboard(catalog.load("leaderboard"), _metric(catalog))
    elif scored := [name for name in sorted(made) if name.endswith(CANDIDATE)]:
        metric = _metric(catalog)
        cards = {name.removesuffix(CANDIDATE): catalog.load(name).scorecard for name in scored}
        if cards := {name: card for name, card in cards.items() if card}:  # others were left out
            yield _leaderboard(leaderboard(cards, metric), metric)
    if "data_report" in made:
        yield _data(catalog.load("data_report"))
    if "model_archive" in made:
        yield _example(catalog)
    if REPORTS & made:
        took = Text(f"The run took {duration(seconds)}.")
        yield Group(next_steps(catalog, "model_archive" in made), took)


def _metric(catalog: DataCatalog) -> Metric:
    """Return the metric that chooses."""
    name, k = (catalog.load(f"params:selection.{value}") for value in ("metric", "k"))
    return Metric(name, k)


def _titled(title: str, *columns: str) -> tuple[Group, Table]:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", show_header=bool(columns))
    for place, name in enumerate(columns):
        table.add_column(name, no_wrap=True, justify="right" if place else "left")
    return Group(Text(title, style="bold"), table), table


def _data(report: dict[str, Any]) -> RenderableType:
    """Returns how the input was read, and what is in each split."""
    rows, given = report["rows"], report["input"]
    files = given["files"]
    named = files[0] if len(files) == 1 else f"{len(files)} files"
    left_out = {"rejected": rows["rejected"]} | rows["dropped"]
    reasons = ", ".join(f"{why} {count:,}" for why, count in left_out.items() if count)
    splits = ", ".join(
        f"{split} {counts['playlists']:,} ({counts['plays']:,})"
        for split, counts in report["splits"].items()
    )
    return Group(
        Text(
            f"Data: {plain(named)} read as {given['source']}, {rows['read']:,} rows", style="bold"
        ),
        Text(f"left out: {reasons or 'nothing'}"),
        Text(plain(f"order: {given['order']}" + (f" ({given['ties']})" if given["ties"] else ""))),
        Text(f"playlists (plays): {splits}"),
    )


def _leaderboard(models: pd.DataFrame, metric: Metric) -> RenderableType:
    """The best candidates; the file has all models."""
    candidates = models.dropna(subset=weights(models), how="all")
    best = candidates.head(CANDIDATES_SHOWN)
    figures = [name for name in _figures(metric) if name in best]
    count = f"best {len(best)} of {len(candidates)} candidates"
    title = f"Validation, {best['queries'].iloc[0]:,} queries: the {count}"
    columns = (*map(_short, figures), f"{_short(str(metric))}, 95 %")
    shown, table = _titled(title, "candidate", *columns)
    for row in best.to_dict("records"):
        table.add_row(row["model"], *(f"{row[name]:.3f}" for name in figures), _range(row))
    return shown


def _test(card: dict[str, Any], metric: Metric) -> RenderableType:
    """Champion and best baselines, and how far the champion is ahead of each baseline."""
    figures = [
        (name, k) for name in METRICS for k in card[name] if f"{name}@{k}" in _figures(metric)
    ]
    decides = _short(str(metric))
    baselines = card["baselines"]
    best = sorted(baselines, key=lambda name: -metric.mean(baselines[name]))[:BASELINES_SHOWN]
    others = f"the best {len(best)} of {len(baselines)} baselines"
    title = f"Test, {card['queries']:,} queries: the champion, trained again, and {others}"
    columns = (*(_short(f"{name}@{k}") for name, k in figures), f"champion ahead in {decides}")
    shown, table = _titled(title, "model", *columns)
    for model, scores in [(card["model"], card), *((name, baselines[name]) for name in best)]:
        ahead = _range(scores["behind"]) if "behind" in scores else "champion"
        table.add_row(model, *(f"{scores[name][k]:.3f}" for name, k in figures), ahead)
    return shown


def _example(catalog: DataCatalog) -> RenderableType:
    """One answer of the exported model beside the song that was played next."""
    example = catalog.load("export_report")["example"]
    history, answers, target = in_words(example)
    earlier = len(history) - 1
    before = f" ({earlier} songs before it)" if earlier else ""
    shown, table = _titled("An answer of the exported model to a history of the test")
    for label, text in (
        ("after", f"{history[-1]}{before}"),
        ("answer", "; ".join(answers[:3])),
        ("played next", target),
    ):
        table.add_row(
            Text(label, style="dim"), Text(plain(text), no_wrap=True, overflow="ellipsis")
        )
    return shown


def in_words(example: dict[str, Any]) -> tuple[list[str], list[str], str]:
    """Returns the songs of a history, the answers, and what was played next with its place."""
    names = example["names"]
    place = f"place {example['rank']}" if example["rank"] else "not among the answers"
    history, answers = ([names[song] for song in example[key]] for key in ("history", "next"))
    return history, answers, f"{names[example['target']]} ({place})"


def duration(seconds: float) -> str:
    """Return a duration as people say it: `58 s`, `1 min 31 s`, `2 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _figures(metric: Metric) -> list[str]:
    return list(dict.fromkeys([*SHOWN, str(metric)]))


def _range(bounds: dict[Any, Any]) -> str:
    return f"{bounds['low']:.3f} to {bounds['high']:.3f}"


def _short(figure: str) -> str:
    return figure.replace("hit_rate", "HR").replace("mrr", "MRR").replace("ndcg", "NDCG")
