"""How an update moves traffic, and how alarms take it back."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from moto.sagemaker.exceptions import ValidationError

from localaws import shifting
from localaws.shifting import AlarmError, moves, shift
from localaws.traffic import Answer, Fleet

VARIANT = {"VariantName": "AllTraffic", "InitialInstanceCount": 4}


def policy(kind, wait=60, end=120, **step):
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **step}
    blue_green = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": end}
    return {"BlueGreenUpdatePolicy": blue_green}


def instances(count):
    return {"Type": "INSTANCE_COUNT", "Value": count}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, [(1, 0)]),
        (policy("ALL_AT_ONCE"), [(1, 120)]),
        (policy("CANARY", CanarySize=instances(1)), [(0.25, 60), (1, 120)]),
        (
            policy("LINEAR", LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": 50}),
            [(0.5, 60), (1, 120)],
        ),
        (
            policy("LINEAR", LinearStepSize=instances(1)),
            [(0.25, 60), (0.5, 60), (0.75, 60), (1, 120)],
        ),
    ],
)
def test_moves(config, expected):
    assert moves(config, VARIANT) == expected


@pytest.mark.parametrize(
    ("config", "variant", "reason"),
    [
        (policy("CANARY", CanarySize=instances(3)), VARIANT, "at most 50% of the variant's"),
        (policy("CANARY"), VARIANT, "CanarySize must be specified"),
        (
            policy("CANARY", CanarySize=instances(1)),
            {"InitialInstanceCount": 1},
            "at most 50% of the variant's",
        ),
        (policy("ALL_AT_ONCE"), {"ServerlessConfig": {}}, "not supported for serverless"),
    ],
)
def test_what_sagemaker_rejects(config, variant, reason):
    with pytest.raises(ValidationError, match=reason):
        moves(config, variant)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_the_new_container_gets_exactly_its_share(share):
    fleet = Fleet("old", "new", share)
    picked = [fleet.pick() for _ in range(1000)]
    assert picked.count("new") == round(1000 * share)


def alarm(metric, statistic, threshold, extended=None):
    return SimpleNamespace(
        name="alarm",
        metric_name=metric,
        statistic=statistic,
        extended_statistic=extended,
        threshold=threshold,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        period=60,
        evaluation_periods=1,
        state_value="OK",
        update_state=lambda *_: None,
    )


def fleet_of(*answers):
    """A fleet that has just answered with these statuses and seconds."""
    fleet = Fleet("old")
    fleet.answers.extend(Answer(time.monotonic(), *answer) for answer in answers)
    return fleet


@pytest.mark.parametrize(
    ("watched", "fires"),
    [
        (alarm("Invocation4XXErrors", "Average", 0.24), True),  # 1 of 4
        (alarm("Invocation4XXErrors", "Average", 0.25), False),
        (alarm("Invocation5XXErrors", "Sum", 1), True),  # 500 and no answer
        (alarm("Invocation5XXErrors", "Sum", 2), False),
        (alarm("ModelLatency", None, 1.9e6, "p99"), True),  # microseconds; the slowest took 2 s
        (alarm("ModelLatency", None, 1.9e6, "p50"), False),
        (alarm("CPUUtilization", "Average", 0), False),
    ],
)
def test_alarms_are_computed_from_the_answers(watched, fires):
    fleet = fleet_of((200, 0.1), (400, 0.1), (500, 0.1), (0, 2.0))
    assert fleet.breaches(watched, 1.0) is fires
    assert not Fleet("old").breaches(watched, 1.0)


def test_an_alarm_moves_the_traffic_back():
    fleet = fleet_of((400, 0.1))
    with pytest.raises(AlarmError, match=r"Alarms \['alarm'\] are in state ALARM"):
        shift(fleet, "new", [(0.5, 60), (1, 60)], [alarm("Invocation4XXErrors", "Sum", 0)], 0.01)
    assert (fleet.container, fleet.new, fleet.share) == ("old", None, 0)


def test_without_alarm_the_new_container_serves_after_all_waits():
    fleet, started = Fleet("old"), time.monotonic()
    shift(fleet, "new", [(0.5, 10), (1, 10)], [alarm("Invocation4XXErrors", "Sum", 0)], 0.01)
    assert time.monotonic() - started >= 0.2 - shifting.POLL
    assert (fleet.container, fleet.new, fleet.share) == ("new", None, 0)


@pytest.mark.parametrize(("age", "fires"), [(30, True), (61, False)])
def test_answers_before_the_period_of_an_alarm_do_not_count(age, fires):
    fleet = Fleet("old")
    fleet.answers.append(Answer(time.monotonic() - age, 500, 0.1))
    assert fleet.breaches(alarm("Invocation5XXErrors", "Sum", 0), 1.0) is fires


def test_the_last_step_takes_what_is_left():
    found = moves(policy("LINEAR", LinearStepSize=instances(2)), {"InitialInstanceCount": 5})
    assert found == [(0.4, 60), (0.8, 60), (1, 120)]
