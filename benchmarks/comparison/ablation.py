"""What each part of the score is worth on validation: the champion without it, and other scores.

Each score is fitted anew and cross-fitted, and ranks all songs, as the leaderboard does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from next_song.evaluation import rivals
from next_song.evaluation.cross_fitting import compared, cross_fitted_ranks
from next_song.evaluation.metrics import Metric
from next_song.evaluation.scorecard import compare, rank_figures
from next_song.parameters import Protocol
from next_song.retrieval.definition import Index
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Retrieval, Score
from next_song.retrieval.song_space import Ints, SongSpace

Card = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """The queries of validation, and how a score is fitted and judged on them."""

    queries: Queries
    retrieval: Retrieval
    protocol: Protocol
    metric: Metric

    def ranks(self, index: Index, is_fitted: bool = True) -> Ints:
        """Returns the ranks of the targets: cross-fitted, or by the weights of the parameters."""
        seed, fit = self.protocol.seed, self.retrieval.fit
        found = compared(index, self.queries, fit, seed) if is_fitted else None
        return cross_fitted_ranks(index, self.queries, found, self.retrieval, self.protocol)

    def figure(self, target_ranks: Ints) -> float:
        """Returns the metric that chooses the champion."""
        return float(self.values(target_ranks).mean())

    def values(self, target_ranks: Ints) -> Any:
        """Returns the metric that chooses the champion, query by query."""
        return self.metric.values(target_ranks)

    def card(self, whole: Ints, other: Ints, songs: int) -> Card:
        """Returns the figures of a score, and how far it is behind the whole one."""
        behind = compare(self.values(whole), self.values(other), self.queries, self.protocol.seed)
        return rank_figures(other, self.queries, self.protocol, songs) | {"behind": behind}


def ablation(asked: Asked, index: Index, tutorial: SongSpace | None) -> dict[str, Card]:
    """Returns a card for the whole score, without each part, and for other ways to score.

    index: of the champion, with the weights of the parameters. tutorial: the song space of the
    best candidate as published.
    """
    is_fitted = asked.retrieval.weights == "fitted"
    whole = asked.ranks(index, is_fitted)
    found = {"everything": whole}
    for name in index.setting.parts:
        if _is_a_score(score := index.setting.without(name)):
            found[f"without `{name}`"] = asked.ranks(index.weighted(score), is_fitted)
    vectors = index.setting.only("vectors", "repeats")
    if _is_a_score(vectors):
        found["vectors alone"] = asked.ranks(index.weighted(vectors), is_fitted)
    found["without a fit: the weights of `conf/base`"] = asked.ranks(index, is_fitted=False)
    if tutorial:
        model = rivals.as_published(tutorial, asked.protocol.repeats)
        found["the tutorial as published"] = ranks(model, asked.queries, asked.protocol.scores_mib)
    return {name: asked.card(whole, np.asarray(one), len(index)) for name, one in found.items()}


def _is_a_score(score: Score) -> bool:
    return any(part.kind != "repeats" for part in score.parts.values())
