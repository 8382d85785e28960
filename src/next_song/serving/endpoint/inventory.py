"""Lists what this project has at SageMaker."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from next_song.parameters import Deployment
from next_song.serving.endpoint import scaling
from next_song.serving.endpoint.aws import client, is_denied, is_missing, plain_errors
from next_song.serving.endpoint.hosted import PROJECT, listed, names_of, tags_of

# USD an hour of one instance in us-east-1, from SageMaker's price list in 2025; look up yours
PRICES = {
    "ml.t2.medium": 0.056,
    "ml.c5.large": 0.102,
    "ml.c5.xlarge": 0.204,
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
}


def usd_per_day(instance: str, count: int) -> float | None:
    """Returns the cost of the instances per day, None if their price is not in PRICES."""
    return round(24 * PRICES[instance] * count, 2) if instance in PRICES else None


def hosting(settings: Deployment) -> dict[str, Any]:
    """Returns the instances that settings ask for, and what they cost per day.

    usd_per_day is for the instances that an endpoint starts with, usd_per_day_at_most for all that
    autoscaling may add. An update has a second fleet for its minutes, which neither counts. Both
    are None if the price is not known or depends on use.
    """
    if settings.serverless:
        costs = {"usd_per_day": None, "usd_per_day_at_most": None}
        return {"instance": "serverless", "instances": 0, "autoscaling": None, **costs}
    instance, count, scaled = settings.instance_type, settings.instance_count, settings.autoscaling
    return {
        "instance": instance,
        "instances": count,
        "autoscaling": scaling.in_words(scaled),
        "usd_per_day": usd_per_day(instance, count),
        "usd_per_day_at_most": usd_per_day(instance, scaled.max_instances if scaled else count),
    }


def endpoints(prefix: str) -> list[dict[str, Any]]:
    """Returns this project's endpoints, then orphans: configurations and models without one.

    Only what has a name that begins with `prefix`. What this user or role may not describe is
    listed with what the list says of it, and with a `note`.
    """
    sagemaker = client("sagemaker")
    with plain_errors("endpoints"):
        every = {item["EndpointName"]: item for item in listed(sagemaker, "endpoint", "")}
        wanted = [item for name, item in every.items() if name.startswith(prefix)]
        found = [one for item in wanted if (one := _endpoint(sagemaker, item))]
        return found + [
            {"orphan": kind, "name": name}
            for kind in ("endpoint_config", "model")
            for name in names_of(sagemaker, kind, prefix)
            if _is_orphan(sagemaker, kind, name, set(every))
        ]


def _is_orphan(sagemaker: Any, kind: str, name: str, endpoints: set[str]) -> bool:
    try:
        tags = tags_of(sagemaker, kind, name)
    except ClientError as error:
        if is_denied(error):
            return False
        raise
    return _ours(tags) and tags.get("endpoint") not in endpoints


def _ours(tags: dict[str, str]) -> bool:
    return tags.get(PROJECT["Key"]) == PROJECT["Value"]


def _endpoint(sagemaker: Any, item: dict[str, Any]) -> dict[str, Any] | None:
    """Returns a line of the list; None if another program made it, or if it is gone by now.

    An endpoint whose configuration was deleted goes on, and costs.
    """
    age = datetime.now(UTC) - item["CreationTime"].astimezone(UTC)
    hours = round(age.total_seconds() / 3600, 1)
    line = {"name": item["EndpointName"], "status": item["EndpointStatus"], "age_hours": hours}
    try:
        more = _more(sagemaker, item["EndpointName"])
    except ClientError as error:
        if is_missing(error) and error.operation_name == "DescribeEndpointConfig":
            return line | {"note": "its configuration is deleted"}
        if is_missing(error):
            return None
        if is_denied(error):
            return line | {"note": f"not described: {error.operation_name} is denied"}
        raise
    return None if more is None else line | more


def _more(sagemaker: Any, name: str) -> dict[str, Any] | None:
    """Returns what the tags and the configuration say; None if the endpoint is not ours."""
    if not _ours(tags := tags_of(sagemaker, "endpoint", name)):
        return None
    found = sagemaker.describe_endpoint(EndpointName=name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    now = (found.get("ProductionVariants") or [{}])[0]  # autoscaling changes how many there are
    count = now.get("CurrentInstanceCount") or variant.get("InitialInstanceCount") or 1
    instance = variant.get("InstanceType", "serverless")
    return {
        "instance": instance,
        "autoscaling": scaling.in_words(scaling.from_tags(tags)),
        "run": tags.get("run", ""),
        "champion": tags.get("champion", ""),
        "usd_per_day": usd_per_day(instance, count),
    }
