"""The best-known songs of a song space on a plane: neighbours there are neighbours here."""

from html import escape

import numpy as np
import plotly.graph_objects as go
from threadpoolctl import threadpool_limits

from next_song.plots.style import CANDIDATE, figure
from next_song.retrieval.song_space import Floats

SONGS, PERPLEXITY, SEED = 300, 15, 1


def song_map(vectors: Floats, names: list[str], plays: list[int]) -> go.Figure:
    """A dot a song, larger the more it is played; its name shows where the mouse is."""
    points = flatten(vectors).round(3)
    sizes = 3 + 12 * np.sqrt(np.array(plays) / max(plays))
    plot = figure(f"The {len(names)} most played songs, as the champion hears them", "", "")
    plot.add_scatter(
        x=points[:, 0].tolist(),
        y=points[:, 1].tolist(),
        text=[escape(name, quote=False) for name in names],  # Plotly reads some HTML
        customdata=plays,
        mode="markers",
        marker={"size": sizes.round(1).tolist(), "color": CANDIDATE, "opacity": 0.55},
        hovertemplate="%{text}<br>%{customdata:,} plays<extra></extra>",
    )
    return plot.update_layout(
        height=640, xaxis={"visible": False}, yaxis={"visible": False, "scaleanchor": "x"}
    )


def flatten(vectors: Floats) -> Floats:
    """Points on a plane, (n, 2), near where the vectors (n, d) point the same way.

    t-SNE by cosine (van der Maaten and Hinton, JMLR 2008), exact, with a seed and one thread: the
    same vectors give the same points.
    """
    from sklearn.manifold import TSNE  # takes a second

    if len(vectors) < 3:  # nothing to arrange
        return np.column_stack([np.arange(len(vectors)), np.zeros(len(vectors))])
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    maker = TSNE(
        metric="cosine", method="exact", init="random", perplexity=perplexity, random_state=SEED
    )
    with threadpool_limits(limits=1):
        points: Floats = maker.fit_transform(vectors)
    return points
