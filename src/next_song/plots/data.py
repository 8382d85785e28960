"""What the playlists are like. The counting is DuckDB's; these only draw."""

import plotly.graph_objects as go

from next_song.plots.style import CANDIDATE, SPLITS, figure, named

Column = list[int] | list[float] | list[str]


def playlist_lengths(counts: dict[str, Column]) -> go.Figure:
    """Playlists of each split by their number of songs.

    counts: columns `split`, `middle`, `least`, `most` and `playlists`, one row per split and group.
    """
    plot = figure(
        named("Playlists by length", SPLITS), "songs; the last bar is all longer ones", "playlists"
    )
    columns = ("split", "middle", "least", "most", "playlists")
    rows = list(zip(*(counts[name] for name in columns), strict=True))
    for split, color in SPLITS.items():
        groups = [row[1:] for row in rows if row[0] == split]
        plot.add_bar(
            name=split,
            x=[middle for middle, *_ in groups],
            y=[count for *_, count in groups],
            text=[f"{least} to {most}" for _, least, most, _ in groups],
            textposition="none",
            marker={"color": color},
            hovertemplate=f"{split}, %{{text}} songs: %{{y:,}}<extra></extra>",
        )
    return plot.update_layout(barmode="stack", bargap=0.1)


def song_popularity(ranks: dict[str, Column]) -> go.Figure:
    """Plays in training of the most played song, the second, and so on, both axes by tens.

    ranks: columns `rank`, `plays` and `share`, the share of all plays up to this song.
    """
    plot = figure("Plays of each song in training", "songs, most played first", "plays")
    plot.add_scatter(
        x=list(ranks["rank"]),
        y=list(ranks["plays"]),
        text=[f"{share:.1%}" for share in ranks["share"]],
        mode="lines+markers",
        line={"color": CANDIDATE},
        marker={"size": 5},
        hovertemplate="song %{x:,}: %{y:,} plays; up to here %{text} of all plays<extra></extra>",
    )
    return plot.update_layout(
        xaxis={"type": "log", "dtick": 1}, yaxis={"type": "log", "dtick": "D2"}, showlegend=False
    )
