"""JSON values as tensors: lists of one size in each dimension, of texts or whole numbers."""

import base64
import binascii
import json
from typing import Any, NamedTuple

import numpy as np

LARGEST = np.iinfo(np.int64)


class RequestError(ValueError):
    """Raised for a request to be rejected with status 400; the message says why."""


class Spec(NamedTuple):
    """What an input consists of: str or int, and in how many dimensions."""

    kind: type[str | int]
    dimensions: int


def tensor(value: Any, spec: Spec, name: str) -> list[Any]:
    """Returns the value as nested lists of texts or numbers; name: of the tensor, for errors.

    Raises RequestError if a scalar is of another kind, or for lists of unequal lengths or of
    another number of dimensions.
    """
    shape, inner = [], value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    checked: list[Any] = _checked(value, shape, spec.kind)
    if len(shape) != spec.dimensions:
        expected = tuple([None] * spec.dimensions)
        raise RequestError(
            f"Cannot feed value of shape {tuple(shape)} for Tensor {name}:0, which has shape "
            f"{expected}"
        )
    return checked


def _checked(value: Any, shape: list[int], kind: type[str | int]) -> Any:
    if not shape:
        return _text(value) if kind is str else _number(value)
    if not isinstance(value, list) or len(value) != shape[0]:
        got = f"a list of {len(value)}" if isinstance(value, list) else json.dumps(value)
        raise RequestError(f"Encountered {got} where a list of size: {shape[0]} is expected")
    return [_checked(item, shape[1:], kind) for item in value]


def _text(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"b64"}:
        try:
            return base64.b64decode(value["b64"], validate=True).decode("utf-8", "replace")
        except (binascii.Error, TypeError, ValueError) as error:
            raise RequestError("Unable to base64 decode") from error
    if not isinstance(value, str):
        raise RequestError(f"JSON Value: {json.dumps(value)} is not of expected type: string")
    return value


def _number(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not LARGEST.min <= value <= LARGEST.max:
        raise RequestError(f"JSON Value: {json.dumps(value)} is not of expected type: int64")
    return int(value)
