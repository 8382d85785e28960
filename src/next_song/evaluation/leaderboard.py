"""The leaderboard: a table of scorecards, best first."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from next_song.evaluation.metrics import METRICS, Metric

WEIGHT = "weight."


def leaderboard(cards: Mapping[str, dict[str, Any]], metric: Metric) -> pd.DataFrame:
    """Returns one row per scorecard, by the names of the models, best first.

    A row has the name, the figures, a column each, such as `hit_rate@20`, the 95 % interval of the
    metric that decides, `low` and `high`, the counts, and the standardised weight of each part,
    such as `weight.next`, if the card has any. Equals go by mean reciprocal rank, then in order.
    """
    rows = [_row(name, card, metric) for name, card in cards.items()]
    best_first = [str(metric), f"mrr@{metric.k}"]
    return pd.DataFrame(rows).sort_values(best_first, ascending=False, kind="stable")


def weights(leaderboard: pd.DataFrame) -> list[str]:
    """Returns the columns that hold the weights of a candidate's score."""
    return [str(name) for name in leaderboard if str(name).startswith(WEIGHT)]


def _row(model: str, card: dict[str, Any], metric: Metric) -> dict[str, Any]:
    flat = {f"{name}@{k}": figure for name in METRICS for k, figure in card[name].items()}
    low, high = card["interval"][metric.name][str(metric.k)]
    found = {f"{WEIGHT}{name}": weight for name, weight in card.get("standardised", {}).items()}
    counts = {name: card[name] for name in ("queries", "unknown")}
    return {"model": model} | flat | {"low": low, "high": high} | counts | found
