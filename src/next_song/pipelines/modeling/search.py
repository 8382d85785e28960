"""Choosing hyper-parameters where a candidate lists several values: successive halving.

All points are trained for a ninth of their epochs, the best third of them for a third, and the
best of those is the candidate. Jamieson and Talwalkar, AISTATS 2016, in rounds of three.
"""

import logging
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song.grid import base_parameters, candidate_names
from next_song.parameters import Word2Vec, Word2VecGrid
from next_song.retrieval.tables import most_plays
from next_song.retrieval.training import check_min_count

logger = logging.getLogger(__name__)

ROUNDS = (9, 3)
COLUMNS = [*Word2Vec.model_fields, "figure"]  # of the table of trials
NO_TRIALS = pd.DataFrame(columns=COLUMNS)


def halve(
    points: list[Word2Vec], figure: Callable[[Word2Vec], float]
) -> tuple[pd.DataFrame, Word2Vec]:
    """Find the point with the highest figure; a single point needs no trial.

    figure: trains a point and returns its metric on validation. Returns the trials in the order
    in which they were made, one row for each training with its hyper-parameters and figure, and
    the best point. Ties go to the earlier point of the grid.
    """
    trials = []
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
    return pd.DataFrame(trials, columns=COLUMNS), points[0]


def fit_min_count(params: Word2Vec, most: int) -> Word2Vec:
    """Lower `min_count` where no song has as many plays, so that a small input can be tried.

    Only a value of conf/base is lowered. A value that a person chose stays, and is refused.
    most: the plays of the most played song.
    """
    if params.min_count <= most or not _is_default(params.min_count) or not most:
        return params
    logger.warning("%s: min_count lowered to %d, the plays of the most played song", params, most)
    return params.model_copy(update={"min_count": most})


def check_min_counts(catalog: Any, songs: DuckDBPyRelation) -> None:
    """Raises InputError if a `min_count` of any candidate leaves no song of the training split.

    Each candidate is checked before any is trained. A value of conf/base is lowered instead.
    catalog: the catalog of the run, which holds the parameters of all candidates.
    """
    most = most_plays(songs)
    for candidate in candidate_names():
        name = f"modeling.{candidate}.word2vec"
        for point in Word2VecGrid.model_validate(catalog.load(f"params:{name}")).points():
            if not _is_default(point.min_count):
                check_min_count(point, most, name)


def _is_default(min_count: int) -> bool:
    grid = [one["word2vec"]["min_count"] for one in base_parameters()["modeling"].values()]
    return any(min_count in (given if isinstance(given, list) else [given]) for given in grid)
