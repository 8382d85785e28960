"""What SageMaker has for an endpoint. Nothing is remembered: each answer looks again."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import EndpointError
from next_song.serving.endpoint.aws import attempt, is_missing

POLL_SECONDS = 5.0
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
PROJECT = {"Key": "project", "Value": "next-song"}
KINDS = {"endpoint": "Endpoint", "endpoint_config": "EndpointConfig", "model": "Model"}


def as_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Returns tags in the form that AWS takes, with the tag of this project."""
    every = tags | {PROJECT["Key"]: PROJECT["Value"]}
    return [{"Key": key, "Value": value[:256]} for key, value in every.items()]


def check_name(endpoint: str) -> str:
    """Returns the name of the temporary endpoint, which answers the smoke query before traffic."""
    return f"{endpoint}-check"


def found_or_none(describe: Callable[..., dict[str, Any]], **name: str) -> dict[str, Any] | None:
    """Returns SageMaker's description, None if nothing has that name."""
    try:
        return describe(**name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def described(sagemaker: Any, endpoint: str) -> dict[str, Any] | None:
    """Returns SageMaker's description of an endpoint, None if none has that name."""
    return found_or_none(sagemaker.describe_endpoint, EndpointName=endpoint)


def rested(sagemaker: Any, endpoint: str, seconds: float) -> dict[str, Any] | None:
    """Waits until no change of an endpoint is in progress; returns its description, None if gone.

    Raises EndpointError if it is still changing after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while (found := described(sagemaker, endpoint)) and found["EndpointStatus"] in BUSY:
        if time.monotonic() > deadline:
            raise EndpointError(
                f"endpoint {endpoint}: found it {found['EndpointStatus']} after "
                f"{seconds / 60:.0f} minutes; expected InService: see its logs in CloudWatch"
            )
        time.sleep(POLL_SECONDS)
    return found


def configs_of(found: dict[str, Any]) -> set[str]:
    """Returns the configurations that a described endpoint uses, or is being updated to."""
    pending = found.get("PendingDeploymentSummary") or {}
    return {found["EndpointConfigName"], pending.get("EndpointConfigName")} - {None}


def tags_of(sagemaker: Any, kind: str, name: str) -> dict[str, str]:
    """Returns the tags of what has this name, without AWS's own; none if it is gone."""
    what = KINDS[kind]
    try:
        found = getattr(sagemaker, f"describe_{kind}")(**{f"{what}Name": name})
        tags = sagemaker.list_tags(ResourceArn=found[f"{what}Arn"])["Tags"]
    except ClientError as error:
        if is_missing(error):  # removed since it was listed
            return {}
        raise
    return {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")}


def names_of(sagemaker: Any, kind: str, prefix: str) -> list[str]:
    """Returns the sorted names that begin so."""
    return [item[f"{KINDS[kind]}Name"] for item in listed(sagemaker, kind, prefix)]


def listed(sagemaker: Any, kind: str, prefix: str) -> list[dict[str, Any]]:
    """Returns what SageMaker lists under names that begin so, by name."""
    what = KINDS[kind]
    pages = sagemaker.get_paginator(f"list_{kind}s").paginate(
        **({"NameContains": prefix} if prefix else {})
    )
    items = [item for page in pages for item in page[f"{what}s"]]
    begin = (item for item in items if item[f"{what}Name"].startswith(prefix))
    return sorted(begin, key=lambda item: str(item[f"{what}Name"]))


def belongings(sagemaker: Any, endpoint: str) -> Iterator[tuple[str, str]]:
    """Yields kind and name of the configurations, then the models, made for an endpoint."""
    for kind in ("endpoint_config", "model"):
        for name in names_of(sagemaker, kind, endpoint + "-"):
            if tags_of(sagemaker, kind, name).get("endpoint") == endpoint:
                yield kind, name


def tidy(sagemaker: Any, endpoint: str, keep: set[str]) -> list[tuple[str, str]]:
    """Deletes an endpoint's configurations and models, and returns kind and name of each.

    The configurations in `keep` stay with their models, and so does whatever an endpoint uses whose
    name begins with this one's.
    """
    for name in names_of(sagemaker, "endpoint", endpoint):
        keep = keep | configs_of(described(sagemaker, name) or {"EndpointConfigName": None})
    used = keep | {model for config in keep for model in models_of(sagemaker, config)}
    gone = [(kind, name) for kind, name in belongings(sagemaker, endpoint) if name not in used]
    for kind, name in gone:
        remove(sagemaker, kind, name)
    return gone


def models_of(sagemaker: Any, config: str) -> list[str]:
    """Returns the models that a configuration hosts; none if there is no such configuration."""
    found = found_or_none(sagemaker.describe_endpoint_config, EndpointConfigName=config)
    return [variant["ModelName"] for variant in (found or {}).get("ProductionVariants", [])]


def remove(sagemaker: Any, kind: str, name: str) -> None:
    """Deletes what has this name, if anything has."""
    named = {f"{KINDS[kind]}Name": name}
    describe = getattr(sagemaker, f"describe_{kind}")

    def done() -> bool:
        found = found_or_none(describe, **named)
        return found is None or found.get("EndpointStatus") == "Deleting"

    attempt(lambda: getattr(sagemaker, f"delete_{kind}")(**named), done)
