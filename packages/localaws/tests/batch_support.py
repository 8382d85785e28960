"""Submitting to Batch, and looking at what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stand_in_support import Cloud, until

ENDED = ("SUCCEEDED", "FAILED")


class Jobs:
    """Jobs of a cloud, on a queue and with a definition made here."""

    def __init__(self, cloud: Cloud, name: str):
        self.batch, self.logs = cloud.client("batch"), cloud.client("logs")
        self.queue = cloud.environment.get("METAFLOW_BATCH_JOB_QUEUE") or make_queue(cloud)
        self.definition = self.batch.register_job_definition(
            jobDefinitionName=name,
            type="container",
            containerProperties={
                "image": "none",
                "environment": [{"name": "COLOUR", "value": "red"}],
                "resourceRequirements": [
                    {"type": "VCPU", "value": "1"},
                    {"type": "MEMORY", "value": "512"},
                ],
            },
        )["jobDefinitionArn"]

    def submit(self, script: str, overrides: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Submit a shell script; returns the job's id."""
        command = {"command": ["sh", "-c", script]} | dict(overrides or {})
        return self.batch.submit_job(
            jobName="test",
            jobQueue=self.queue,
            jobDefinition=self.definition,
            containerOverrides=command,
            **more,
        )["jobId"]

    def describe(self, job: str) -> dict[str, Any]:
        return self.batch.describe_jobs(jobs=[job])["jobs"][0]

    def wait(self, job: str, *statuses: str) -> dict[str, Any]:
        """Wait until it has one of the statuses, or has ended."""
        until(lambda: self.describe(job)["status"] in (statuses or ENDED), 120)
        return self.describe(job)

    def output(self, job: dict[str, Any]) -> list[str]:
        """The lines of a job's last attempt."""
        name = job["container"]["logStreamName"]
        answer = self.logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=name)
        return [event["message"] for event in answer["events"]]


def make_queue(cloud: Cloud) -> str:
    """The queue of a cloud that comes without one, made when first needed."""
    iam, ec2, batch = cloud.client("iam"), cloud.client("ec2"), cloud.client("batch")
    if made := batch.describe_job_queues()["jobQueues"]:
        return made[0]["jobQueueArn"]
    role = iam.create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    computers = batch.create_compute_environment(
        computeEnvironmentName="computers",
        type="MANAGED",
        state="ENABLED",
        serviceRole=role,
        computeResources={
            "type": "FARGATE",
            "maxvCpus": 4,
            "subnets": [subnet],
            "securityGroupIds": [group],
        },
    )["computeEnvironmentArn"]
    order = [{"order": 1, "computeEnvironment": computers}]
    queue = batch.create_job_queue(
        jobQueueName="q", priority=1, state="ENABLED", computeEnvironmentOrder=order
    )
    return queue["jobQueueArn"]
