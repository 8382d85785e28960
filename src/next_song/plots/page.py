"""Plots on one page of HTML, which opens from a file and asks no other host for anything."""

from html import escape

import plotly.graph_objects as go

STYLE = "body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; }"


def page(title: str, text: str, figures: list[go.Figure]) -> str:
    """Return a page with a title, a paragraph and the figures below it."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=not number, div_id=f"plot-{number}")
        for number, figure in enumerate(figures)
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>"
        f"<p>{escape(text)}</p>\n{''.join(parts)}</body></html>\n"
    )
