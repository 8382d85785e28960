"""What all plots look like."""

import plotly.graph_objects as go

CHAMPION, CANDIDATE, BASELINE, GRID = "#c2410c", "#1d4ed8", "#94a3b8", "#e2e8f0"
SPLITS = {"train": "#1d4ed8", "validation": "#0f766e", "test": "#c2410c"}
_AXIS = {"gridcolor": GRID, "linecolor": BASELINE, "zeroline": False, "automargin": True}
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "Helvetica, Arial, sans-serif", "size": 13, "color": "#1e293b"},
        "title": {"x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 16}},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "colorway": [CANDIDATE, CHAMPION, "#0f766e", "#7c3aed", BASELINE],
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "legend": {"orientation": "h", "y": -0.2, "x": 0},
        "hovermode": "closest",
        "margin": {"t": 60, "r": 30, "b": 60, "l": 60},
    }
)


def figure(title: str, x: str, y: str) -> go.Figure:
    """An empty figure with the titles of its axes."""
    axes = {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}}
    return go.Figure(layout={"template": TEMPLATE, "title": {"text": title}} | axes)


def plain(figure_name: str) -> str:
    """A figure's name as people say it: `hit_rate@20` is `hit rate at 20`."""
    return figure_name.replace("_", " ").replace("@", " at ")
