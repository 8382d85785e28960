"""The parameters of retrieval: the parts of a score, their weights, and how weights are fitted."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from next_song.parameters import Count, Parameters

Decay = Annotated[float, Field(ge=0, le=1)]
Weights = dict[str, float]
MOST_WEIGHT = 300  # scores stay far from what marks songs that are left out, in float16 as well
REPLACED = {
    "decay": "the decay of each of retrieval.parts",
    "target": "nothing: the output vectors are searched",
    "popularity": "a part of the kind songs in retrieval.parts",
    "followers": "parts of the kind pairs in retrieval.parts",
}


class VectorsPart(Parameters):
    """How near a song is to the history in the song space."""

    kind: Literal["vectors"]
    decay: Decay
    weight: float


class PairsPart(Parameters):
    """How often a song was played next to the songs of the history."""

    kind: Literal["pairs"]
    rate: Literal["next", "later", "earlier", "together"]
    decay: Decay
    weight: float


class SongsPart(Parameters):
    """A number of the song alone."""

    kind: Literal["songs"]
    of: Literal["plays", "recent_plays", "late_plays"]
    weight: float


class RepeatsPart(Parameters):
    """Whether, and how often, the song is in the history."""

    kind: Literal["repeats"]
    of: Literal["last", "older", "times"]
    weight: float


Part = Annotated[VectorsPart | PairsPart | SongsPart | RepeatsPart, Field(discriminator="kind")]


class Score(Parameters):
    """The parts of a score with their weights, and whether a song of the history may be answered.

    `next_song.retrieval.definition` defines each part.
    """

    repeats: bool
    parts: dict[str, Part]

    @property
    def weights(self) -> Weights:
        """The weight of each part."""
        return {name: part.weight for name, part in self.parts.items()}

    def weighted(self, weights: Weights) -> Self:
        """Returns the same parts with these weights."""
        parts = {
            name: part.model_copy(update={"weight": weights[name]})
            for name, part in self.parts.items()
        }
        return self.model_copy(update={"parts": parts})

    def without(self, name: str) -> Self:
        """Returns the score without a part."""
        parts = {other: part for other, part in self.parts.items() if other != name}
        return self.model_copy(update={"parts": parts})

    def only(self, *kinds: str) -> Self:
        """Returns the score without the parts of other kinds."""
        parts = {name: part for name, part in self.parts.items() if part.kind in kinds}
        return self.model_copy(update={"parts": parts})


class Fit(Parameters):
    """How weights are fitted; `next_song.retrieval.fitting` says how each value is used.

    queries: the most validation queries. candidates: the songs of each query that are compared.
    least: with fewer queries whose target is among these songs, weights stay as they are given.
    spread: how far weights are expected from the given ones, relative to them.
    """

    queries: Count
    least: Count
    candidates: Annotated[int, Field(ge=2, lt=2**31)]
    spread: Annotated[float, Field(ge=0.001, le=1000)]

    @model_validator(mode="after")
    def _can_be_enough(self) -> Self:
        if self.least > self.queries:
            raise ValueError(f"expected least {self.least} <= queries {self.queries}")
        return self


class Retrieval(Parameters):
    """The parts of the score, and where their weights come from.

    weights: `fitted` fits them on validation; `fixed` takes those of `parts`. A part that is null
    is left out, and so are parts of the kind repeats where no song may repeat.
    """

    weights: Literal["fitted", "fixed"]
    fit: Fit
    parts: dict[str, Part | None]

    @model_validator(mode="before")
    @classmethod
    def _has_no_parameter_of_before(cls, given: Any) -> Any:
        for name, instead in REPLACED.items():
            if isinstance(given, dict) and name in given:
                raise ValueError(f"{name} is no parameter any more; expected {instead}")
        return given

    @model_validator(mode="after")
    def _has_a_part(self) -> Self:
        if not any(part is not None and part.kind != "repeats" for part in self.parts.values()):
            raise ValueError("expected at least one part that is neither null nor of kind repeats")
        return self

    @model_validator(mode="after")
    def _has_weights_of_a_score(self) -> Self:
        for name, part in self.parts.items():
            if part is not None and abs(part.weight) > MOST_WEIGHT:
                raise ValueError(
                    f"expected a weight of {name} from -{MOST_WEIGHT} to {MOST_WEIGHT}, not "
                    f"{part.weight:g}"
                )
        return self

    def fixed_to(self, score: Score) -> Self:
        """Returns these parameters with the parts and weights of a score, and without a fit."""
        return self.model_copy(update={"weights": "fixed", "parts": dict(score.parts)})

    def score(self, repeats: bool) -> Score:
        """Returns the score before weights are fitted, with the weights of the parameters."""
        parts = {
            name: part
            for name, part in self.parts.items()
            if part is not None and (repeats or part.kind != "repeats")
        }
        return Score(repeats=repeats, parts=parts)
