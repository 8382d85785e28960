"""Autoscaling: AWS adds and removes instances of an endpoint, by the requests that each gets.

It belongs to an endpoint and not to a version of it. The tag `autoscaling` of the endpoint says how
it is scaled, so that the next change knows it, also after a deployment was killed. An endpoint that
has no such tag is not touched: somebody else may scale it.
"""

import re
from typing import Any

from botocore.exceptions import ClientError

from next_song.parameters import Autoscaling
from next_song.serving.endpoint.aws import client

TAG, NONE = "autoscaling", "none"
# the name under which SageMaker's console shows a policy
POLICY = "SageMakerEndpointInvocationScalingPolicy"
METRIC = "SageMakerVariantInvocationsPerInstance"


def as_tag(wanted: Autoscaling | None) -> dict[str, str]:
    """Returns the tag of an endpoint that is scaled so, or not at all."""
    return {TAG: " ".join(map(str, wanted.model_dump().values())) if wanted else NONE}


def from_tags(tags: dict[str, str]) -> Autoscaling | None:
    """Returns how an endpoint with these tags is scaled, None if this project does not scale it."""
    words = tags.get(TAG, NONE)
    if not re.fullmatch(r"\d+ \d+ \d+", words):
        return None
    least, most, each = map(int, words.split())
    return Autoscaling(min_instances=least, max_instances=most, invocations_per_instance=each)


def in_words(wanted: Autoscaling | None) -> str | None:
    """Returns how an endpoint is scaled, for a person; None if it is not."""
    if not wanted:
        return None
    least, most, each = wanted.model_dump().values()
    return f"{least} to {most} instances, so that each has {each} requests a minute"


def scale(endpoint: str, wanted: Autoscaling) -> None:
    """Lets AWS scale an endpoint so, whatever it was before."""
    scaling, target = client("application-autoscaling"), _target(endpoint)
    scaling.register_scalable_target(
        MinCapacity=wanted.min_instances, MaxCapacity=wanted.max_instances, **target
    )
    scaling.put_scaling_policy(
        PolicyName=POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": wanted.invocations_per_instance,
            "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
        },
        **target,
    )


def unscale(endpoint: str) -> None:
    """Ends the scaling of an endpoint, which keeps the instances that it has."""
    scaling = client("application-autoscaling")
    try:
        scaling.deregister_scalable_target(**_target(endpoint))  # deletes its policies, too
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectNotFoundException":
            raise


def _target(endpoint: str) -> dict[str, Any]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
