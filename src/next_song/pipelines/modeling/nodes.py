"""What modeling does with one candidate: train it, and score it on validation."""

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import rank_figures, unknown_share
from next_song.parameters import Protocol, RetrievalGrid, Selection, Word2Vec, Word2VecGrid
from next_song.pipelines.modeling.search import fit_min_count, halve
from next_song.retrieval.candidate import Trained
from next_song.retrieval.ranking import ranks_each
from next_song.retrieval.tables import follower_rates, training_plays, validation
from next_song.retrieval.training import train

TRIAL_QUERIES = 1000


def train_best(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    followers: DuckDBPyRelation,
    grid: Word2VecGrid,
    retrieval: RetrievalGrid,
    protocol: Protocol,
    selection: Selection,
) -> Trained:
    """Search the candidate's grid on a sample of validation, and train its best point.

    Search and training are one node, so that a candidate that cannot be trained changes no file.
    """
    queries = validation(playlists, protocol).sample(TRIAL_QUERIES, protocol.seed)
    rates, settings = follower_rates(followers), retrieval.settings(protocol.repeats)
    metric = METRICS[selection.metric]

    def figure(params: Word2Vec) -> float:
        space = train(corpus, playlists, songs, params)
        each = ranks_each(space, rates, settings, queries, protocol.scores_mib)
        return max(float(metric(ranks, selection.k).mean()) for ranks in each)

    most_plays = int(training_plays(songs).max(initial=0))
    trials, best = halve([fit_min_count(point, most_plays) for point in grid.points()], figure)
    return Trained(trials, best.model_dump(), train(corpus, playlists, songs, best))


def score(
    trained: Trained,
    followers: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    grid: RetrievalGrid,
    protocol: Protocol,
) -> list[dict[str, Any]]:
    """Score the candidate on validation: one scorecard for each retrieval setting."""
    queries, rates = validation(playlists, protocol), follower_rates(followers)
    settings = grid.settings(protocol.repeats)
    unknown = {"unknown": unknown_share(queries, len(trained.space))}
    with progress.task("scoring", len(queries) * len(settings), "queries"):
        each = ranks_each(trained.space, rates, settings, queries, protocol.scores_mib)
        return [
            {"retrieval": setting.model_dump()} | rank_figures(ranks, queries, protocol) | unknown
            for setting, ranks in zip(settings, each, strict=True)
        ]
