"""How good the models are: leaderboard, answers of more length, kinds of queries."""

from itertools import chain, cycle
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from next_song.plots.style import BASELINE, CANDIDATE, CHAMPION, OTHERS, figure, named, plain


def leaderboard(table: pd.DataFrame, metric: str) -> go.Figure:
    """Each model on validation with its 95 % interval, best on top."""
    best = table.iloc[::-1]
    # only candidates have weights
    learned = best.filter(regex=r"^weight\.").notna().any(axis=1)
    title = named("Validation", {"candidates": CANDIDATE, "baselines": BASELINE})
    plot = figure(title, f"{plain(metric)}, 95 % interval", "")
    for name, rows, color in (
        ("candidates", best[learned], CANDIDATE),
        ("baselines", best[~learned], BASELINE),
    ):
        plot.add_scatter(
            name=name,
            x=rows[metric].tolist(),
            y=rows["model"].tolist(),
            error_x=_reach(rows[metric], rows["low"], rows["high"]),
            mode="markers",
            marker={"color": color, "size": 10},
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )
    order = {"categoryorder": "array", "categoryarray": best["model"].tolist(), "dtick": 1}
    return plot.update_layout(yaxis=order, height=160 + 30 * len(best))


def by_k(card: dict[str, Any]) -> go.Figure:
    """Hit rate of champion and baselines on test, against the length of the answer."""
    models = {card["model"]: card} | card["baselines"]
    colors = dict(zip(models, chain([CHAMPION], cycle(OTHERS)), strict=False))
    title = named("Hit rate by length of the answer, test", colors)
    plot = figure(title, "songs in the answer", "hit rate")
    for name, model in models.items():
        champion = model is card
        plot.add_scatter(
            name=f"champion: {name}" if champion else name,
            x=[int(k) for k in model["hit_rate"]],
            y=list(model["hit_rate"].values()),
            mode="lines+markers",
            line={"color": colors[name], "width": 4 if champion else 1.5},
            hovertemplate=f"{name}, first %{{x}}: %{{y:.4f}}<extra></extra>",
        )
    ks = [int(k) for k in card["hit_rate"]]
    return plot.update_layout(xaxis={"type": "log", "tickvals": ks}, yaxis={"rangemode": "tozero"})


def weights(card: dict[str, Any], metric: str) -> go.Figure:
    """The standardised weight of each part of the champion's score, and what each is worth."""
    parts = dict(reversed(card["parts"].items()))
    title = named("Parts of the score", {"weight": CHAMPION, "worth": CANDIDATE})
    plot = figure(title, f"standardised weight; worth: {plain(metric)} times 100", "")
    for kind, color, times in (("standardised", CHAMPION, 1), ("worth", CANDIDATE, 100)):
        plot.add_bar(
            name="weight" if times == 1 else "worth",
            y=list(parts),
            x=[times * part.get(kind, 0) for part in parts.values()],
            orientation="h",
            marker={"color": color},
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    return plot


def slices(card: dict[str, Any], k: int) -> go.Figure:
    """Hit rate of the champion on test by kind of target and by length of the history."""
    kinds = {"target": "how well known the next song is", "history": "songs in the history"}
    plot = figure(f"Hit rate at {k} by kind of query, test", "", "hit rate")
    for (kind, label), color in zip(kinds.items(), (CHAMPION, CANDIDATE), strict=True):
        parts = card["slices"][kind]
        queries = [part["queries"] for part in parts.values()]
        plot.add_bar(
            name=label,
            x=[[label] * len(parts), list(parts)],
            y=[part["hit_rate"] for part in parts.values()],
            text=[f"{count:,} asked" for count in queries],
            textposition="outside",
            marker={"color": color},
            hovertemplate="%{x}: %{y:.4f}, %{text}<extra></extra>",
        )
    return plot.update_layout(showlegend=False, bargap=0.35)


def _reach(middle: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, Any]:
    """How far the error bars go to either side."""
    up, down = (high - middle).tolist(), (middle - low).tolist()
    return {"type": "data", "array": up, "arrayminus": down, "symmetric": False, "thickness": 1.5}
