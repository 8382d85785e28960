"""The traffic of an endpoint: which container answers, and what CloudWatch knows of the answers."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from localaws.model_container import ModelContainer

KEPT = 100_000  # answers


class Answer(NamedTuple):
    """When a model answered, its HTTP status (0 for none), and how long it took, in seconds."""

    at: float
    status: int
    seconds: float


VALUES: dict[str, Callable[[Answer], float]] = {
    "Invocations": lambda _: 1.0,
    "Invocation4XXErrors": lambda answer: float(400 <= answer.status < 500),
    "Invocation5XXErrors": lambda answer: float(answer.status >= 500 or not answer.status),
    "ModelLatency": lambda answer: 1e6 * answer.seconds,
}
STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@dataclass
class Fleet:
    """The containers of an endpoint: the one in service and, in an update, the new one."""

    container: ModelContainer
    new: ModelContainer | None = None
    share: float = 0.0
    """The part of the requests that the new container gets."""
    answers: deque[Answer] = field(default_factory=lambda: deque(maxlen=KEPT))
    _asked: int = 0
    _captured: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pick(self) -> ModelContainer:
        """Returns the container for the next request: exactly `share` of them go to the new one."""
        with self._lock:
            self._asked += 1
            return self.new if _turn(self._asked, self.share) and self.new else self.container

    def captures(self, percent: float) -> bool:
        """Returns whether to capture the next answer: exactly so many percent of them are."""
        with self._lock:
            self._captured += 1
            return _turn(self._captured, percent / 100)

    def answered(self, status: int, started: float) -> None:
        """Records an answer. ``started`` is a time of ``time.monotonic``."""
        now = time.monotonic()
        self.answers.append(Answer(now, status, now - started))

    def breaches(self, alarm: Any, pace: float) -> bool:
        """Returns whether an alarm of moto fires. Its period takes ``pace`` of the time on AWS."""
        since = time.monotonic() - alarm.period * alarm.evaluation_periods * pace
        lately = [answer for answer in list(self.answers) if answer.at >= since]
        if not lately or alarm.metric_name not in VALUES:
            return bool(alarm.treat_missing_data == "breaching")
        values = [VALUES[alarm.metric_name](answer) for answer in lately]
        if alarm.extended_statistic:
            share = float(alarm.extended_statistic.removeprefix("p")) / 100
            found = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
        else:
            found = STATISTICS[alarm.statistic](values)
        return COMPARISONS[alarm.comparison_operator](found, alarm.threshold)


def _turn(number: int, share: float) -> bool:
    """Returns whether this one belongs to the share, so that the share of any first n does."""
    return math.floor(number * share) > math.floor((number - 1) * share)
