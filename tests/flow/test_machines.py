"""The machines of conf/aws exist: Fargate offers them, as cfn-lint knows."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import machines
import pytest
import yaml
from cfnlint.api import ManualArgs, lint
from next_song_flow import NextSongFlow
from recommend_flow import RecommendFlow

ROOT = Path(__file__).parents[2]
SHIPPED = machines.read((ROOT / "conf/aws/machines.yml").read_text())
GOOD = {"cpu": 2, "memory": 8, "disk": 21, "hours": 4}
CPUS = (0.25, 0.5, 1, 2, 4, 8, 16)
GIBS = (0.5, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 24, 30, 31, 32, 36, 40, 60, 64, 120, 128)


def test_each_step_that_works_has_a_machine_of_its_own() -> None:
    groups = {"data_engineering", "modeling", "selection", "export", "deployment"}
    assert set(SHIPPED) == groups | {"default", "histories", "answers"}


def test_the_steps_of_both_flows_may_be_listed_and_no_other() -> None:
    flows = NextSongFlow._flow_cls, RecommendFlow._flow_cls
    steps = {
        name
        for flow in flows
        for name in dir(flow)
        if getattr(getattr(flow, name), "is_step", None) is True
    }
    assert steps | {"default"} == machines.STEPS
    with pytest.raises(machines.MachineError, match=r"^found the step 'modelling'; expected"):
        machines.read(yaml.safe_dump({"default": GOOD, "modelling": GOOD}))


def test_fargate_offers_what_is_accepted_and_nothing_else() -> None:
    asked = [(cpu, gib) for cpu in CPUS for gib in GIBS]
    accepted = [pair for pair in asked if accepts(*pair)]
    assert len(accepted) > 30
    assert accepted == [pair for pair, known in zip(asked, offered(asked), strict=True) if known]


def accepts(cpu: float, memory: float) -> bool:
    try:
        machines.check("export", GOOD | {"cpu": cpu, "memory": memory})
    except machines.MachineError:
        return False
    return True


def offered(asked: list[tuple[float, float]]) -> list[bool]:
    """Whether cfn-lint lets a task of Fargate have these vCPUs and GiB."""
    container = {"Name": "job", "Image": "image"}
    tasks = {
        f"Task{index}": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "Cpu": str(int(cpu * 1024)),
                "Memory": str(int(memory * 1024)),
                "ContainerDefinitions": [container],
            },
        }
        for index, (cpu, memory) in enumerate(asked)
    }
    template = json.dumps({"Resources": tasks})
    found = lint(template, config=ManualArgs(regions=["us-east-1"], ignore_checks=["W", "I"]))
    assert {error.rule.id for error in found} == {"E3047"}
    refused = {error.path[1] for error in found}
    return [f"Task{index}" not in refused for index in range(len(asked))]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("[", "found no YAML"),
        ("export: {}", "found no `default`"),
        ({"cpu": 1}, "found {'cpu': 1}; expected cpu, memory, disk, hours"),
        (GOOD | {"gpu": 1}, "expected cpu, memory, disk, hours"),
        (GOOD | {"cpu": 3}, "export.cpu: found 3; expected one that Fargate has: 0.25, 0.5, 1, 2"),
        (GOOD | {"cpu": [2]}, r"export.cpu: found \[2\]"),
        (GOOD | {"memory": 17}, "export.memory: found 17; expected .* GiB with 2 vCPUs"),
        (GOOD | {"memory": "8"}, "export.memory: found 8"),
        (GOOD | {"disk": 20}, "export.disk: found 20; expected whole GiB from 21 to 200"),
        (GOOD | {"hours": 0}, "export.hours: found 0; expected 1/60 to 336"),
        (GOOD | {"hours": 337}, "export.hours: found 337; expected 1/60 to 336"),
        (GOOD | {"hours": "4h"}, "export.hours: found 4h"),
        (GOOD | {"hours": True}, "export.hours: found True"),
        (GOOD | {"cpu": True}, "export.cpu: found True"),
        (GOOD | {"disk": 30.0}, "export.disk: found 30.0; expected whole GiB"),
        (GOOD | {1: 2}, "expected cpu, memory, disk, hours"),
    ],
)
def test_what_fargate_does_not_offer_is_refused_by_name(given: Any, message: str) -> None:
    text = given if isinstance(given, str) else yaml.safe_dump({"default": GOOD, "export": given})
    with pytest.raises(machines.MachineError, match=message) as raised:
        machines.read(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "disk", "driver"),
    [
        ({}, 50, "awslogs"),
        ({"ephemeral_storage": None}, 50, "awslogs"),
        ({"ephemeral_storage": 100, "log_driver": "splunk"}, 100, "splunk"),
    ],
)
def test_what_a_person_gives_to_batch_comes_first(
    given: dict[str, Any], disk: int, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXT_SONG_JOB_LOGS", "jobs")
    added: dict[str, dict[str, Any]] = {}

    def add(name: str, *, deco_kwargs: dict[str, Any], duplicates: object) -> None:
        assert duplicates == "override"
        added[name] = deco_kwargs

    step = SimpleNamespace(
        OVERRIDE="override",
        add_decorator=add,
        get_decorator_specs=lambda name: [("batch", "", [], given)] if name == "batch" else [],
    )
    size = machines.machine.__new__(machines.machine)
    size.init({"cpu": 2, "memory": 1.5, "disk": 50, "hours": 0.5})
    size.mutate(step)
    assert added["resources"] == {"cpu": 2, "memory": 1536}
    assert added["timeout"] == {"seconds": 1800}
    asked = added["batch"]
    assert (asked["ephemeral_storage"], asked["log_driver"]) == (disk, driver)
    assert asked["log_options"] == ["awslogs-group:jobs"]
