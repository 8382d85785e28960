"""The leaderboard: a table of scorecards, best first."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from next_song.evaluation.metrics import METRICS
from next_song.parameters import Selection

WEIGHT = "weight."


def leaderboard(cards: Mapping[str, dict[str, Any]], selection: Selection) -> pd.DataFrame:
    """Returns one row per scorecard, by the names of the models, best first.

    A row has the name, the figures, a column each, such as `hit_rate@20`, the 95 % interval of the
    figure that decides, `low` and `high`, the counts, and the standardised weight of each part,
    such as `weight.next`, if the card has any. Equals go by mean reciprocal rank, then in order.
    """
    rows = [_row(name, card, selection) for name, card in cards.items()]
    best_first = [f"{selection.metric}@{selection.k}", f"mrr@{selection.k}"]
    return pd.DataFrame(rows).sort_values(best_first, ascending=False, kind="stable")


def weights(leaderboard: pd.DataFrame) -> list[str]:
    """Returns the columns that hold the weights of a candidate's score."""
    return [str(name) for name in leaderboard if str(name).startswith(WEIGHT)]


def _row(model: str, card: dict[str, Any], selection: Selection) -> dict[str, Any]:
    flat = {f"{name}@{k}": figure for name in METRICS for k, figure in card[name].items()}
    low, high = card["interval"][selection.metric][str(selection.k)]
    found = {f"{WEIGHT}{name}": weight for name, weight in card.get("standardised", {}).items()}
    counts = {name: card[name] for name in ("queries", "unknown")}
    return {"model": model} | flat | {"low": low, "high": high} | counts | found
