"""Charts of a run as Vega-Lite, which the page of a card draws without a request to anywhere."""

from itertools import cycle, islice
from typing import Any

import pandas as pd
from metaflow.cards import VegaChart

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name: nothing is read from there
SIZE = {"width": 560, "height": 260}
CHAMPION, CANDIDATE, BASELINE = "#c2410c", "#1d4ed8", "#94a3b8"
OTHERS = (CANDIDATE, "#0f766e", "#7c3aed", "#0891b2", BASELINE)


def leaderboard(best: pd.DataFrame) -> VegaChart:
    """The figure that decides, for each model: its 95 % interval, baselines in another colour."""
    rows = [
        {"model": row["model"], "low": row["low"], "high": row["high"], "kind": _kind(row)}
        for row in best.to_dict("records")
    ]
    color = {"field": "kind", "type": "nominal", "scale": {"range": [BASELINE, CANDIDATE]}}
    interval = {"field": "low", "type": "quantitative", "title": "95 % interval"}
    return _chart(
        "Validation",
        rows,
        mark={"type": "bar", "height": 8},
        x=interval,
        x2={"field": "high"},
        y={"field": "model", "type": "nominal", "sort": None, "title": None},
        color=color | {"title": None},
    )


def hit_rates(cards: list[tuple[str, dict[str, Any]]]) -> VegaChart:
    """Hit rate against the length of the answer; the champion, who comes first, stands out."""
    rows = [
        {"model": name, "k": int(k), "hit rate": figure}
        for name, card in cards
        for k, figure in card["hit_rate"].items()
    ]
    names = [name for name, _ in cards]
    hues = [CHAMPION, *islice(cycle(OTHERS), len(names) - 1)]
    return _chart(
        "Hit rate by length of the answer, test",
        rows,
        mark={"type": "line", "point": True},
        x={
            "field": "k",
            "type": "quantitative",
            "scale": {"type": "log"},
            "title": "songs in the answer",
        },
        y={"field": "hit rate", "type": "quantitative"},
        color={
            "field": "model",
            "type": "nominal",
            "sort": names,
            "title": None,
            "scale": {"domain": names, "range": hues},
        },
    )


def slices(parts: dict[str, dict[str, dict[str, float]]]) -> VegaChart:
    """Hit rate of the champion by kind of target and by length of history."""
    labels = {"target": "target", "history": "songs in history"}
    rows = [
        {"query": f"{labels[kind]}: {name}", "kind": labels[kind], "hit rate": part["hit_rate"]}
        for kind in labels
        for name, part in parts[kind].items()
    ]
    return _chart(
        "Hit rate of the champion by kind of query, test",
        rows,
        mark={"type": "bar"},
        x={"field": "hit rate", "type": "quantitative"},
        y={"field": "query", "type": "nominal", "sort": None, "title": None},
        color={
            "field": "kind",
            "type": "nominal",
            "legend": None,
            "scale": {"range": [CANDIDATE, CHAMPION]},
        },
    )


def _kind(row: dict[Any, Any]) -> str:
    weights = [row[name] for name in row if str(name).startswith("weight.")]
    return "baseline" if all(map(pd.isna, weights)) else "candidate"


def _chart(
    title: str, rows: list[dict[str, Any]], mark: dict[str, Any], **encoding: Any
) -> VegaChart:
    spec = {"$schema": SCHEMA, "data": {"values": rows}, "mark": mark, "encoding": encoding}
    return VegaChart(spec | {"title": title} | SIZE)
