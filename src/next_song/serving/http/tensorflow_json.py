"""TensorFlow Serving's JSON for the signatures of the model.

It reads the row format (`instances` to `predictions`) and the column format (`inputs` to
`outputs`), following tensorflow.org/tfx/serving/api_rest.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from next_song.serving.http.tensors import RequestError, Spec, tensor
from next_song.serving.wishes import Answer

HISTORY = {"song_ids": Spec(str, 2)}
REQUEST = HISTORY | {  # as graph_rules.REQUEST
    "artists": Spec(str, 2),
    "exclude": Spec(str, 2),
    "only": Spec(str, 2),
    "exclude_set": Spec(str, 1),
    "only_set": Spec(str, 1),
    "per_artist": Spec(int, 1),
}
DEFAULT, EXPLAIN = "serving_default", "explain"
SIGNATURES = {DEFAULT: HISTORY, "recommend": REQUEST, EXPLAIN: REQUEST}


class Request(NamedTuple):
    """A signature, a list of values for each of its inputs, and whether it has the row format."""

    signature: str
    inputs: dict[str, list[Any]]
    by_row: bool


def read(body: bytes) -> Request:
    """Returns the request in a body; one without a known key is one instance or a list.

    Raises RequestError.
    """
    try:
        return _read(body)
    except RecursionError as error:  # lists in lists
        raise RequestError(f"JSON Parse error: {error}") from error


def _read(body: bytes) -> Request:
    try:
        request = json.loads(body)
        json.dumps(request, ensure_ascii=False).encode()  # fails on half a character, "\ud800"
    except ValueError as error:
        raise RequestError(f"JSON Parse error: {error}") from error
    if not isinstance(request, dict) or not {"instances", "inputs"} & set(request):
        request = {"instances": request if isinstance(request, list) else [request]}
    _check(request)
    name, by_row = request.get("signature_name", DEFAULT), "instances" in request
    specs = SIGNATURES[name]
    given = _of_rows(request["instances"], specs) if by_row else _named(request["inputs"], specs)
    inputs = {key: tensor(given[key], spec, f"{name}_{key}") for key, spec in specs.items()}
    return Request(name, inputs, by_row)


def write(answers: Sequence[Answer], *, by_row: bool, explain: bool) -> dict[str, Any]:
    """Returns the answers as the body of a response in the same format."""
    rows = [_row(answer, explain) for answer in answers]
    if by_row:
        return {"predictions": rows}
    return {"outputs": {name: [row[name] for row in rows] for name in rows[0]}}


def _row(answer: Answer, explain: bool) -> dict[str, Any]:
    row = {
        "known": answer.known,
        "scores": [_number(score) for score in answer.scores],
        "song_ids": answer.song_ids,
    }
    if explain:
        row["probabilities"] = [_number(chance) for chance in answer.probabilities]
        row["adds"] = [[_number(added) for added in song] for song in answer.adds]
        row["sources"] = answer.sources
    return row


def _check(request: dict[str, Any]) -> None:
    if {"instances", "inputs"} <= set(request):
        raise RequestError("Not formatted correctly expecting only one of 'inputs' or 'instances'")
    instances = request.get("instances", [None])
    if not isinstance(instances, list) or not instances:
        raise RequestError("No values in 'instances' array")
    name = request.get("signature_name", DEFAULT)
    if not isinstance(name, str) or name not in SIGNATURES:
        raise RequestError(f'Serving signature name: "{name}" not found in signature def')


def _of_rows(instances: list[Any], specs: dict[str, Spec]) -> dict[str, list[Any]]:
    """Returns inputs from the row format: each instance is an object of inputs, or a value."""
    rows = []
    for index, instance in enumerate(instances):
        if _is_object(instance) != _is_object(instances[0]):
            raise RequestError(
                f"Expecting object or value/list, not both, at item {index} of input list"
            )
        row = instance if _is_object(instance) else {"song_ids": instance}
        if set(row) != set(specs):
            raise RequestError(
                f"Failed to process element: {index} of 'instances' list. JSON object: "
                f"{json.dumps(instance)} keys must be equal to: {','.join(sorted(specs))}"
            )
        rows.append(row)
    return {key: [row[key] for row in rows] for key in specs}


def _named(inputs: Any, specs: dict[str, Spec]) -> dict[str, Any]:
    """Returns inputs from the column format: an object of them, or the value of the only one."""
    if not _is_object(inputs):
        if len(specs) > 1:
            raise RequestError("inputs is a plain value/list, but expecting an object")
        return {"song_ids": inputs}
    if missing := set(specs) - set(inputs):
        raise RequestError(f"Missing named input: {min(missing)} in 'inputs' object.")
    return dict(inputs)


def _is_object(value: Any) -> bool:
    """Returns whether a value is an object of inputs, not base64-encoded bytes."""
    return isinstance(value, dict) and set(value) != {"b64"}


def _number(value: float) -> float:
    """Returns the number with the fewest digits that identifies the float32."""
    short = float(f"{value:.6g}")
    return short if np.float32(short) == np.float32(value) else float(f"{value:.9g}")
