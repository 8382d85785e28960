"""The machine of each step on AWS Batch, read from the flow's Config `machines`.

Each step gets `@resources` and `@timeout` and, where it runs on Batch, the size of its disk and the
stack's log group.
"""

import os
from typing import Any

import yaml
from metaflow import Config, FlowMutator, StepMutator
from metaflow.exception import MetaflowException
from project import PROJECT

KEYS = ("cpu", "memory", "disk", "hours")
STEPS = {  # of both flows, and of those that are not listed
    *("default", "start", "data_engineering", "modeling", "selection", "export", "deployment"),
    *("histories", "answers", "join", "end"),
}
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
MEMORY = {
    0.25: (0.5, 1, 2),
    0.5: range(1, 5),
    1: range(2, 9),
    2: range(4, 17),
    4: range(8, 31),
    8: range(16, 61, 4),
    16: range(32, 121, 8),
}  # GiB that Fargate offers, by vCPUs
DISK = range(21, 201)  # GiB
HOURS = (1 / 60, 14 * 24)  # Batch's shortest time limit, and Fargate's longest


class MachineError(MetaflowException):
    """A machine that does not exist; Metaflow shows the message without a traceback."""

    headline = "Config machines"


def read(text: str) -> dict[str, dict[str, float]]:
    """Returns the machine of each step, and of `default`, from YAML. Raises MachineError."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise MachineError(f"found no YAML: {' '.join(str(error).split())}; correct it") from error
    if not isinstance(found, dict) or "default" not in found:
        raise MachineError("found no `default`; expected it, for steps that are not listed: add it")
    for step, machine in found.items():
        if step not in STEPS:
            raise MachineError(
                f"found the step {step!r}; expected one of {', '.join(sorted(STEPS))}: correct it"
            )
        check(step, machine)
    return found


def check(step: str, machine: Any) -> None:
    """Raises MachineError, in one line, if Fargate does not offer a machine."""
    if not isinstance(machine, dict) or set(machine) != set(KEYS):
        raise MachineError(f"{step}: found {machine}; expected {', '.join(KEYS)}: give these four")
    cpu, memory, disk, hours = (machine[key] for key in KEYS)
    _one_of(f"{step}.cpu", cpu, MEMORY, "vCPUs")
    _one_of(f"{step}.memory", memory, MEMORY[cpu], f"GiB with {cpu} vCPUs")
    if type(disk) is not int or disk not in DISK:
        raise MachineError(f"{step}.disk: found {disk}; expected whole GiB from 21 to 200")
    if type(hours) not in (int, float) or not HOURS[0] <= hours <= HOURS[1]:
        raise MachineError(f"{step}.hours: found {hours}; expected 1/60 to {HOURS[1]}")


def _one_of(name: str, found: Any, offered: Any, unit: str) -> None:
    if type(found) not in (int, float) or found not in offered:
        listed = ", ".join(map(str, offered))
        raise MachineError(f"{name}: found {found}; expected one that Fargate has: {listed} {unit}")


class machine(StepMutator):  # noqa: N801 - a decorator
    """Gives a step its machine: a dictionary with KEYS."""

    def init(self, size: dict[str, float]) -> None:
        """Takes the machine."""
        self.size = size

    def mutate(self, mutable_step: Any) -> None:
        """Sets CPUs, memory and time limit, and on Batch the disk and the log group."""
        cpu, memory, disk, hours = (self.size[key] for key in KEYS)
        add, override = mutable_step.add_decorator, mutable_step.OVERRIDE
        resources = {"cpu": cpu, "memory": round(memory * 1024)}  # MiB
        add("resources", deco_kwargs=resources, duplicates=override)
        add("timeout", deco_kwargs={"seconds": round(hours * 3600)}, duplicates=override)
        specs = mutable_step.get_decorator_specs("batch")
        # Metaflow does not tell a job of decorators that came from here
        if specs or "AWS_BATCH_JOB_ID" in os.environ:
            given = {key: value for *_, spec in specs for key, value in spec.items() if value}
            batch = {"ephemeral_storage": disk} | logs() | given
            add("batch", deco_kwargs=batch, duplicates=override)


def logs() -> dict[str, Any]:
    """Returns where Batch logs: the stack's log group, which deletes old logs, if there is one."""
    group = os.environ.get("NEXT_SONG_JOB_LOGS")
    return {"log_driver": "awslogs", "log_options": [f"awslogs-group:{group}"]} if group else {}


class on_machines(FlowMutator):  # noqa: N801 - a decorator
    """Gives each step of a flow the machine of its name, or `default`."""

    def pre_mutate(self, mutable_flow: Any) -> None:
        """Looks the machines up in the flow's Config `machines`."""
        machines = dict(mutable_flow.configs)["machines"]
        for name, step in mutable_flow.steps:
            size = machines.get(name, machines["default"])
            step.add_decorator(machine, deco_args=[dict(size)])


def machines() -> Config:
    """The Config of a flow: conf/aws/machines.yml, or another file by `--config machines FILE`."""
    where = str(PROJECT / "conf/aws/machines.yml")
    return Config("machines", default=where, parser=read)
