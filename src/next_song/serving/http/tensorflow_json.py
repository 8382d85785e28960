"""TensorFlow Serving's JSON for the one input of the model, `song_ids`: histories, padded with "".

It reads the row format (`instances` to `predictions`) and the column format (`inputs` to
`outputs`), following tensorflow.org/tfx/serving/api_rest.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from next_song.serving.predictor import Answer

INPUT, SIGNATURE = "song_ids", "serving_default"


class RequestError(ValueError):
    """Raised for a request to be rejected with status 400; the message says why."""


class Request(NamedTuple):
    """The histories of a request, all of one length, and whether it has the row format."""

    histories: list[list[str]]
    by_row: bool


def read(body: bytes) -> Request:
    """Returns the histories of a body; one without a known key is one instance or a list.

    Raises RequestError.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"JSON Parse error: {error}") from error
    if not isinstance(request, dict) or not {"instances", "inputs"} & set(request):
        request = {"instances": request if isinstance(request, list) else [request]}
    _check(request)
    by_row = "instances" in request
    value = _of_rows(request["instances"]) if by_row else _of_column(request["inputs"])
    return Request(_histories(value), by_row)


def write(answers: Sequence[Answer], *, by_row: bool) -> dict[str, Any]:
    """Returns the answers as the body of a response in the same format."""
    rows = [
        {
            "known": answer.known,
            "scores": [_number(score) for score in answer.scores],
            "song_ids": answer.song_ids,
        }
        for answer in answers
    ]
    if by_row:
        return {"predictions": rows}
    return {"outputs": {name: [row[name] for row in rows] for name in rows[0]}}


def _check(request: dict[str, Any]) -> None:
    if {"instances", "inputs"} <= set(request):
        raise RequestError("Not formatted correctly expecting only one of 'inputs' or 'instances'")
    instances = request.get("instances", [None])
    if not isinstance(instances, list) or not instances:
        raise RequestError("No values in 'instances' array")
    if (name := request.get("signature_name", SIGNATURE)) != SIGNATURE:
        raise RequestError(f'Serving signature name: "{name}" not found in signature def')


def _of_rows(instances: list[Any]) -> list[Any]:
    """Returns the histories of the row format: each instance is one, or an object with one."""
    for index, instance in enumerate(instances):
        if _is_object(instance) != _is_object(instances[0]):
            raise RequestError(
                f"Expecting object or value/list, not both, at item {index} of input list"
            )
        if _is_object(instance) and set(instance) != {INPUT}:
            raise RequestError(
                f"Failed to process element: {index} of 'instances' list. JSON object: "
                f"{json.dumps(instance)} keys must be equal to: {INPUT}"
            )
    return [one[INPUT] if _is_object(one) else one for one in instances]


def _of_column(inputs: Any) -> Any:
    if _is_object(inputs) and INPUT not in inputs:
        raise RequestError(f"Missing named input: {INPUT} in 'inputs' object.")
    return inputs[INPUT] if _is_object(inputs) else inputs


def _is_object(value: Any) -> bool:
    """Returns whether a value is an object of inputs, not base64-encoded bytes."""
    return isinstance(value, dict) and set(value) != {"b64"}


def _histories(value: Any) -> list[list[str]]:
    """Returns lists of texts; raises RequestError unless all have the same length."""
    shape, inner = [], value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    checked = _texts(value, shape)
    if len(shape) != 2:
        given = f"({shape[0]},)" if len(shape) == 1 else str(tuple(shape))
        raise RequestError(
            f"Cannot feed value of shape {given} for Tensor {SIGNATURE}_{INPUT}:0, which has "
            "shape (None, None)"
        )
    if not shape[1]:
        raise RequestError('Expecting at least one value in each history, such as ""')
    try:
        "".join(chain(*checked)).encode()
    except UnicodeEncodeError as error:  # half a character, "\\ud800"
        raise RequestError(f"JSON Value is not Unicode: {error.reason}") from error
    return [*checked]


def _texts(value: Any, shape: list[int]) -> Any:
    if not shape:
        return _text(value)
    if not isinstance(value, list) or len(value) != shape[0]:
        got = f"a list of {len(value)}" if isinstance(value, list) else json.dumps(value)
        raise RequestError(f"Encountered {got} where a list of size: {shape[0]} is expected")
    return [_texts(item, shape[1:]) for item in value]


def _text(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"b64"}:
        try:
            return base64.b64decode(value["b64"], validate=True).decode("utf-8", "replace")
        except (binascii.Error, TypeError, ValueError) as error:
            raise RequestError("Unable to base64 decode") from error
    if not isinstance(value, str):
        raise RequestError(f"JSON Value: {json.dumps(value)} is not of expected type: string")
    return value


def _number(score: float) -> float:
    """Returns the number with the fewest digits that identifies the float32."""
    short = float(f"{score:.6g}")
    return short if np.float32(short) == np.float32(score) else float(f"{score:.9g}")
