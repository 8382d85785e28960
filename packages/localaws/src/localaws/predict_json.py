"""Converts TensorFlow Serving's JSON: requests to arrays, and arrays to answers.

It supports the row format (``instances`` to ``predictions``) and the column format (``inputs`` to
``outputs``), following tensorflow.org/tfx/serving/api_rest and its source json_tensor.cc.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf


class RequestError(ValueError):
    """Raised for a request to be rejected with status 400; the message says why."""


def parse(body: bytes) -> dict[str, Any]:
    """Returns the request object; a body without a known key is one instance or a list."""
    try:
        request = json.loads(body)
        # as RapidJSON, which TensorFlow Serving reads with, refuses half a character: "\ud800"
        json.dumps(request, ensure_ascii=False).encode()
    except ValueError as error:
        raise RequestError(f"JSON Parse error: {error}") from error
    if not isinstance(request, dict) or not {"instances", "inputs"} & set(request):
        request = {"instances": request if isinstance(request, list) else [request]}
    if {"instances", "inputs"} <= set(request):
        raise RequestError("Not formatted correctly expecting only one of 'inputs' or 'instances'")
    if "instances" in request and (
        not isinstance(request["instances"], list) or not request["instances"]
    ):
        raise RequestError("No values in 'instances' array")
    return request


def is_object(value: Any) -> bool:
    """Returns whether a value is an object of inputs, not base64-encoded bytes."""
    return isinstance(value, dict) and set(value) != {"b64"}


def named(value: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns inputs from the column format: an object of them, or the value of the only one."""
    if not is_object(value):
        if len(inputs) > 1:
            raise RequestError("inputs is a plain value/list, but expecting an object")
        return {next(iter(inputs)): value}
    if missing := set(inputs) - set(value):
        raise RequestError(f"Missing named input: {min(missing)} in 'inputs' object.")
    return {key: value[key] for key in inputs}


def columns(instances: list[Any], inputs: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Returns inputs from the row format: each instance is an object of inputs, or a value."""
    rows = []
    for index, instance in enumerate(instances):
        if is_object(instance) != is_object(instances[0]):
            raise RequestError(
                f"Expecting object or value/list, not both, at item {index} of input list"
            )
        row = instance if is_object(instance) else {next(iter(inputs)): instance}
        if set(row) != set(inputs):
            keys = ",".join(sorted(inputs))
            raise RequestError(
                f"Failed to process element: {index} of 'instances' list. JSON object: "
                f"{json.dumps(instance)} keys must be equal to: {keys}"
            )
        rows.append(row)
    return {key: [row[key] for row in rows] for key in inputs}


def array(value: Any, spec: Any) -> Any:
    """Returns a JSON value as an array of the input's type; its lists must not be ragged."""
    shape = []
    inner = value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    flat: list[Any] = []
    flatten(value, shape, spec.dtype, flat)
    kind = object if spec.dtype == tf.string else spec.dtype.as_numpy_dtype
    return np.array(flat, dtype=kind).reshape(shape)


def flatten(value: Any, shape: list[int], dtype: Any, flat: list[Any]) -> None:
    """Appends the scalars of ``value``, which must have ``shape``, to ``flat``."""
    if not shape:
        flat.append(scalar(value, dtype))
        return
    if not isinstance(value, list) or len(value) != shape[0]:
        got = f"a list of {len(value)}" if isinstance(value, list) else json.dumps(value)
        raise RequestError(f"Encountered {got} where a list of size: {shape[0]} is expected")
    for item in value:
        flatten(item, shape[1:], dtype, flat)


def scalar(value: Any, dtype: Any) -> Any:
    """Returns one JSON value, checked against the type of its input."""
    if dtype == tf.string and isinstance(value, dict) and set(value) == {"b64"}:
        try:
            return base64.b64decode(value["b64"], validate=True)
        except (binascii.Error, TypeError) as error:
            raise RequestError("Unable to base64 decode") from error
    wanted: Any = str if dtype == tf.string else int if dtype.is_integer else (int, float)
    wanted = bool if dtype == tf.bool else wanted
    if not isinstance(value, wanted) or (isinstance(value, bool) and dtype != tf.bool):
        raise RequestError(f"JSON Value: {json.dumps(value)} is not of expected type: {dtype.name}")
    return value


def plain(name: str, values: Any) -> Any:
    """Returns an output as JSON: bytes in base64 if the name ends in ``_bytes``, else as text.

    A float32 has the fewest digits that identify it, as in TensorFlow Serving.
    """
    if isinstance(values, bytes):
        encoded = name.endswith("_bytes")
        return {"b64": base64.b64encode(values).decode()} if encoded else values.decode()
    if values.ndim:
        return [plain(name, value) for value in values]
    if values.dtype == np.float32:
        short = float(f"{values:.6g}")
        return short if np.float32(short) == values else float(f"{values:.9g}")
    return values.item()


def by_row(outputs: Mapping[str, Any]) -> list[Any]:
    """Returns one value per instance, or one object per instance for several outputs."""
    sizes = {values.shape[0] if values.ndim else None for values in outputs.values()}
    if None in sizes or len(sizes) > 1:
        raise RequestError(f"outputs have inconsistent batch sizes: {sorted(sizes, key=str)}")
    lists = {name: plain(name, values) for name, values in outputs.items()}
    if len(lists) == 1:
        return list(next(iter(lists.values())))
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def by_column(outputs: Mapping[str, Any]) -> Any:
    """Returns the value of the only output, or an object of all outputs."""
    lists = {name: plain(name, values) for name, values in outputs.items()}
    return next(iter(lists.values())) if len(lists) == 1 else lists
