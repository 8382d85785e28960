"""Deletes an endpoint with everything that was made for it."""

from contextlib import ExitStack
from typing import Any

from next_song.errors import EndpointError
from next_song.serving.endpoint import scaling
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.guardrails import remove_alarms
from next_song.serving.endpoint.hosted import (
    PROJECT,
    belongings,
    check_name,
    described,
    remove,
    rested,
    tags_of,
    tidy,
)
from next_song.serving.endpoint.lock import Lock
from next_song.serving.endpoint.store import Store

PATIENCE = 60 * 60.0  # seconds: an update may be under way, with its canary


def delete(endpoint: str) -> list[str]:
    """Deletes an endpoint with all that was made for it, and returns what it deleted.

    It waits for a deployment or an update that is under way. Copies of archives stay in S3. Raises
    EndpointError if nothing has that name, or if another program made the endpoint.
    """
    sagemaker = client("sagemaker")
    with plain_errors(f"endpoint {endpoint}"), ExitStack() as stack:
        if store := _store(sagemaker, endpoint):
            stack.enter_context(Lock(Store(store), endpoint, PATIENCE))
        names = [
            name for name in (check_name(endpoint), endpoint) if _is_ours(sagemaker, name, endpoint)
        ]
        scaled = _unscaled(sagemaker, endpoint) if endpoint in names else []
        for name in names:
            _delete(sagemaker, name)
        rest = tidy(sagemaker, endpoint, set())
        alarms = remove_alarms(client("cloudwatch"), endpoint)
    gone = (
        [("endpoint", name) for name in reversed(names)]
        + [("autoscaling", name) for name in scaled]
        + rest
        + [("alarm", name) for name in alarms]
    )
    if not gone:
        raise EndpointError(
            f"endpoint {endpoint}: not found; `next-song endpoints` lists what there is"
        )
    return [f"{kind} {name}" for kind, name in gone]


def _store(sagemaker: Any, endpoint: str) -> str:
    """Returns the store of an endpoint, from the tags of anything that was made for it."""
    known = [("endpoint", endpoint), ("endpoint", check_name(endpoint))]
    for kind, name in [*known, *belongings(sagemaker, endpoint)]:
        tags = tags_of(sagemaker, kind, name)
        if tags.get("endpoint") == endpoint and tags.get("store"):
            return tags["store"]
    return ""


def _is_ours(sagemaker: Any, name: str, endpoint: str) -> bool:
    """Returns whether there is such an endpoint, made for `endpoint`."""
    if not described(sagemaker, name):
        return False
    tags = tags_of(sagemaker, "endpoint", name)
    if tags.get(PROJECT["Key"]) == PROJECT["Value"] and tags.get("endpoint", name) == endpoint:
        return True
    if name == endpoint:
        raise EndpointError(
            f"endpoint {name}: found one that next-song has not made; expected one with the tag "
            "project=next-song: delete it where it was made"
        )
    return False


def _unscaled(sagemaker: Any, endpoint: str) -> list[str]:
    """Ends the autoscaling of an endpoint, and returns its name if it was scaled."""
    if not scaling.from_tags(tags_of(sagemaker, "endpoint", endpoint)):
        return []
    scaling.unscale(endpoint)
    return [endpoint]


def _delete(sagemaker: Any, name: str) -> None:
    """Deletes an endpoint when no update is under way, and waits until it is gone."""
    rested(sagemaker, name, PATIENCE)
    remove(sagemaker, "endpoint", name)
    rested(sagemaker, name, PATIENCE)
