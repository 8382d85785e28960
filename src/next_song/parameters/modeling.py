"""The hyper-parameters of the candidates."""

from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from next_song.errors import InputError
from next_song.parameters.base import Count, Parameters, Seed


class Word2Vec(Parameters):
    """The Word2Vec hyper-parameters of a candidate, by gensim's names.

    The ranges are wider than anyone needs: beyond them gensim overflows, or would not end.
    """

    sg: Literal[0, 1]
    vector_size: Annotated[int, Field(ge=1, le=4096)]
    window: Annotated[int, Field(ge=1, le=10_000)]
    epochs: Annotated[int, Field(ge=1, le=100_000)]
    negative: Annotated[int, Field(ge=1, le=1000)]
    ns_exponent: Annotated[float, Field(ge=-5, le=5)]
    sample: Annotated[float, Field(ge=0, le=1)]
    min_count: Count
    alpha: Annotated[float, Field(gt=0, le=1)]
    seed: Seed
    workers: Annotated[int, Field(ge=1, le=1024)] = 1

    def __str__(self) -> str:
        """Returns a short description for logs: `skip-gram, 64 dimensions, window 10, min 1`."""
        kind = "skip-gram" if self.sg else "CBOW"
        return f"{kind}, {self.vector_size} dimensions, window {self.window}, min {self.min_count}"


class Word2VecGrid(Parameters):
    """Word2Vec hyper-parameters, of which any may be a list of values to try."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Validates the grid and each of its points. Raises InputError."""
        grid = super().model_validate(obj, **kwargs)
        grid.points()
        return grid

    def points(self) -> list[Word2Vec]:
        """Returns every combination of the values; the last hyper-parameter varies fastest."""
        given = self.model_extra or {}
        for name, value in given.items():
            if value == []:
                raise InputError(f"{name}: found []; expected a value, or a list of some to try")
        values = [value if isinstance(value, list) else [value] for value in given.values()]
        return [
            Word2Vec.model_validate(dict(zip(given, point, strict=True)))
            for point in product(*values)
        ]
