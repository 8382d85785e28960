"""Requests of TensorFlow Serving as questions to the model."""

from collections.abc import Sequence
from typing import Any

from next_song.serving.http.tensorflow_json import EXPLAIN, Request
from next_song.serving.http.tensors import RequestError
from next_song.serving.wishes import Question, Wishes

FREE: dict[str, list[Any]] = {  # what `serving_default` does not ask for
    "artists": [[]],
    "exclude": [[]],
    "only": [[]],
    "exclude_set": [""],
    "only_set": [""],
    "per_artist": [0],
}


def questions(request: Request, k: int, sets: Sequence[str]) -> list[Question]:
    """Returns a question for k songs for each row of a request.

    An input of one row counts for all, as in the exported graph. sets: the names that the model
    knows. Raises RequestError if a row does not fit, so that a batch has no wrong question.
    """
    if not request.inputs["song_ids"][0]:
        raise RequestError('Expecting at least one value in each history, such as ""')
    columns = FREE | request.inputs
    count = max(map(len, columns.values()))
    for name, values in columns.items():
        if len(values) not in (1, count):
            raise RequestError(
                f"{name}: found {len(values)} rows; expected 1, or {count} as others"
            )
    for name in ("exclude", "only"):  # before rows are repeated, so that these share one tuple
        columns[name] = [_given(row) for row in columns[name]]
    every = {name: values * (count // len(values)) for name, values in columns.items()}
    rows = [dict(zip(every, row, strict=True)) for row in zip(*every.values(), strict=True)]
    return [_question(row, k, sets, explain=request.signature == EXPLAIN) for row in rows]


def _question(row: dict[str, Any], k: int, sets: Sequence[str], *, explain: bool) -> Question:
    if row["per_artist"] < 0:
        raise RequestError("per_artist: expected at least 1, or 0 for any number")
    wishes = Wishes(
        exclude=row["exclude"],
        only=row["only"],
        exclude_set=row["exclude_set"],
        only_set=row["only_set"],
        per_artist=row["per_artist"],
        explain=explain,
    )
    check_sets(wishes, sets)
    return Question(row["song_ids"], k, row["artists"], wishes)


def check_sets(wishes: Wishes, sets: Sequence[str]) -> None:
    """Raises RequestError if wishes name a set that is not among the sets of the model."""
    for argument in ("exclude_set", "only_set"):
        name = getattr(wishes, argument)
        if name and name not in sets:
            there = ", ".join(map(repr, sets)) or "none, as the model has no sets"
            raise RequestError(f"{argument}: found {name!r}; expected one of {there}")


def _given(padded: list[str]) -> tuple[str, ...]:
    return tuple(filter(None, padded))
