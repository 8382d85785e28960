"""Lists and deletes what this project has at SageMaker."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import EndpointError
from next_song.serving.endpoint.aws import client, is_missing, plain_errors

POLL_SECONDS = 2.0
PROJECT = {"Key": "project", "Value": "next-song"}
# USD an hour of one instance in us-east-1, from SageMaker's price list in 2025; look up yours
PRICES = {
    "ml.t2.medium": 0.056,
    "ml.c5.large": 0.102,
    "ml.c5.xlarge": 0.204,
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
}
KINDS = {"endpoint": "Endpoint", "endpoint_config": "EndpointConfig", "model": "Model"}


def as_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Returns tags in the form that AWS takes, with the tag of this project."""
    return [PROJECT, *({"Key": key, "Value": value[:256]} for key, value in tags.items())]


def usd_per_day(instance: str, count: int) -> float | None:
    """Returns the cost of the instances per day, None if their price is not in PRICES."""
    return round(24 * PRICES[instance] * count, 2) if instance in PRICES else None


def describe(sagemaker: Any, endpoint: str) -> dict[str, Any] | None:
    """Returns SageMaker's description of an endpoint, None if none has that name."""
    try:
        found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return found


def remove(sagemaker: Any, action: str, name: str) -> None:
    """Calls `delete_<kind>` on a name, and ignores that it does not exist."""
    kind = KINDS[action.removeprefix("delete_")]
    try:
        getattr(sagemaker, action)(**{f"{kind}Name": name})
    except ClientError as error:
        if not is_missing(error):
            raise


def belongings(sagemaker: Any, endpoint: str) -> list[tuple[str, str]]:
    """Returns kind and name of the configurations and models made for an endpoint."""
    return [
        (kind, name)
        for kind in ("endpoint_config", "model")
        for name in _names(sagemaker, kind, endpoint + "-")
        if _tags(sagemaker, kind, name).get("endpoint") == endpoint
    ]


def delete(endpoint: str) -> list[str]:
    """Deletes an endpoint with its configurations and models, and returns what it deleted.

    Raises EndpointError if nothing has that name.
    """
    sagemaker = client("sagemaker")
    with plain_errors(f"endpoint {endpoint}"):
        rest = belongings(sagemaker, endpoint)
        found = describe(sagemaker, endpoint)
        if not found and not rest:
            raise EndpointError(
                f"endpoint {endpoint}: not found; `next-song endpoints` lists what there is"
            )
        everything = [("endpoint", endpoint)] * bool(found) + rest
        for kind, name in everything:
            remove(sagemaker, f"delete_{kind}", name)
        waiter = sagemaker.get_waiter("endpoint_deleted")
        patience = {"Delay": POLL_SECONDS, "MaxAttempts": 300}
        waiter.wait(EndpointName=endpoint, WaiterConfig=patience)
    return [f"{kind} {name}" for kind, name in everything]


def endpoints() -> list[dict[str, Any]]:
    """Returns this project's endpoints, then orphans: configurations and models without one."""
    sagemaker = client("sagemaker")
    with plain_errors("endpoints"):
        names = [
            name
            for name in _names(sagemaker, "endpoint", "")
            if _tags(sagemaker, "endpoint", name).get("project") == PROJECT["Value"]
        ]
        return [_endpoint(sagemaker, name) for name in names] + [
            {"orphan": kind, "name": name}
            for kind in ("endpoint_config", "model")
            for name in _names(sagemaker, kind, "")
            if (tags := _tags(sagemaker, kind, name)).get("project") == PROJECT["Value"]
            and tags.get("endpoint") not in names
        ]


def _endpoint(sagemaker: Any, name: str) -> dict[str, Any]:
    found, tags = sagemaker.describe_endpoint(EndpointName=name), _tags(sagemaker, "endpoint", name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    instance, count = variant.get("InstanceType", "serverless"), variant.get("InitialInstanceCount")
    age = datetime.now(UTC) - found["CreationTime"].astimezone(UTC)
    return {
        "name": name,
        "status": found["EndpointStatus"],
        "age_hours": round(age.total_seconds() / 3600, 1),
        "instance": instance,
        "run": tags.get("run", ""),
        "champion": tags.get("champion", ""),
        "usd_per_day": usd_per_day(instance, count or 1),
    }


def _names(sagemaker: Any, kind: str, prefix: str) -> list[str]:
    what = KINDS[kind]
    pages = sagemaker.get_paginator(f"list_{kind}s").paginate(
        **({"NameContains": prefix} if prefix else {})
    )
    names = [item[f"{what}Name"] for page in pages for item in page[f"{what}s"]]
    return sorted(name for name in names if name.startswith(prefix))


def _tags(sagemaker: Any, kind: str, name: str) -> dict[str, str]:
    what = KINDS[kind]
    try:
        found = getattr(sagemaker, f"describe_{kind}")(**{f"{what}Name": name})
        tags = sagemaker.list_tags(ResourceArn=found[f"{what}Arn"])["Tags"]
    except ClientError as error:
        if is_missing(error):  # removed since it was listed
            return {}
        raise
    return {tag["Key"]: tag["Value"] for tag in tags}
