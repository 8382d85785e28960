"""What each hyper-parameter did to the figure on validation."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from next_song.plots.style import AXIS, BASELINE, CHAMPION, TEMPLATE, plain

ACROSS = 4
# above the panels' own titles; Kedro-Viz would put a layout's title among them
TITLE = {
    "xref": "paper",
    "yref": "paper",
    "x": 0,
    "y": 1,
    "xanchor": "left",
    "yanchor": "bottom",
    "yshift": 26,
    "showarrow": False,
    "font": {"size": 16},
}


def settings(table: pd.DataFrame, names: list[str], metric: str) -> go.Figure:
    """A panel for each name that has more than one value: every row, and the best of each value.

    table: one row per candidate; columns `model`, `metric` and the names.
    """
    varied = [name for name in names if table[name].nunique() > 1]
    down = max(1, -(-len(varied) // ACROSS))
    across = max(1, min(len(varied), ACROSS))
    plot = make_subplots(
        rows=down,
        cols=across,
        shared_yaxes=True,
        subplot_titles=varied,
        vertical_spacing=0.25 / down,
    )
    for place, name in enumerate(varied):
        for trace in _panel(table, name, metric, legend=place == 0):
            plot.add_trace(trace, row=place // across + 1, col=place % across + 1)
    title = f"{plain(metric)} by setting, validation"
    plot.update_xaxes(type="category", **AXIS).update_yaxes(**AXIS)
    plot.add_annotation(text=title[:1].upper() + title[1:], **TITLE)
    return plot.update_layout(template=TEMPLATE, height=160 + 240 * down)


def _panel(table: pd.DataFrame, name: str, metric: str, legend: bool) -> list[go.Scatter]:
    """All rows as dots, and a line through the best of each value."""
    ordered = table.sort_values(name, kind="stable")
    best = ordered.groupby(name, sort=True)[metric].max()
    return [
        go.Scatter(
            name="a candidate",
            legendgroup="all",
            showlegend=legend,
            x=ordered[name].astype(str).tolist(),
            y=ordered[metric].tolist(),
            text=ordered["model"].tolist(),
            mode="markers",
            marker={"color": BASELINE, "size": 7},
            hovertemplate="%{text}: %{y:.4f}<extra></extra>",
        ),
        go.Scatter(
            name="the best with this value",
            legendgroup="best",
            showlegend=legend,
            x=best.index.astype(str).tolist(),
            y=best.tolist(),
            mode="lines+markers",
            line={"color": CHAMPION},
            hovertemplate="best with %{x}: %{y:.4f}<extra></extra>",
        ),
    ]
