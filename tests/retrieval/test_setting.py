"""The parameters of retrieval at the ends of their ranges."""

from typing import Any

import pytest

from next_song.errors import InputError
from next_song.retrieval.setting import REPLACED, Retrieval

SPACE = {"kind": "vectors", "decay": 0, "weight": 1}
AGAIN = {"kind": "repeats", "of": "times", "weight": 1}
FIT = {"queries": 1, "least": 1, "candidates": 2, "spread": 0.001}


def retrieval(parts: Any = None, **changes: Any) -> Retrieval:
    given = {"weights": "fitted", "fit": FIT, "parts": parts or {"space": SPACE}}
    return Retrieval.model_validate(given | changes)


@pytest.mark.parametrize("name", REPLACED)
def test_a_parameter_of_before_is_told_with_its_successor(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} is no parameter any more; expected "):
        retrieval(**{name: 1})


def test_the_ends_of_ranges_are_in_them() -> None:
    assert retrieval().fit.candidates == 2
    assert retrieval(fit=FIT | {"candidates": 2**31 - 1}).fit.candidates == 2**31 - 1
    for decay in (0, 1):
        parts = retrieval({"space": SPACE | {"decay": decay}}).parts
        assert parts["space"].model_dump()["decay"] == decay  # type: ignore[union-attr]


@pytest.mark.parametrize("weight", [-300, 300])
def test_the_largest_weights(weight: float) -> None:
    part = retrieval({"space": SPACE | {"weight": weight}}).parts["space"]
    assert part is not None
    assert part.weight == weight


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fit": FIT | {"candidates": 1}}, "greater than or equal to 2"),
        ({"fit": FIT | {"candidates": 2**31}}, "less than 2147483648"),
        ({"fit": FIT | {"spread": 0.0009}}, "greater than or equal to 0.001"),
        ({"fit": FIT | {"spread": 1001}}, "less than or equal to 1000"),
        ({"fit": FIT | {"least": 2}}, "expected least 2 <= queries 1"),
        ({"parts": {"space": SPACE | {"decay": -0.01}}}, "greater than or equal to 0"),
        ({"parts": {"space": SPACE | {"decay": 1.01}}}, "less than or equal to 1"),
        ({"parts": {"space": SPACE | {"weight": -300.5}}}, "a weight of space from -300 to 300, n"),
        ({"parts": {"space": SPACE | {"weight": float("nan")}}}, "a finite number"),
        ({"parts": {"space": None, "again": AGAIN}}, "at least one part that is neither null"),
    ],
)
def test_what_is_beyond_them_is_refused(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        retrieval(**change)


def test_parts_for_repeats_are_left_out_where_no_song_may_repeat() -> None:
    made = retrieval({"space": SPACE, "again": AGAIN, "nothing": None})
    assert list(made.score(repeats=False).parts) == ["space"]
    assert list(made.score(repeats=True).parts) == ["space", "again"]
