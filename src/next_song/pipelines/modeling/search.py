"""Choosing hyper-parameters where a candidate has lists of them: successive halving.

All points are trained for a ninth of their epochs; the best third of them for a third; the best
of those is the candidate. Jamieson and Talwalkar, AISTATS 2016, in rounds of three.
"""

import logging
import math
from pathlib import Path
from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song.metrics import METRICS
from next_song.parameters import Protocol, RetrievalGrid, Selection, Word2Vec, Word2VecGrid
from next_song.pipelines.modeling.nodes import train
from next_song.ranking import ranks_each
from next_song.scorecard import follower_rates, validation
from next_song.song_space import SongSpace

logger = logging.getLogger(__name__)

ROUNDS = (9, 3)
QUERIES = 1000


def train_best(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    followers: DuckDBPyRelation,
    grid: Word2VecGrid,
    retrieval: RetrievalGrid,
    protocol: Protocol,
    selection: Selection,
) -> tuple[pd.DataFrame, dict[str, Any], SongSpace]:
    """Search the candidate's grid, and train its best point: the trials, the point, the space.

    One step, so that a candidate that cannot be trained changes nothing.
    """
    trials, best = search(corpus, playlists, songs, followers, grid, retrieval, protocol, selection)
    return trials, best, train(corpus, playlists, songs, best)


def search(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    followers: DuckDBPyRelation,
    grid: Word2VecGrid,
    retrieval: RetrievalGrid,
    protocol: Protocol,
    selection: Selection,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Find the point of the candidate's grid that is best on a sample of validation.

    Returns the trials, one row for each training, as they were made: hyper-parameters and
    figure; and the hyper-parameters to train the candidate with. One point needs no trial.
    """
    points, trials = grid.points(), []
    queries = validation(playlists, protocol).sample(QUERIES, protocol.seed)
    rates, settings = follower_rates(followers), retrieval.settings(protocol.repeats)

    def figure(params: Word2Vec) -> float:
        space = train(corpus, playlists, songs, params.model_dump())
        metric = METRICS[selection.metric]
        places = ranks_each(space, rates, settings, queries, protocol.scores_mib)
        return max(float(metric(one, selection.k).mean()) for one in places)

    for share in ROUNDS:
        if len(points) == 1:
            break
        found = []
        for point in points:
            params = point.model_copy(update={"epochs": max(1, point.epochs // share)})
            found.append(figure(params))
            trials.append(params.model_dump() | {"figure": found[-1]})
            logger.info("trial %d: %.4f with %s", len(trials), found[-1], params)
        best = sorted(range(len(points)), key=lambda place: -found[place])
        left = math.ceil(len(points) / 3) if share != ROUNDS[-1] else 1
        points = [points[place] for place in sorted(best[:left])]
    columns = [*Word2Vec.model_fields, "figure"]
    return pd.DataFrame(trials, columns=columns), points[0].model_dump()
