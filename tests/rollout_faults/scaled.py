"""Entries of an endpoint that is scaled: it is so again after the next deployment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from next_song.parameters import Autoscaling
from next_song.serving.endpoint import scaling
from rollout_faults.case import Case, Entry

SCALED = {"min_instances": 1, "max_instances": 4, "invocations_per_instance": 600}
GIVEN: tuple[tuple[str, Any], ...] = (("autoscaling", SCALED),)
CALLS = ("DeregisterScalableTarget", "RegisterScalableTarget", "PutScalingPolicy")
START = ("Z", "A")


def entries() -> Iterator[Entry]:
    """All of them; the calls of an update: it ends the scaling, and begins it again."""
    for call in CALLS:
        for signal in ("SIGKILL", "SIGTERM"):
            yield Entry("scaled", f"{signal} at {call}", START, kill=(signal, call, 0), given=GIVEN,
                        fast=(signal, call) == ("SIGKILL", CALLS[0]))  # fmt: skip
        for fault in ("lost", "cut", "repeated", "throttled", "slow"):
            yield Entry("scaled", f"{call} is {fault}", START, rules=((call, fault, 0, 1),),
                        after=("B",), fails=False, given=GIVEN)  # fmt: skip
        for number in range(3):
            yield Entry("scaled", f"{call} is denied after {number} calls", START,
                        rules=((call, "denied", number, 99),), given=GIVEN)  # fmt: skip
        yield Entry("scaled", f"{call} is lost in a rollback", START, "roll back",
                    rules=((call, "lost", 0, 1),), after=("Z",), fails=False,
                    given=GIVEN)  # fmt: skip
    yield Entry("scaled", "it answers otherwise under traffic", after=("A",), exposed=1.0,
                fault=(("bad", "scores"), ("after", 1)), fails=True, given=GIVEN,
                fast=True)  # fmt: skip
    yield Entry("scaled", "a first deployment may not scale", (), fails=True, after=("",),
                rules=((CALLS[1], "denied", 0, 99),), given=GIVEN, fast=True)  # fmt: skip
    yield Entry("scaled", "by somebody else, who goes on to", prepare=by_hand, after=("B",),
                fails=False, fast=True)  # fmt: skip
    for fault in ("lost", "cut", "repeated", "throttled"):
        yield Entry("scaled", f"delete: {CALLS[0]} is {fault}", START, "delete",
                    ((CALLS[0], fault, 0, 1),), after=("",), fails=False, given=GIVEN)  # fmt: skip
    yield Entry("scaled", f"delete: {CALLS[0]} is denied", START, "delete",
                ((CALLS[0], "denied", 0, 9),), after=("A",), next="delete",
                given=GIVEN)  # fmt: skip


def by_hand(case: Case) -> None:
    """Somebody lets the endpoint be scaled, in the console."""
    scaling.scale(case.name, Autoscaling.model_validate(SCALED))
    case.foreign.add(scaling.TAG)
