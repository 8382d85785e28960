"""How a Batch job is described."""

from __future__ import annotations

import fnmatch
from datetime import datetime
from typing import Any

from moto.batch import models

from localaws.container import Outcome


class TruthfulJob(models.Job):
    """A job that describes what was requested and how it ended.

    Gap: moto appends to the environment of a job each time the job is read, and ignores the CPUs
    and memory in the ``resourceRequirements`` of a submission. Its description of a job and of
    its attempts lacks exit code and reason. Terminating a job that has ended changes its reason.
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
        """Records how the latest attempt ended."""
        self.job_stopped_at, self.container_reason = datetime.now(), outcome.reason
        self._stop_attempt()
        attempt = self.attempts[-1]
        attempt["statusReason"] = outcome.status_reason
        ended = {"exitCode": outcome.exit_code, "reason": outcome.reason}
        attempt["container"].update({k: v for k, v in ended.items() if v is not None})

    def terminate(self, reason: str) -> None:
        """Stops the job, for TerminateJob and CancelJob; a job that has ended does not change."""
        if not self.job_stopped and not self.stop:
            self.job_stopped_reason = reason
            self.stop = True


def retries(rules: list[dict[str, str]], outcome: Outcome) -> bool:
    """Returns whether ``evaluateOnExit`` allows a retry of a failed attempt.

    The first rule of which all patterns match decides; without such a rule, the answer is yes.
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
