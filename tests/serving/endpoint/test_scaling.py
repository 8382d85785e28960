"""Autoscaling over real HTTP: who changes an endpoint finds it scaled, and leaves it so."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from rollout_support import rollout_of

from next_song.errors import EndpointError, InputError
from next_song.parameters import Autoscaling, Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import scaling
from next_song.serving.endpoint.deploy import deploy_archive, plan_deployment
from next_song.serving.endpoint.guardrails import deployment_config, in_words, seconds_of_shift
from next_song.serving.endpoint.inventory import endpoints
from next_song.serving.endpoint.removal import delete
from next_song.serving.endpoint.rollback import roll_back
from next_song.serving.endpoint.smoke import Smoke, smoke_of

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
    deploy_archive(stored(2), scaled)
    assert (registered(), policies(), instances()) == ((1, 6), [600], 4)
    roll_back("tested")
    assert (registered(), policies(), instances()) == ((1, 6), [600], 4)
    assert "autoscaling tested" in delete("tested")
    assert registered() is None


def test_another_instance_type_and_other_limits(stored: Stored, scaled: Deployment) -> None:
    """SageMaker rejects another type of what is registered; a rollback changes the type back."""
    deploy_archive(stored(1), scaled)
    fewer = SCALED | {"max_instances": 2, "invocations_per_instance": 300}
    deploy_archive(stored(1), changed(scaled, instance_type="ml.m5.xlarge", autoscaling=fewer))
    assert (registered(), policies()) == ((1, 2), [300])
    roll_back("tested")
    assert (registered(), policies()) == ((1, 2), [300])
    deploy_archive(stored(1), changed(scaled, autoscaling=None))
    assert (registered(), policies()) == (None, [])
    assert endpoints("tested")[0]["autoscaling"] is None


def test_a_deployment_that_fails_leaves_the_scaling_as_it_was(
    stored: Stored, scaled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy_archive(stored(1), scaled)
    scale_to(3)
    smoke, _ = smoke_of(stored(2))
    real, asked = Smoke.ask, []

    def fails_at_the_endpoint(self: Smoke, endpoint: str) -> None:
        asked.append(endpoint)
        if endpoint == "tested":
            raise EndpointError("it answers otherwise")
        real(self, endpoint)

    monkeypatch.setattr(Smoke, "ask", fails_at_the_endpoint)
    fewer = SCALED | {"max_instances": 2, "invocations_per_instance": 300}
    with pytest.raises(EndpointError, match="otherwise"):
        rollout_of(stored(2), changed(scaled, autoscaling=fewer)).run(smoke)
    assert asked == ["tested-check", "tested"]
    assert (registered(), policies(), instances()) == ((1, 6), [600], 3)


def test_a_new_endpoint_that_cannot_be_scaled_is_removed(
    stored: Stored, scaled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "POLICY", "")  # which is no name
    smoke, _ = smoke_of(stored(1))
    with pytest.raises(EndpointError, match="endpoint tested: "):
        rollout_of(stored(1), scaled).run(smoke)
    assert registered() is None


def test_what_somebody_else_scales_is_left_to_them(stored: Stored, settings: Deployment) -> None:
    deploy_archive(stored(1), settings)
    scaling.scale("tested", Autoscaling.model_validate(SCALED))  # in the console
    deploy_archive(stored(2), settings)
    assert registered() == (1, 6)
    assert "autoscaling tested" not in delete("tested")
    assert registered() is None  # DeleteEndpoint deregisters it


def test_a_killed_deployment_is_known_to_be_scaled(stored: Stored, scaled: Deployment) -> None:
    """It was killed while scaling was set aside for its update."""
    deploy_archive(stored(1), scaled)
    scaling.unscale("tested")
    scaling.unscale("tested")  # a second time, nothing is there
    roll = rollout_of(stored(2), changed(scaled, autoscaling=SCALED | {"max_instances": 9}))
    smoke, _ = smoke_of(stored(1))  # of another model
    with pytest.raises(EndpointError, match="found scores"):
        roll.run(smoke)
    assert (registered(), policies()) == ((1, 6), [600])


def test_the_tag_says_how_it_is_scaled() -> None:
    wanted = Autoscaling.model_validate(SCALED)
    assert scaling.from_tags(scaling.as_tag(wanted)) == wanted
    assert scaling.from_tags(scaling.as_tag(None)) is None
    assert scaling.from_tags({"project": "next-song"}) is None


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
