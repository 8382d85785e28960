"""What moto's Step Functions lack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from batch_support import Jobs
from botocore.exceptions import ClientError
from stand_in_support import Cloud, until

ROLE = "arn:aws:iam::123456789012:role/sfn"


def machine(cloud: Cloud, name: str, state: dict[str, Any]) -> dict[str, Any]:
    """Execute a state machine of one state, with an input, to its end."""
    sfn = cloud.client("stepfunctions")
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {"End": True, **state}}})
    arn = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    given = json.dumps({"a": 1, "b": 2, "c": 3})
    run = sfn.start_execution(stateMachineArn=arn["stateMachineArn"], input=given, name="first")
    describe = {"executionArn": run["executionArn"]}
    until(lambda: sfn.describe_execution(**describe)["status"] != "RUNNING")
    return sfn.describe_execution(**describe)


def several_fields_are_an_object(cloud: Cloud) -> None:
    done = machine(cloud, "fields", {"Type": "Pass", "OutputPath": "$.['a','b']"})
    assert json.loads(done["output"]) == {"a": 1, "b": 2}


def batch_tasks_are_submitted(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "task")
    what = {"JobName": "by-machine", "JobQueue": jobs.queue, "JobDefinition": jobs.definition}
    what["ContainerOverrides"] = {"Command": ["true"]}
    state = {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync"}
    machine(cloud, "task", state | {"Parameters": what})
    named = [{"name": "JOB_NAME", "values": ["by-machine"]}]
    assert jobs.batch.list_jobs(jobQueue=jobs.queue, filters=named)["jobSummaryList"]


def another_definition_is_refused(cloud: Cloud) -> None:
    machine(cloud, "twice", {"Type": "Pass"})
    with pytest.raises(ClientError, match="State Machine Already Exists: 'arn:"):
        machine(cloud, "twice", {"Type": "Pass", "Comment": "new"})


def executions_get_a_name(cloud: Cloud) -> None:
    sfn = cloud.client("stepfunctions")
    machine(cloud, "unnamed", {"Type": "Pass"})
    arn = next(
        m["stateMachineArn"]
        for m in sfn.list_state_machines()["stateMachines"]
        if m["name"] == "unnamed"
    )
    runs = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(2)]
    assert len(set(runs)) == 2


CHECKS = [
    several_fields_are_an_object,
    batch_tasks_are_submitted,
    another_definition_is_refused,
    executions_get_a_name,
]
