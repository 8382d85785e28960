"""What all plots look like, on white and on Kedro-Viz's black.

Kedro-Viz puts its own template in place of ours, for all but the axes of further panels: what must
be seen has its colour where it is drawn.
"""

from html import escape

import plotly.graph_objects as go

CHAMPION, CANDIDATE, BASELINE = "#ea580c", "#3b82f6", "#94a3b8"
OTHERS = ["#3b82f6", "#14b8a6", "#a78bfa", "#eab308", "#94a3b8"]
SPLITS = {"train": CANDIDATE, "validation": "#14b8a6", "test": CHAMPION}
AXIS = {
    "gridcolor": "rgba(148, 163, 184, 0.3)",
    "linecolor": BASELINE,
    "zeroline": False,
    "automargin": True,
}
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "Helvetica, Arial, sans-serif", "size": 13, "color": "#1e293b"},
        "title": {"x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 16}},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "colorway": OTHERS,
        "xaxis": AXIS,
        "yaxis": AXIS,
        "legend": {"orientation": "h", "y": -0.2, "x": 0},
        "hovermode": "closest",
        "margin": {"t": 60, "r": 30, "b": 60, "l": 60},
    }
)


def figure(title: str, x: str, y: str) -> go.Figure:
    """An empty figure with the titles of its axes."""
    axes = {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}}
    return go.Figure(layout={"template": TEMPLATE, "title": {"text": title}} | axes)


def named(title: str, colors: dict[str, str]) -> str:
    """A title with a second line that names what is drawn in each colour.

    The small previews of Kedro-Viz hide the legend, but never the title.
    """
    names = (f'<span style="color:{color}">{escape(name)}</span>' for name, color in colors.items())
    return f"{title}<br><sup>{', '.join(names)}</sup>"


def plain(figure_name: str) -> str:
    """A figure's name as people say it: `hit_rate@20` is `hit rate at 20`."""
    return figure_name.replace("_", " ").replace("@", " at ")
