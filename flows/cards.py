"""What Metaflow's cards show of a run: tables, and charts that Metaflow's own page draws."""

from typing import Any

import charts
import pandas as pd
from fsspec.core import url_to_fs
from metaflow.cards import Markdown, Table


def data_engineering(report: dict[str, Any]) -> list[Any]:
    """What was read, what was left out and why, and what is in each split."""
    rows = report["rows"]
    left_out = {"rejected: could not be read": rows["rejected"]} | rows["dropped"]
    shares = [[why, f"{count:,}", f"{count / rows['read']:.2%}"] for why, count in left_out.items()]
    splits = [
        [name, *(f"{count:,}" for count in part.values())]
        for name, part in report["splits"].items()
    ]
    songs = report["songs"]
    return [
        Markdown(f"# {rows['kept']:,} of {rows['read']:,} plays kept"),
        Markdown(f"Read from {', '.join(map(_code, report['input'][:5]))}"),
        Markdown("## Left out, and why"),
        Table(shares, headers=["why", "rows", "of all"]),
        Markdown(f"## Splits: {songs['in_training']:,} of {songs['all']:,} songs are in training"),
        Table(splits, headers=["split", "playlists", "plays", "songs"]),
    ]


def selection(
    champion: dict[str, Any], leaderboard: pd.DataFrame, scorecard: dict[str, Any]
) -> list[Any]:
    """Champion, its test beside the baselines', and the best setting of each model."""
    best = leaderboard.drop_duplicates("model")
    rows = [(scorecard["model"], scorecard), *scorecard["baselines"].items()]
    test = pd.DataFrame({"model": name} | _figures(card) for name, card in rows)
    setting = ", ".join(f"{name} {value}" for name, value in champion["retrieval"].items())
    return [
        Markdown(f"# Champion: {champion['model']}\n{setting}"),
        Markdown(f"## Test, {scorecard['queries']:,} queries"),
        _table(test),
        charts.hit_rates(rows),
        charts.slices(scorecard["slices"]),
        Markdown(f"## Validation, {best['queries'].iloc[0]:,} queries"),
        charts.leaderboard(best),
        _table(best.drop(columns=["repeats", "queries", "unknown"])),
    ]


def export(report: dict[str, Any], scorecard: dict[str, Any], archive: str) -> list[Any]:
    """The archive's own figures beside those that were tested before export, and its size."""
    fs, path = url_to_fs(archive)
    rows = [
        [f"{name}@{k}", f"{scorecard[name][k]:.5f}", f"{figure:.5f}"]
        for name in ("hit_rate", "mrr", "ndcg")
        for k, figure in report[name].items()
    ]
    return [
        Markdown(f"# Model archive, {fs.size(path) / 1e6:.1f} MB\n{_code(archive)}"),
        Markdown(
            f"## Its own answers to {report['queries']:,} test queries\n"
            f"They may differ by {report['allowed_difference']:.5f} at most."
        ),
        Table(rows, headers=["figure", "before export", "archive"]),
    ]


def deployment(endpoint: dict[str, Any] | None) -> list[Any]:
    """What is up, that it answered the smoke query, what it costs, and how to delete it."""
    if endpoint is None:
        return [Markdown("# Not deployed\nThis run was not asked to: `--deploy true` does.")]
    name, usd = endpoint["endpoint"], endpoint["usd_per_day"]
    cost = f"about {usd:,.2f} USD a day" if usd else "see SageMaker's price list"
    rows = [[key, str(value)] for key, value in endpoint.items() if key != "tags"]
    rows += [[key, value] for key, value in endpoint["tags"].items()]
    return [
        Markdown(f"# Endpoint {name} is up\nIts answers to the smoke query were the archive's."),
        Markdown(f"**Cost**, for as long as it is up: {cost}."),
        Markdown(f"**Delete it**: `next-song delete {name}`"),
        Table(rows, headers=["", ""]),
    ]


def _code(text: str) -> str:
    return f"`{text}`"


def _table(frame: pd.DataFrame) -> Table:
    # Table.from_dataframe would show five rows
    rows = frame.round(4).astype(object).where(frame.notna(), "").to_numpy().tolist()
    return Table(rows, headers=[str(name) for name in frame])


def _figures(card: dict[str, Any]) -> dict[str, float]:
    return {
        f"{name}@{k}": value
        for name in ("hit_rate", "mrr", "ndcg", "coverage", "gini", "popularity")
        for k, value in card.get(name, {}).items()
    }
