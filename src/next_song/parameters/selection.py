"""How candidates are evaluated, and which becomes the champion."""

from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from next_song.parameters.base import Count, Parameters, Seed

BaselineName = Literal[
    "popularity",
    "sequential_rules",
    "association_rules",
    "item_knn",
    "session_knn",
    "stan",
    "vstan",
]
BASELINES: tuple[str, ...] = get_args(BaselineName)
START_FROM = "selection.start_from"  # names an archive, which is read


class Protocol(Parameters):
    """How models are evaluated: the targets, and the metrics computed from the answers.

    looks: how many results are read from one test split, this one included; intervals on test are
    wider, so that all of them hold (`next_song.evaluation.uncertainty.level`).
    """

    targets: Literal["last", "every"]
    repeats: bool
    k: Annotated[list[Count], Field(min_length=1)]
    max_validation_queries: Count
    looks: Annotated[int, Field(ge=1, le=100)]
    seed: Seed
    scores_mib: Count

    @field_validator("k")
    @classmethod
    def _differ(cls, k: list[int]) -> list[int]:
        if len(set(k)) < len(k):
            raise ValueError("expected different numbers")
        return k


class Selection(Parameters):
    """The metric on validation that chooses the champion, and the baselines it must beat.

    baselines: names from `next_song.evaluation.baselines.BASELINES`. tutorial: candidates that are
    also tested with the retrieval of the public tutorial; the best of them is one more baseline.
    Names that the grid lacks are ignored.
    refit: how the champion is trained with validation, from its own vectors or from random ones.
    start_from: the archive of a model whose training is continued, by the refit as well; None
    trains all candidates anew.
    """

    metric: Literal["hit_rate", "mrr", "ndcg"]
    k: Count
    baselines: list[BaselineName]
    tutorial: list[str]
    refit: Literal["continue", "anew"]
    start_from: Annotated[str, Field(min_length=1)] | None = None
