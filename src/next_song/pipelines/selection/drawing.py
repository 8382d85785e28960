"""The plots of a run: each node hands tables and reports to `next_song.plots`.

That imports plotly, which takes a moment, so each does it when it is run. They return figures but
do not say so: Kedro reads the annotations of nodes, and would have to import plotly for it.
"""

from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song.evaluation.metrics import Metric
from next_song.parameters import Word2Vec
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.song_space import SongSpace
from next_song.serving import song_search


def plot_leaderboard(leaderboard: pd.DataFrame, metric: str, k: int) -> Any:
    """Draw the figure of each model with its 95 % interval."""
    from next_song.plots import results

    return results.leaderboard(leaderboard, str(Metric(metric, k)))


def plot_hit_rates(scorecard: dict[str, Any]) -> Any:
    """Draw the hit rates of champion and baselines against the length of the answer."""
    from next_song.plots import results

    return results.by_k(scorecard)


def plot_slices(scorecard: dict[str, Any], k: int) -> Any:
    """Draw for which targets and histories the champion finds the next song."""
    from next_song.plots import results

    return results.slices(scorecard, k)


def plot_settings(leaderboard: pd.DataFrame, metric: str, k: int, **candidates: Candidate) -> Any:
    """Draw the figure on validation against each hyper-parameter."""
    from next_song.plots.settings import settings

    word2vec = {name: candidate.word2vec for name, candidate in candidates.items()}
    trained = pd.DataFrame.from_dict(word2vec, orient="index").rename_axis("model")
    table = leaderboard.merge(trained, on="model")  # baselines have no settings
    return settings(table, list(Word2Vec.model_fields), str(Metric(metric, k)))


def plot_weights(scorecard: dict[str, Any], metric: str, k: int) -> Any:
    """Draw the weights of the parts of the champion's score."""
    from next_song.plots import results

    return results.weights(scorecard, str(Metric(metric, k)))


def write_page(scorecard: dict[str, Any], **figures: Any) -> str:
    """Put the result in words and all plots of the run on one page."""
    from next_song.plots.page import page

    return page("next-song: results", scorecard["verdict"], list(figures.values()))


def map_songs(space: SongSpace, songs: DuckDBPyRelation) -> Any:
    """Draw the most played songs where the champion's space has them."""
    from next_song.plots.song_map import SONGS, song_map

    known = songs.order("song").limit(min(SONGS, len(space)))
    ids = [row[0] for row in known.select("song_id").fetchall()]
    names = song_search.names(known, ids)
    plays = space.plays[: len(ids)].tolist()
    return song_map(space.query_vectors[: len(ids)], [names[song] for song in ids], plays)
