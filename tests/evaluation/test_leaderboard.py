"""Rows of the leaderboard: whose figures and bounds they have, and which is first."""

from typing import Any

import pytest

from next_song.evaluation.leaderboard import leaderboard, weights
from next_song.evaluation.metrics import METRICS, Metric


def card(first: float, **more: Any) -> dict[str, Any]:
    """A scorecard in which each figure and each bound is another number."""
    figures = {
        name: {"1": first + place, "20": first + place + 10} for place, name in enumerate(METRICS)
    }
    bounds = {
        name: {k: [figure - 0.1, figure + 0.2] for k, figure in by_k.items()}
        for name, by_k in figures.items()
    }
    return figures | {"interval": bounds, "queries": 3, "unknown": 0.5} | more


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("k", [1, 20])
def test_the_bounds_are_those_of_the_metric_that_decides(name: str, k: int) -> None:
    metric = Metric(name, k)
    (row,) = leaderboard({"a": card(5)}, metric).to_dict("records")
    assert (row["low"], row["high"]) == (row[f"{name}@{k}"] - 0.1, row[f"{name}@{k}"] + 0.2)
    assert (row["model"], row["queries"], row["unknown"]) == ("a", 3, 0.5)


def test_equals_go_by_mean_reciprocal_rank_then_in_order() -> None:
    cards = {name: card(5) for name in "abcd"}
    cards["b"]["mrr"]["1"] += 1
    cards["d"]["hit_rate"]["1"] += 1
    cards["c"]["mrr"]["20"] += 1  # which does not count at 1
    assert leaderboard(cards, Metric("hit_rate", 1))["model"].tolist() == ["d", "b", "a", "c"]


def test_weights_are_columns_of_those_that_have_them() -> None:
    table = leaderboard({"a": card(5, standardised={"x": 0.3}), "b": card(4)}, Metric("mrr", 1))
    assert weights(table) == ["weight.x"]
    assert table["weight.x"].isna().tolist() == [False, True]
