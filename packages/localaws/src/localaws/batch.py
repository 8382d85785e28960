"""AWS Batch: moto's control plane; jobs run as local processes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from moto.batch import models, responses
from moto.batch.utils import JobStatus

from localaws.container import Attempt, Compute, Outcome
from localaws.job import TruthfulJob, retries
from localaws.log import LogStream
from localaws.moto_parts import replace

ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED)


class ProcessJob(TruthfulJob):
    """A job whose container is a group of local processes.

    Gap: moto needs a Docker daemon for a job. Without one it reports FAILED for every job, or, if
    it may not use Docker, SUCCEEDED without running it. Of the variables that Batch gives a job,
    it sets only AWS_BATCH_JOB_ID. The log group of its ``logConfiguration`` is ignored.
    """

    compute: Compute
    retry: Mapping[str, Any] = MappingProxyType({})

    def start(self) -> None:
        """Does nothing: ``begin`` starts the job, once its retry strategy is known."""

    def begin(self, retry: Mapping[str, Any] | None) -> None:
        """Starts the job, or each job of an array."""
        for job in cast("list[ProcessJob]", self._child_jobs or [self]):
            job.retry = retry or self.job_definition.retry_strategy or {}
            threading.Thread.start(job)

    def run(self) -> None:
        """Runs in the thread of the job; the job ends even if an exception is raised."""
        try:
            outcome = self._outcome()
        except Exception as error:
            outcome = Outcome(None, f"localaws: {error!r}", final=True)
        self.exit_code, self.job_stopped_reason = outcome.exit_code, outcome.status_reason
        self._mark_stopped(success=outcome.exit_code == 0 and not outcome.final)

    def _outcome(self) -> Outcome:
        """Waits for other jobs and CPUs, then runs attempts until one succeeds or none is left."""
        self.status = JobStatus.PENDING
        outcome = self._wait_for_others()
        while outcome is None or self._tries_again(outcome):
            self.status = JobStatus.RUNNABLE
            taken = self.compute.slots.take(self._vcpus(), lambda: self.stop)
            if not taken:
                return Outcome(None, self.job_stopped_reason or "", final=True)
            try:
                outcome = self._attempt()
            finally:
                self.compute.slots.give(taken)
        return outcome

    def _wait_for_others(self) -> Outcome | None:
        for other in [self.all_jobs.get(d["jobId"]) for d in self.depends_on or []]:
            while other is not None and other.status not in ENDED and not self.stop:
                time.sleep(0.1)
            if self.stop:
                return Outcome(None, self.job_stopped_reason or "", final=True)
            if other is None or other.status == JobStatus.FAILED:
                return Outcome(None, "Dependent Job failed", final=True)
        return None

    def _tries_again(self, outcome: Outcome) -> bool:
        attempts = int(self.retry.get("attempts") or 1)
        left = outcome.exit_code != 0 and not outcome.final and len(self.attempts) < attempts
        return left and retries(self.retry.get("evaluateOnExit") or [], outcome)

    def _attempt(self) -> Outcome:
        stream = f"{self.job_definition.name}/default/{self.job_id}-{len(self.attempts) + 1}"
        log = LogStream(self._log_backend, self._group(), stream)
        self.status, self.log_stream_name = JobStatus.STARTING, stream
        self.job_started_at = datetime.now()
        self._start_attempt()
        attempt = self._prepare()
        self.status = JobStatus.RUNNING
        outcome = attempt.run(
            self.compute.scratch, log.copy, lambda: self.job_stopped_reason if self.stop else None
        )
        self.record(outcome)
        return outcome

    def _prepare(self) -> Attempt:
        return Attempt(
            command=self._add_parameters_to_command(self._get_container_property("command", [])),
            environment=self._environment(),
            mark=f"AWS_BATCH_JOB_ID={self.job_id}",
            timeout=self._get_attempt_duration(),
            grace=self.compute.grace,
        )

    def _environment(self) -> dict[str, str]:
        environment = {
            e["name"]: e["value"] for e in self._get_container_property("environment", [])
        }
        if "index" in self.array_properties:
            environment["AWS_BATCH_JOB_ARRAY_INDEX"] = str(self.array_properties["index"])
        return {
            **self.compute.environment,
            **environment,
            "AWS_BATCH_JOB_ATTEMPT": str(len(self.attempts)),
            "AWS_BATCH_JQ_NAME": self.job_queue.name,
            "AWS_BATCH_CE_NAME": self.job_queue.environments[0].name,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        }

    def _group(self) -> str:
        given = self._get_container_property("logConfiguration", None) or {}
        return str(given.get("options", {}).get("awslogs-group", self._log_group))

    def _vcpus(self) -> float:
        return float(self._get_container_property("vcpus", 1))


_submit = responses.BatchResponse.submitjob


def submit_and_begin(self: responses.BatchResponse) -> str:
    """Answers SubmitJob, and starts the job.

    Gap: moto ignores ``retryStrategy``, both of the job and of its definition. Metaflow's flows on
    Step Functions need it for ``@retry``.
    """
    answer: str = _submit(self)
    job = cast("ProcessJob", self.batch_backend._jobs[json.loads(answer)["jobId"]])
    job.begin(self._get_param("retryStrategy"))
    return answer


def install(compute: Compute) -> None:
    """Makes moto's Batch, in this process, run its jobs on ``compute``."""
    ProcessJob.compute = compute
    replace(models, "Job", ProcessJob)
    replace(responses.BatchResponse, "submitjob", submit_and_begin)
