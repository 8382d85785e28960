"""What SageMaker is asked for in an update; botocore checks it by the service's own model."""

from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from next_song.errors import InputError
from next_song.parameters import Deployment, Serverless
from next_song.serving.endpoint.guardrails import (
    check_shift,
    deployment_config,
    in_words,
    seconds_of_shift,
)


def changed(settings: Deployment, instances: int = 4, **guardrails: Any) -> Deployment:
    conf = settings.model_dump()
    conf["guardrails"] = conf["guardrails"] | {"bake_seconds": 300} | guardrails
    return Deployment.model_validate(conf | {"instance_count": instances})


def policy(settings: Deployment) -> dict[str, Any]:
    """The update policy, which the service's model accepts."""
    config = deployment_config(settings)
    update = {"EndpointName": "tested", "EndpointConfigName": "config", **config}
    shape = Session().get_service_model("sagemaker").operation_model("UpdateEndpoint").input_shape
    assert not ParamValidator().validate(update, shape).has_errors()
    assert config["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"] == [
        {"AlarmName": f"tested-{what}"} for what in ("client-errors", "server-errors", "p99")
    ]
    found: dict[str, Any] = config["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    return found


@pytest.mark.parametrize(
    ("instances", "percent", "size"),
    [(2, 10, 1), (4, 50, 2), (10, 25, 2), (30, 10, 3)],
)
def test_a_canary_takes_at_least_one_instance_and_at_most_half(
    settings: Deployment, instances: int, percent: int, size: int
) -> None:
    found = policy(changed(settings, instances, percent=percent))
    assert found["TrafficRoutingConfiguration"] == {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": size},
        "WaitIntervalInSeconds": 300,
    }
    assert found["TerminationWaitInSeconds"] == 300
    assert size <= instances / 2


def test_a_linear_shift_goes_step_by_step(settings: Deployment) -> None:
    linear = changed(settings, shift="linear", percent=25)
    assert policy(linear)["TrafficRoutingConfiguration"]["LinearStepSize"]["Value"] == 1
    assert seconds_of_shift(linear) >= 4 * 300
    assert in_words(linear).startswith("1 of 4 instances, step by step; alarms watch 300 s")


def test_one_instance_has_no_canary_but_alarms(settings: Deployment) -> None:
    found = policy(changed(settings, 1))
    assert found["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    assert found["TerminationWaitInSeconds"] == 300


def test_the_longest_time_covers_every_wait(settings: Deployment) -> None:
    for bake in (60, 3600):
        found = policy(changed(settings, 10, shift="linear", percent=10, bake_seconds=bake))
        assert 600 <= found["MaximumExecutionTimeoutInSeconds"] <= 28800
    asked = changed(settings, 10, shift="linear", percent=10, bake_seconds=600)
    longest = seconds_of_shift(asked) + 60 * asked.wait_minutes
    assert policy(asked)["MaximumExecutionTimeoutInSeconds"] == longest


def test_an_update_has_at_least_ten_minutes_and_time_for_all_that_is_kept(
    settings: Deployment,
) -> None:
    short = changed(settings, 1, shift="all_at_once", bake_seconds=60)
    short = short.model_copy(update={"wait_minutes": 1})
    assert policy(short)["MaximumExecutionTimeoutInSeconds"] == 600
    linear = changed(settings, 1, shift="linear", percent=10)
    given = deployment_config(linear, 10)["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    longest = 60 * linear.wait_minutes + 11 * 300  # ten instances, one by one
    assert given["MaximumExecutionTimeoutInSeconds"] == longest


def test_moves_that_no_update_has_time_for_are_refused(settings: Deployment) -> None:
    check_shift(changed(settings, 10, shift="canary", bake_seconds=3600))
    with pytest.raises(InputError, match=r"^deployment.guardrails: found moves that take 39600 s"):
        check_shift(changed(settings, 10, shift="linear", percent=10, bake_seconds=3600))


def test_without_guardrails_and_serverless_it_goes_at_once(settings: Deployment) -> None:
    without = settings.model_copy(update={"guardrails": None})
    assert deployment_config(without) == {}
    assert in_words(without) == "at once, without alarms: deployment.guardrails is null"
    hosting = Serverless(memory_mib=2048, max_concurrency=3)
    serverless = settings.model_copy(update={"serverless": hosting})
    assert deployment_config(serverless) == {}
    assert "SageMaker has no canary for serverless endpoints" in in_words(serverless)
