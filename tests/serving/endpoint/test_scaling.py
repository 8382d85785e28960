"""Autoscaling over real HTTP: who changes an endpoint finds it scaled, and leaves it so."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from next_song.errors import InputError
from next_song.parameters import Autoscaling, Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import scaling
from next_song.serving.endpoint.deploy import deploy_archive, plan_deployment
from next_song.serving.endpoint.guardrails import deployment_config, in_words, seconds_of_shift
from next_song.serving.endpoint.inventory import endpoints
from next_song.serving.endpoint.removal import delete
from next_song.serving.endpoint.rollback import roll_back

pytestmark = pytest.mark.slow

Stored = Callable[[int], ModelArchive]
SCALED = {"min_instances": 1, "max_instances": 6, "invocations_per_instance": 600}


@pytest.fixture
def scaled(settings: Deployment) -> Deployment:
    return changed(settings, autoscaling=SCALED)


@pytest.fixture(autouse=True)
def _nothing_is_left_registered() -> Iterator[None]:
    yield
    if registered():
        delete("tested")
    assert registered() is None
    assert policies() == []


def changed(settings: Deployment, **given: Any) -> Deployment:
    return Deployment.model_validate(settings.model_dump() | given)


def registered() -> tuple[int, int] | None:
    """The range of the one target that there is."""
    client = boto3.client("application-autoscaling")
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [one["ResourceId"] for one in found] in ([], ["endpoint/tested/variant/AllTraffic"])
    return (found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else None


def policies() -> list[float]:
    """The requests a minute of each policy."""
    client = boto3.client("application-autoscaling")
    found = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    return [one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for one in found]


def instances() -> int:
    found = boto3.client("sagemaker").describe_endpoint(EndpointName="tested")
    return int(found["ProductionVariants"][0]["DesiredInstanceCount"])


def scale_to(count: int) -> None:
    """What AWS does when there are more requests."""
    wanted = {"VariantName": "AllTraffic", "DesiredInstanceCount": count}
    boto3.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName="tested", DesiredWeightsAndCapacities=[wanted]
    )


def test_an_update_and_a_rollback_keep_the_instances_and_the_scaling(
    stored: Stored, scaled: Deployment
) -> None:
    """SageMaker rejects another instance type of what is registered; a rollback changes it back."""
    planned = plan_deployment(stored(1), scaled)
    assert planned["autoscaling"] == "1 to 6 instances, so that each has 600 requests a minute"
    assert planned["usd_per_day_at_most"] == pytest.approx(6 * planned["usd_per_day"])
    assert registered() is None
    deploy_archive(stored(1), scaled)
    assert (registered(), policies(), instances()) == ((1, 6), [600], 1)
    scale_to(4)
    (listed,) = endpoints("tested")
    assert listed["autoscaling"] == planned["autoscaling"]
    assert listed["usd_per_day"] == pytest.approx(4 * planned["usd_per_day"])
    more = SCALED | {"max_instances": 5, "invocations_per_instance": 300}
    deploy_archive(stored(2), changed(scaled, instance_type="ml.m5.xlarge", autoscaling=more))
    assert (registered(), policies(), instances()) == ((1, 5), [300], 4)
    roll_back("tested")
    assert (registered(), policies(), instances()) == ((1, 5), [300], 4)
    deploy_archive(stored(1), changed(scaled, autoscaling=None))
    assert (registered(), policies()) == (None, [])
    assert endpoints("tested")[0]["autoscaling"] is None
    deploy_archive(stored(1), scaled)
    assert "autoscaling tested" in delete("tested")
    assert registered() is None


def test_the_tag_says_how_it_is_scaled() -> None:
    wanted = Autoscaling.model_validate(SCALED)
    assert scaling.from_tags(scaling.as_tag(wanted)) == wanted
    assert scaling.from_tags(scaling.as_tag(None)) is None
    for tags in ({"project": "next-song"}, {scaling.TAG: "enabled"}):  # somebody else's
        assert scaling.from_tags(tags) is None


def test_a_canary_takes_its_share_of_the_instances_that_there_are(scaled: Deployment) -> None:
    sizes = {}
    for count in (1, 2, 6):
        found = deployment_config(scaled, count)["DeploymentConfig"]["BlueGreenUpdatePolicy"]
        routing = found["TrafficRoutingConfiguration"]
        sizes[count] = routing.get("CanarySize", {}).get("Value")
    assert sizes == {1: None, 2: 1, 6: 1}
    assert in_words(scaled).startswith("10 % of the instances that there are, at least one, then")
    linear = changed(scaled, guardrails=scaled.model_dump()["guardrails"] | {"shift": "linear"})
    assert seconds_of_shift(linear) == 7 * 60  # one of six after the other


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"serverless": {"memory_mib": 2048, "max_concurrency": 3}},
            "autoscaling null with server",
        ),
        ({"instance_count": 7}, "expected instance_count 7, with which an endpoint starts, from"),
        ({"autoscaling": SCALED | {"min_instances": 2}}, "from autoscaling.min_instances 2 to max"),
        ({"autoscaling": SCALED | {"invocations_per_instance": 0}}, "invocations_per_instance"),
    ],
)
def test_what_cannot_be_scaled(scaled: Deployment, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        changed(scaled, **given)


def test_the_service_has_what_is_asked_for() -> None:
    service = Session().get_service_model("application-autoscaling")
    assert scaling.METRIC in service.shape_for("MetricType").enum
    assert "sagemaker:variant:DesiredInstanceCount" in service.shape_for("ScalableDimension").enum
    shape = service.operation_model("RegisterScalableTarget").input_shape
    assert not ParamValidator().validate(scaling._target("tested"), shape).has_errors()
