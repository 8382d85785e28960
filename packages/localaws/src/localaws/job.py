"""What a Batch job says of itself."""

from __future__ import annotations

import fnmatch
from datetime import datetime
from typing import Any

from moto.batch import models

from localaws.container import Outcome


class TruthfulJob(models.Job):
    """A job that describes what was asked for and how it ended.

    Gap: moto appends to the environment stored with a job each time the job is read, and
    does not see the CPUs and memory in the ``resourceRequirements`` of a submission. It
    leaves exit code and reason out of a described job and its attempts. Terminating a job
    that has ended rewrites its reason.
    """

    container_reason: str | None = None

    def _get_container_property(self, p: str, default: Any) -> Any:
        if p == "environment":
            return self._merged_environment()
        asked = self.container_overrides.get("resourceRequirements", [])
        value = next((r["value"] for r in asked if r["type"].lower() == p.rstrip("s")), None)
        if value is None:
            return super()._get_container_property(p, default)
        return float(value) if p == "vcpus" else int(value)

    def _merged_environment(self) -> list[dict[str, str]]:
        defined = (self.job_definition.container_properties or {})["environment"]
        merged = {
            e["name"]: e["value"]
            for e in [*defined, *self.container_overrides.get("environment", [])]
        }
        merged["AWS_BATCH_JOB_ID"] = self.job_id
        return [{"name": name, "value": value} for name, value in merged.items()]

    def _container_details(self) -> dict[str, Any]:
        details: dict[str, Any] = super()._container_details()
        ended = {"exitCode": self.exit_code, "reason": self.container_reason}
        return details | {k: v for k, v in ended.items() if v is not None}

    def record(self, outcome: Outcome) -> None:
        """Note how the latest attempt ended."""
        self.job_stopped_at, self.container_reason = datetime.now(), outcome.reason
        self._stop_attempt()
        attempt = self.attempts[-1]
        attempt["statusReason"] = outcome.status_reason
        ended = {"exitCode": outcome.exit_code, "reason": outcome.reason}
        attempt["container"].update({k: v for k, v in ended.items() if v is not None})

    def terminate(self, reason: str) -> None:
        """As TerminateJob and CancelJob: no effect on a job that has ended."""
        if not self.job_stopped and not self.stop:
            self.job_stopped_reason = reason
            self.stop = True


def retries(rules: list[dict[str, str]], outcome: Outcome) -> bool:
    """Whether ``evaluateOnExit`` lets a failed attempt be tried again.

    The first rule whose every pattern matches decides; if none does, yes.
    """
    facts = {
        "onExitCode": str(outcome.exit_code),
        "onReason": outcome.reason or "",
        "onStatusReason": outcome.status_reason,
    }
    for rule in rules:
        patterns = {k: v for k, v in rule.items() if k in facts}
        if all(fnmatch.fnmatchcase(facts[k], v) for k, v in patterns.items()):
            return rule["action"].upper() == "RETRY"
    return True
