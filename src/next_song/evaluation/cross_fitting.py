"""Cross-fitting: weights fitted on one half of the playlists are asked the queries of the other.

So no query is answered with weights that its own target helped to choose.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from next_song import progress
from next_song.evaluation.metrics import Metric
from next_song.parameters import Protocol
from next_song.retrieval.definition import Index
from next_song.retrieval.fitting import DIGITS, Choices, choices, fit
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Fit, Retrieval, Score
from next_song.retrieval.song_space import Ints

HALVES = (0, 1)


def compared(index: Index, queries: Queries, given: Fit, seed: int) -> Choices:
    """Returns what the fit compares: the first songs of the queries, or of a sample of them."""
    sample = queries.sample(given.queries, seed)
    with progress.task("comparing", 2 * len(sample), "queries"):  # they are ranked, then valued
        return choices(index, sample, given.candidates)


def fitted(index: Index, found: Choices | None, retrieval: Retrieval) -> Score:
    """Returns the score with weights fitted on all that is compared, or with the given ones.

    found: None if weights are fixed.
    """
    if found is None:
        return index.setting
    return index.setting.weighted(fit(found, index.setting, retrieval.fit))


def cross_fitted_ranks(
    index: Index, queries: Queries, found: Choices | None, retrieval: Retrieval, protocol: Protocol
) -> Ints:
    """Returns the rank of each target, by weights that were fitted without its playlist.

    found: what is compared in fits, None if the weights are fixed.
    """
    if found is None:
        return ranks(index, queries, protocol.scores_mib)
    half, half_of_found = (
        halves(playlists, protocol.seed)
        for playlists in (queries.histories.starts, found.playlists)
    )

    def ranked(number: int, rows: Ints) -> Ints:
        setting = fitted(index, found[half_of_found != number], retrieval)
        return ranks(index.weighted(setting), queries[rows], protocol.scores_mib)

    return _half_by_half(half, ranked)


def _half_by_half(half: Ints, ranked: Callable[[int, Ints], Ints]) -> Ints:
    """Returns ranks, (q,): `ranked` is given each half, and the queries that are in it."""
    result = np.empty(len(half), np.int64)
    for number in HALVES:
        rows = np.flatnonzero(half == number)
        result[rows] = ranked(number, rows)
    return result


def halves(playlists: Ints, seed: int) -> Ints:
    """Returns 0 or 1 for each query, (q,): playlists are drawn, with all of their queries."""
    drawn: Ints = np.random.default_rng(seed).integers(0, 2, playlists.max(initial=0) + 1)
    return drawn[playlists]


def worth(
    index: Index, found: Choices, retrieval: Retrieval, protocol: Protocol, metric: Metric
) -> dict[str, float]:
    """Returns how much of the metric each part is worth: how far it falls without the part.

    Weights are fitted anew without the part, and cross-fitted; the songs that are compared are the
    same, so these are differences among the first songs of each query.
    """
    half = halves(found.playlists, protocol.seed)

    def figure(score: Score, kept: Choices) -> float:
        def ranked(number: int, rows: Ints) -> Ints:
            return kept[rows].ranks(fit(kept[half != number], score, retrieval.fit))

        return float(metric.values(_half_by_half(half, ranked)).mean())

    score = index.setting
    whole = figure(score, found)
    return {
        name: whole - figure(score.without(name), found.without(place))
        for place, name in enumerate(score.parts)
    }


def card_of_weights(score: Score, found: Choices | None) -> dict[str, Any]:
    """Returns the score for a scorecard: its parts, and their standardised weights.

    These are the weights times the standard deviations of their parts, so that they compare;
    without anything to compare, the weights as they are.
    """
    spread = np.ones(len(score.parts)) if found is None else found.deviations
    standardised = {
        name: round(weight * one, DIGITS)
        for (name, weight), one in zip(score.weights.items(), spread.tolist(), strict=True)
    }
    return {"retrieval": score.model_dump(), "standardised": standardised}
