"""What modeling does with one candidate: train it, fit its weights, score it on validation."""

from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.datasets.model_archive import open_archive
from next_song.evaluation.cross_fitting import (
    card_of_weights,
    compared,
    cross_fitted_ranks,
    fitted,
)
from next_song.evaluation.metrics import Metric
from next_song.evaluation.scorecard import rank_figures
from next_song.guards.provenance import reads_all_but
from next_song.parameters import START_FROM, Protocol, Word2Vec, Word2VecGrid
from next_song.pipelines.modeling.former import fitting, former_model
from next_song.pipelines.modeling.search import NO_TRIALS, fit_min_count, halve
from next_song.retrieval.candidate import Scored, Trained
from next_song.retrieval.definition import build_index
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.tables import most_plays, pairs_of, song_counts, validation
from next_song.retrieval.training import train
from next_song.serving.former import start_of

TRIAL_QUERIES = 1000


def _unread(*given: Any) -> set[str]:
    """Returns the parameters that decide between trials, if there is nothing to choose."""
    grid: Word2VecGrid = given[4]
    by = {"params:retrieval", "params:protocol", "params:selection.metric", "params:selection.k"}
    return by if len(grid.points()) == 1 else set()


class Training:
    """How a candidate of the grid, given by name, is trained."""

    def __init__(self, name: str) -> None:
        self._name = name

    @reads_all_but(_unread)
    def train_best(
        self,
        corpus: Path,
        playlists: DuckDBPyRelation,
        songs: DuckDBPyRelation,
        song_pairs: DuckDBPyRelation,
        grid: Word2VecGrid,
        retrieval: Retrieval,
        protocol: Protocol,
        metric: str,
        k: int,
        start_from: str | None,
    ) -> Trained:
        """Search the candidate's grid on a sample of validation, and train its best point.

        Search and training are one node, so that a candidate that cannot be trained changes no
        file. Trials are scored by the metric over the first k answers, with the weights of the
        parameters. start_from: the archive of a model whose training is continued, if it is of
        this candidate; if it is of another one, this one is left out.
        """
        queries = validation(playlists, protocol).sample(TRIAL_QUERIES, protocol.seed)
        setting, decides = retrieval.score(protocol.repeats), Metric(metric, k)
        most = most_plays(songs)
        points = [fit_min_count(point, most) for point in grid.points()]
        former = former_model(start_from, self._name, protocol.repeats) if start_from else None
        if start_from and not former:
            return Trained(NO_TRIALS, points[0].model_dump(), None)
        start = start_of(former, songs) if former else None

        def figure(params: Word2Vec) -> float:
            space = train(corpus, playlists, songs, params, start)
            index = build_index(space, pairs_of(song_pairs), song_counts(songs), setting)
            return float(decides.values(ranks(index, queries, protocol.scores_mib)).mean())

        if start:
            points = fitting(points, start, self._name)
        trials, best = halve(points, figure)
        return Trained(trials, best.model_dump(), train(corpus, playlists, songs, best, start))


def score(
    trained: Trained,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    retrieval: Retrieval,
    protocol: Protocol,
    start_from: str | None,
) -> Scored:
    """Fit the weights of the candidate's score, and score it with them on validation.

    The figures are cross-fitted; the weights in the scorecard are fitted on all of validation. A
    model whose training was continued keeps the score of its archive, since it has learned from
    earlier validation playlists. A candidate that was left out has no figures.
    """
    if trained.space is None:
        return Scored({}, np.zeros(0, np.int64))
    if start_from:
        retrieval = retrieval.fixed_to(open_archive(start_from, START_FROM).score)
    queries, setting = validation(playlists, protocol), retrieval.score(protocol.repeats)
    index = build_index(trained.space, pairs_of(song_pairs), song_counts(songs), setting)
    is_fitted = retrieval.weights == "fitted"
    found = compared(index, queries, retrieval.fit, protocol.seed) if is_fitted else None
    with progress.task("scoring", len(queries), "queries"):
        target_ranks = cross_fitted_ranks(index, queries, found, retrieval, protocol)
    card = card_of_weights(fitted(index, found, retrieval), found)
    return Scored(card | rank_figures(target_ranks, queries, protocol, len(index)), target_ranks)
