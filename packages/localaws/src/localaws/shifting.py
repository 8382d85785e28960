"""How an update moves traffic from the old container to the new one, and what takes it back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sagemaker.exceptions import ValidationError

from localaws.lock import STATE
from localaws.model_container import ModelContainer
from localaws.traffic import Fleet

Moves = list[tuple[float, float]]
"""The share of the new container, and the seconds until the next move."""

POLL = 0.02


@dataclass(frozen=True)
class Roll:
    """How a configuration comes into service; ``plan`` and ``watched`` are for an update.

    ``kept``: properties of the variant that the endpoint keeps.
    """

    config_name: str
    plan: Moves = field(default_factory=list)
    watched: list[Any] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)


class AlarmError(Exception):
    """Raised if an alarm fires during an update, with SageMaker's message."""


def moves(config: Mapping[str, Any], variant: Mapping[str, Any]) -> Moves:
    """Returns the moves of a DeploymentConfig for an endpoint with this production variant.

    Raises ValidationError for what SageMaker rejects: a policy for a serverless endpoint, and steps
    of more than half of the instances.
    """
    policy = config.get("BlueGreenUpdatePolicy")
    if not policy:
        return [(1.0, 0.0)]
    if "ServerlessConfig" in variant:
        raise ValidationError("DeploymentConfig is not supported for serverless endpoints.")
    routing, end = policy["TrafficRoutingConfiguration"], policy.get("TerminationWaitInSeconds", 0)
    wait, kind = routing["WaitIntervalInSeconds"], routing["Type"]
    last = (1.0, float(end))
    if kind == "ALL_AT_ONCE":
        return [last]
    name = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}[kind]
    step = _share(routing.get(name), variant["InitialInstanceCount"], name)
    steps = 1 if kind == "CANARY" else round(1 / step + 0.499) - 1
    return [*((step * (index + 1), float(wait)) for index in range(steps)), last]


def _share(size: Mapping[str, Any] | None, instances: int, name: str) -> float:
    if not size:
        raise ValidationError(f"{name} must be specified for this traffic routing type.")
    of = instances if size["Type"] == "INSTANCE_COUNT" else 100
    if size["Value"] > of / 2:
        raise ValidationError(f"{name} must be at most 50% of the variant's total instance count.")
    return float(size["Value"] / of)


def alarms(config: Mapping[str, Any], account: str, region: str) -> list[Any]:
    """Returns the alarms of a DeploymentConfig; raises ValidationError if one does not exist."""
    names = [
        one["AlarmName"] for one in config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
    ]
    known = cloudwatch_backends[account][region].alarms
    if missing := [name for name in names if name not in known]:
        raise ValidationError(f"Could not find alarms {missing}.")
    return [known[name] for name in names]


def shift(fleet: Fleet, new: ModelContainer, plan: Moves, watched: list[Any], pace: float) -> None:
    """Moves the traffic of a fleet to a new container; raises AlarmError, after moving it back.

    ``pace``: how many seconds a second of waiting takes here.
    """
    for share, wait in plan:
        with STATE:
            fleet.new, fleet.share = new, share
        end = time.monotonic() + wait * pace
        while time.monotonic() < end:
            if firing := [alarm.name for alarm in watched if _fires(alarm, fleet, pace)]:
                with STATE:
                    fleet.new, fleet.share = None, 0.0
                raise AlarmError(f"Alarms {firing} are in state ALARM: the update is rolled back.")
            time.sleep(POLL)
    with STATE:
        fleet.container, fleet.new, fleet.share = new, None, 0.0


def _fires(alarm: Any, fleet: Fleet, pace: float) -> bool:
    """Returns whether an alarm fires, and sets its state."""
    fires = fleet.breaches(alarm, pace)
    state = "ALARM" if fires else "OK"
    if alarm.state_value != state:
        alarm.update_state("Threshold Crossed", "{}", state)
    return fires
