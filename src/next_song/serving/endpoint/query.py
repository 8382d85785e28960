"""Queries an endpoint, with nothing but boto3's sagemaker-runtime."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import EndpointError, InputError
from next_song.serving.archive import padded
from next_song.serving.endpoint.aws import FEW_RETRIES, RETRIES, client, plain_errors

# The limit of a serverless endpoint, minus some room for HTTP. An endpoint on instances accepts
# more, but a caller need not know what serves the model.
MOST_BYTES = 4 * 2**20 - 2**16
# At 2.2 million songs, 256 histories take 5 GiB of memory and give fewer answers per second.
MOST_HISTORIES = 32


class NoSignatureError(EndpointError):
    """The model of an endpoint was exported before it had a signature."""


def runtime_client(*, patient: bool = True) -> Any:
    """Returns a client for several queries; not patient means fewer retries, for a person."""
    return client("sagemaker-runtime", RETRIES if patient else FEW_RETRIES)


def ask(
    endpoint: str, histories: list[list[str]], runtime: Any | None = None, name: str | None = None
) -> list[dict[str, Any]]:
    """Returns an endpoint's answer to each history of song ids, oldest first.

    runtime: a `sagemaker-runtime` client to reuse, which saves creating one. name: what captured
    data calls these requests, their inference id. An answer is a dict with song_ids and scores,
    best first, and known. Histories are padded to the same length, and sent in several requests if
    one would be too large. Raises EndpointError, or InputError if a single history is too long for
    a request.
    """
    runtime = runtime or client("sagemaker-runtime")
    answers: list[dict[str, Any]] = []
    for body, count in _bodies(histories):
        answers += _invoke(runtime, endpoint, body, count, name)
    return answers


def ask_for(
    endpoint: str, signature: str, instance: dict[str, Any], runtime: Any | None = None
) -> dict[str, Any]:
    """Returns an endpoint's answer by another signature of its model, `recommend` or `explain`.

    instance: the inputs, by name. Raises as `ask` does, and NoSignatureError.
    """
    runtime = runtime or client("sagemaker-runtime")
    text = json.dumps({"signature_name": signature, "instances": [instance]}, ensure_ascii=False)
    body = text.encode("utf-8", "backslashreplace")
    if len(body) > MOST_BYTES:
        raise InputError(
            f"history and rules: found {len(body)} bytes; expected at most {MOST_BYTES}, what "
            "SageMaker's serverless endpoints take: give a set of export.sets by its name"
        )
    try:
        (prediction,) = _invoke(runtime, endpoint, body, 1)
    except EndpointError as error:
        if "not found in signature def" not in str(error.__cause__):  # as TensorFlow Serving says
            raise
        raise NoSignatureError(
            f"endpoint {endpoint}: found a model without rules and explanations, exported by an "
            f"earlier version; expected the signature {signature}: deploy a new archive"
        ) from error
    return prediction


def _bodies(histories: list[list[str]]) -> Iterator[tuple[bytes, int]]:
    """Yields requests that are small enough, with their numbers of histories."""
    for start in range(0, len(histories), MOST_HISTORIES):
        yield from _split(histories[start : start + MOST_HISTORIES])


def _split(histories: list[list[str]]) -> Iterator[tuple[bytes, int]]:
    rows = padded(histories)
    text = json.dumps({"instances": [{"song_ids": row} for row in rows]}, ensure_ascii=False)
    body = text.encode("utf-8", "backslashreplace")  # JSON can escape half a surrogate pair
    if len(body) <= MOST_BYTES:
        yield body, len(histories)
    elif len(histories) == 1:
        raise InputError(
            f"history: found {len(rows[0])} songs, {len(body)} bytes; expected at most "
            f"{MOST_BYTES} bytes, what SageMaker's serverless endpoints take: ask with the latest "
            "songs alone"
        )
    else:
        middle = len(histories) // 2
        yield from _split(histories[:middle])
        yield from _split(histories[middle:])


def _invoke(
    runtime: Any, endpoint: str, body: bytes, count: int, name: str | None = None
) -> list[dict[str, Any]]:
    """Returns the predictions for so many histories. Raises EndpointError for anything else."""
    what, named = f"endpoint {endpoint}", {"InferenceId": name} if name else {}
    with plain_errors(what):
        try:
            answer = runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType="application/json", Body=body, **named
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code.startswith("Validation") and "not found" in str(error).lower():
                raise EndpointError(
                    f"{what}: not found; `next-song endpoints` lists what there is"
                ) from error
            raise
        text = answer["Body"].read()
    try:
        predictions = json.loads(text)["predictions"]
    except (ValueError, KeyError, TypeError):
        predictions = None
    if not isinstance(predictions, list):
        raise EndpointError(
            f"{what}: found an answer that is not a prediction: {text[:80]!r}; expected JSON "
            "with `predictions`: is it a next-song model?"
        )
    if len(predictions) != count:
        raise EndpointError(
            f"{what}: found {len(predictions)} answers to {count} histories; expected one each: is "
            "it a next-song model?"
        )
    return predictions
