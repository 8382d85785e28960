"""What modeling does with one candidate: train it, fit its weights, score it on validation."""

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.evaluation.cross_fitting import (
    card_of_weights,
    compared,
    cross_fitted_ranks,
    fitted,
)
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import rank_figures
from next_song.guards.provenance import reads_all_but
from next_song.parameters import Protocol, Word2Vec, Word2VecGrid
from next_song.pipelines.modeling.search import fit_min_count, halve
from next_song.retrieval.candidate import Scored, Trained
from next_song.retrieval.definition import build_index
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.tables import pairs_of, song_counts, training_plays, validation
from next_song.retrieval.training import train

TRIAL_QUERIES = 1000


def _unread(*given: Any) -> set[str]:
    """Returns the parameters that decide between trials, if there is nothing to choose."""
    grid: Word2VecGrid = given[4]
    by = {"params:retrieval", "params:protocol", "params:selection.metric", "params:selection.k"}
    return by if len(grid.points()) == 1 else set()


@reads_all_but(_unread)
def train_best(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    song_pairs: DuckDBPyRelation,
    grid: Word2VecGrid,
    retrieval: Retrieval,
    protocol: Protocol,
    metric: str,
    k: int,
) -> Trained:
    """Search the candidate's grid on a sample of validation, and train its best point.

    Search and training are one node, so that a candidate that cannot be trained changes no file.
    Trials are scored by the metric over the first k answers, with the weights of the parameters.
    """
    queries = validation(playlists, protocol).sample(TRIAL_QUERIES, protocol.seed)
    setting, of_ranks = retrieval.score(protocol.repeats), METRICS[metric]

    def figure(params: Word2Vec) -> float:
        space = train(corpus, playlists, songs, params)
        index = build_index(space, pairs_of(song_pairs), song_counts(songs), setting)
        return float(of_ranks(ranks(index, queries, protocol.scores_mib), k).mean())

    most_plays = int(training_plays(songs).max(initial=0))
    trials, best = halve([fit_min_count(point, most_plays) for point in grid.points()], figure)
    return Trained(trials, best.model_dump(), train(corpus, playlists, songs, best))


def score(
    trained: Trained,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    retrieval: Retrieval,
    protocol: Protocol,
) -> Scored:
    """Fit the weights of the candidate's score, and score it with them on validation.

    The figures are cross-fitted; the weights in the scorecard are fitted on all of validation.
    """
    queries, setting = validation(playlists, protocol), retrieval.score(protocol.repeats)
    index = build_index(trained.space, pairs_of(song_pairs), song_counts(songs), setting)
    is_fitted = retrieval.weights == "fitted"
    found = compared(index, queries, retrieval.fit, protocol.seed) if is_fitted else None
    with progress.task("scoring", len(queries), "queries"):
        target_ranks = cross_fitted_ranks(index, queries, found, retrieval, protocol)
    card = card_of_weights(fitted(index, found, retrieval), found)
    return Scored(card | rank_figures(target_ranks, queries, protocol, len(index)), target_ranks)
