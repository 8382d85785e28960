"""What Metaflow's cards show of a run: tables, and charts that Metaflow's own page draws."""

from typing import Any

import charts
import pandas as pd
from fsspec.core import url_to_fs
from known_task import make_known
from metaflow import current
from metaflow.cards import Markdown, Table

METRICS, ANSWERS = ("hit_rate", "mrr", "ndcg"), ("coverage", "gini", "popularity")
ABOUT_ANSWERS = (
    "Coverage is the share of all songs that appear in some answer. Gini says how unequally songs "
    "are answered: 0 if all equally often, near 1 if a few make up all answers. Popularity is the "
    "mean number of plays in training of the answered songs."
)

ABOUT_PARTS = (
    "A score is a sum of parts, each times its weight. A standardised weight is the weight times "
    "the standard deviation of the part, so that parts compare. Worth says by how much the figure "
    "that decides falls on validation without the part."
)


def show(flow: Any, components: list[Any]) -> None:
    """Puts components on the card of the step that is running."""
    make_known(flow)
    current.card.extend(components)


def data_engineering(report: dict[str, Any]) -> list[Any]:
    """What was read, what was left out and why, and what is in each split."""
    rows, given = report["rows"], report["input"]
    left_out = {"rejected: could not be read": rows["rejected"]} | rows["dropped"]
    shares = [[why, f"{count:,}", f"{count / rows['read']:.2%}"] for why, count in left_out.items()]
    splits = [
        [name, *(f"{count:,}" for count in part.values())]
        for name, part in report["splits"].items()
    ]
    songs = report["songs"]
    return [
        Markdown(f"# {rows['kept']:,} of {rows['read']:,} plays kept"),
        Markdown(
            f"Read from {', '.join(map(_code, given['files'][:5]))}, in order: {given['order']}"
        ),
        Markdown("## Left out, and why"),
        Table(shares, headers=["why", "rows", "of all"]),
        Markdown(f"## Splits: {songs['in_training']:,} of {songs['all']:,} songs are in training"),
        Table(splits, headers=["split", "playlists", "plays", "songs"]),
    ]


def selection(
    champion: dict[str, Any], leaderboard: pd.DataFrame, scorecard: dict[str, Any]
) -> list[Any]:
    """Champion, its test beside the baselines', what its score consists of, and validation."""
    rows = [(scorecard["model"], scorecard), *scorecard["baselines"].items()]
    test = pd.DataFrame({name: _figures(card) for name, card in rows}).rename_axis("metric")
    answers = pd.DataFrame({name: scorecard[name] for name in ANSWERS})
    shown = ["model", *(name for name in leaderboard if name.startswith(("hit", "weight.")))]
    parts = pd.DataFrame(champion["parts"]).T.rename_axis("part").reset_index()
    return [
        Markdown(f"# {scorecard['verdict']}"),
        Markdown(f"Champion: **{champion['model']}**{_started_from(champion)}"),
        Markdown(f"## Test, {scorecard['queries']:,} queries"),
        _table(test.reset_index()),
        charts.hit_rates(rows),
        charts.slices(scorecard["slices"]),
        Markdown(f"## The songs that the champion answers with\n{ABOUT_ANSWERS}"),
        _table(answers.rename_axis("answers").reset_index()),
        Markdown(f"## The parts of its score\n{ABOUT_PARTS}"),
        _table(parts),
        Markdown(f"## Validation, {leaderboard['queries'].iloc[0]:,} queries"),
        charts.leaderboard(leaderboard),
        _table(leaderboard[shown]),
    ]


def export(report: dict[str, Any], scorecard: dict[str, Any], archive: str) -> list[Any]:
    """An answer of the archive, and its own metrics beside those tested before export."""
    from next_song.terminal.summary import in_words  # the flow makes it importable in a job

    fs, path = url_to_fs(archive)
    rows = [
        [f"{name}@{k}", f"{scorecard[name][k]:.5f}", f"{figure:.5f}"]
        for name in METRICS
        for k, figure in report[name].items()
    ]
    history, answers, target = in_words(report["example"])
    answer = [
        ["history, oldest first", "; ".join(history)],
        ["first answers", "; ".join(answers)],
        ["played next", target],
    ]
    return [
        Markdown(f"# {scorecard['verdict']}"),
        Markdown(f"Model archive, {fs.size(path) / 1e6:.1f} MB: {_code(archive)}"),
        Markdown("## One of its answers, to a playlist of the test split"),
        Table(answer, headers=["", "songs"]),
        Markdown(
            f"## Its own answers to {report['queries']:,} test queries\n"
            f"The two may differ by {report['allowed_difference']:.5f} at most."
        ),
        Table(rows, headers=["metric", "before export", "archive"]),
    ]


def deployment(endpoint: dict[str, Any] | None) -> list[Any]:
    """What is up, the smoke query that it answered, what it costs, and how to delete it."""
    if endpoint is None:
        return [Markdown("# Not deployed\nThis run was not asked to: `--deploy true` does.")]
    name, usd, history = (endpoint[key] for key in ("endpoint", "usd_per_day", "smoke_query"))
    serves = f"{endpoint['instances']} of {endpoint['instance']}"
    if endpoint["autoscaling"]:
        most = endpoint["usd_per_day_at_most"]
        serves += f"; {endpoint['autoscaling']}" + (f", {most:,.2f} USD at most" if most else "")
    cost = "see SageMaker's price list" if usd is None else f"about {usd:,.2f} USD a day"
    made = [[key, endpoint[key]] for key in ("model", "config", "image", "archive")]
    return [
        Markdown(f"# Endpoint {name} is up"),
        Markdown(f"**Cost**, for as long as it is up: {cost} ({serves}). It ends with\n"),
        Markdown(f"```\nnext-song delete {name}\n```"),
        Markdown("## Smoke query\nIts scores were those of the archive, for this history:"),
        Table([[song] for song in history], headers=["song"]),
        Markdown(f"## At the gate\n{endpoint['gate']}"),
        Table(made, headers=["made", "name"]),
    ]


def _started_from(champion: dict[str, Any]) -> str:
    """Says whose training was continued, if any was."""
    former = champion.get("started_from")
    return f", continued from {former['model']} in {_code(former['archive'])}" if former else ""


def _code(text: str) -> str:
    return f"`{text}`"


def _table(frame: pd.DataFrame) -> Table:
    # Table.from_dataframe would show five rows
    rows = frame.round(4).astype(object).where(frame.notna(), "").to_numpy().tolist()
    return Table(rows, headers=[str(name) for name in frame])


def _figures(card: dict[str, Any]) -> dict[str, float]:
    return {f"{name}@{k}": figure for name in METRICS for k, figure in card[name].items()}
