"""Guardrails of an update: how traffic moves to the new model, and alarms that take it back.

They need an endpoint on instances. SageMaker updates a serverless one at once, without alarms.
"""

from collections.abc import Iterable
from typing import Any

from next_song.errors import InputError
from next_song.parameters import Alarms, Deployment, Guardrails
from next_song.serving.endpoint.aws import attempt

LONGEST = 28_800  # seconds of an update
PERIOD = 60  # seconds; CloudWatch has one figure a minute
ALARMS = ("client-errors", "server-errors", "p99")
SHARE = {"Namespace": "AWS/SageMaker", "Statistic": "Average"}  # of requests: each is 0 or 1


def alarm_names(endpoint: str) -> list[str]:
    """Returns the names of an endpoint's alarms."""
    return [f"{endpoint}-{what}" for what in ALARMS]


def guarded(settings: Deployment) -> Guardrails | None:
    """Returns the guardrails of an update, None if it has none."""
    return None if settings.serverless else settings.guardrails


def deployment_config(settings: Deployment, instances: int | None = None) -> dict[str, Any]:
    """Returns what UpdateEndpoint needs besides names; empty without guardrails.

    instances: how many an endpoint has and keeps; None: as many as the settings say.
    """
    guardrails = guarded(settings)
    if not guardrails:
        return {}
    bake = guardrails.bake_seconds
    routing = _routing(guardrails, instances or settings.instance_count)
    longest = 60 * settings.wait_minutes + seconds_of_shift(
        settings, [instances] if instances else ()
    )
    return {
        "DeploymentConfig": {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": routing | {"WaitIntervalInSeconds": bake},
                "TerminationWaitInSeconds": bake,
                "MaximumExecutionTimeoutInSeconds": min(max(600, longest), LONGEST),
            },
            "AutoRollbackConfiguration": {
                "Alarms": [{"AlarmName": name} for name in alarm_names(settings.endpoint)]
            },
        }
    }


def check_shift(settings: Deployment) -> None:
    """Raises InputError if the moves of an update take longer than SageMaker allows."""
    seconds = seconds_of_shift(settings)
    if seconds > LONGEST:
        raise InputError(
            f"deployment.guardrails: found moves that take {seconds} s in all; expected at most "
            f"{LONGEST} s, the longest update of SageMaker: lower bake_seconds, or raise percent"
        )


def seconds_of_shift(settings: Deployment, kept: Iterable[int] = ()) -> int:
    """Returns how long the alarms watch an update, over all of its moves.

    kept: how many instances an endpoint may have, besides as many as the settings say.
    """
    guardrails = guarded(settings)
    if not guardrails:
        return 0
    scaled = settings.autoscaling
    most = scaled.max_instances if scaled else settings.instance_count
    counts = {*range(scaled.min_instances if scaled else most, most + 1), *kept}
    steps = max(count // _batch(guardrails, count) for count in counts) + 1
    moves: int = {"all_at_once": 1, "canary": 2, "linear": steps}[guardrails.shift]
    return moves * guardrails.bake_seconds


def in_words(settings: Deployment) -> str:
    """Returns how traffic moves to a new model, for a person."""
    if settings.serverless:
        return "at once: SageMaker has no canary for serverless endpoints; the smoke query protects"
    guardrails = settings.guardrails
    if not guardrails:
        return "at once, without alarms: deployment.guardrails is null"
    watched = f"alarms watch {guardrails.bake_seconds} s after each move"
    if guardrails.shift == "all_at_once":
        return f"at once; {watched}"
    rest = "then the rest" if guardrails.shift == "canary" else "step by step"
    if settings.autoscaling:
        share = f"{guardrails.percent} % of the instances that there are, at least one"
        return f"{share}, {rest}, or at once if there is one; {watched}"
    if settings.instance_count < 2:
        return f"at once, since a canary takes two instances; {watched}"
    batch = _batch(guardrails, settings.instance_count)
    return f"{batch} of {settings.instance_count} instances, {rest}; {watched}"


def put_alarms(cloudwatch: Any, settings: Deployment) -> None:
    """Creates the alarms of an endpoint, or sets them to the settings."""
    guardrails = guarded(settings)
    if guardrails:
        for name, alarm in zip(
            alarm_names(settings.endpoint), _alarms(guardrails.alarms), strict=True
        ):
            cloudwatch.put_metric_alarm(
                AlarmName=name,
                AlarmDescription=f"next-song: takes an update of {settings.endpoint} back",
                Dimensions=[
                    {"Name": "EndpointName", "Value": settings.endpoint},
                    {"Name": "VariantName", "Value": "AllTraffic"},
                ],
                Period=PERIOD,
                EvaluationPeriods=1,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="notBreaching",  # an endpoint without requests
                **alarm,
            )


def remove_alarms(cloudwatch: Any, endpoint: str) -> list[str]:
    """Deletes the alarms of an endpoint, and returns the names of those that there were."""
    names = _there(cloudwatch, endpoint)
    if names:
        attempt(
            lambda: cloudwatch.delete_alarms(AlarmNames=names),
            lambda: not _there(cloudwatch, endpoint),
        )
    return names


def _there(cloudwatch: Any, endpoint: str) -> list[str]:
    found = cloudwatch.describe_alarms(AlarmNames=alarm_names(endpoint))["MetricAlarms"]
    return [alarm["AlarmName"] for alarm in found]


def _alarms(limits: Alarms) -> list[dict[str, Any]]:
    """Returns what each of ALARMS watches."""
    latency = {"Namespace": "AWS/SageMaker", "MetricName": "ModelLatency"}
    return [
        {"MetricName": "Invocation4XXErrors", "Threshold": limits.client_errors, **SHARE},
        {"MetricName": "Invocation5XXErrors", "Threshold": limits.server_errors, **SHARE},
        {"ExtendedStatistic": "p99", "Threshold": 1000 * limits.p99_ms, **latency},  # microseconds
    ]


def _batch(guardrails: Guardrails, instances: int) -> int:
    return max(1, instances * guardrails.percent // 100)


def _routing(guardrails: Guardrails, instances: int) -> dict[str, Any]:
    if instances < 2 or guardrails.shift == "all_at_once":
        return {"Type": "ALL_AT_ONCE"}
    size = {"Type": "INSTANCE_COUNT", "Value": _batch(guardrails, instances)}
    step = {"canary": "CanarySize", "linear": "LinearStepSize"}[guardrails.shift]
    return {"Type": guardrails.shift.upper(), step: size}
