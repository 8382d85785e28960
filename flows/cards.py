"""What Metaflow's cards show of a run."""

from typing import Any

import pandas as pd
from metaflow.cards import Markdown, Table


def selection(
    champion: dict[str, Any], leaderboard: pd.DataFrame, scorecard: dict[str, Any]
) -> list[Any]:
    """Champion, its test beside the baselines', and the best setting of each candidate."""
    best = leaderboard.drop_duplicates("model")
    rows = [(scorecard["model"], scorecard), *scorecard["baselines"].items()]
    test = pd.DataFrame({"model": name} | _figures(card) for name, card in rows)
    setting = ", ".join(f"{name} {value}" for name, value in champion["retrieval"].items())
    return [
        Markdown(f"# Champion: {champion['model']}\n{setting}"),
        Markdown(f"## Test, {scorecard['queries']:,} queries"),
        _table(test),
        Markdown(f"## Validation, {best['queries'].iloc[0]:,} queries"),
        _table(best.drop(columns=["repeats", "queries", "unknown"])),
    ]


def _table(frame: pd.DataFrame) -> Table:
    # Table.from_dataframe would show five rows
    rows = frame.round(4).astype(object).where(frame.notna(), "").to_numpy().tolist()
    return Table(rows, headers=[str(name) for name in frame])


def _figures(card: dict[str, Any]) -> dict[str, float]:
    figures = {name: values for name, values in card.items() if isinstance(values, dict)}
    return {
        f"{name}@{k}": value
        for name, values in figures.items()
        if name not in ("retrieval", "baselines")
        for k, value in values.items()
    }
