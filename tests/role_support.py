"""Compares the calls that were made with what the policies of a stack allow.

For a new call, add its action to a policy of infrastructure/next_song.yml. If its resource is named
by a parameter that KINDS does not have, add that as well.
"""

import json
from ast import literal_eval
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from aws_support import looker
from stand_in_support import Cloud

from localaws import guard

PLACE = "us-east-1:123456789012"
PASSED = ("ExecutionRoleArn", "jobRoleArn", "executionRoleArn", "roleArn", "RoleArn")
KINDS = {
    "ModelName": f"arn:aws:sagemaker:{PLACE}:model/",
    "EndpointConfigName": f"arn:aws:sagemaker:{PLACE}:endpoint-config/",
    "EndpointName": f"arn:aws:sagemaker:{PLACE}:endpoint/",
    "ResourceArn": "",
    "repositoryName": "arn:aws:ecr:us-east-1:763104351884:repository/",
    "TableName": f"arn:aws:dynamodb:{PLACE}:table/",
    "jobQueue": "",
    "jobDefinition": "",
    "jobDefinitionName": f"arn:aws:batch:{PLACE}:job-definition/",
    "jobId": f"arn:aws:batch:{PLACE}:job/",
    "stateMachineArn": "",
    "executionArn": "",
    "name": f"arn:aws:states:{PLACE}:stateMachine:",
    "Rule": f"arn:aws:events:{PLACE}:rule/",
    "Name": f"arn:aws:events:{PLACE}:rule/",
    "AlarmName": f"arn:aws:cloudwatch:{PLACE}:alarm:",
    "AlarmNames": f"arn:aws:cloudwatch:{PLACE}:alarm:",
    "ResourceId": f"arn:aws:application-autoscaling:{PLACE}:scalable-target/",
    "StackName": f"arn:aws:cloudformation:{PLACE}:stack/",
}
"""How the ARN of a resource begins, by the parameter that names it."""
TOLERATED = "s3:ListAllMyBuckets"
"""SageMaker's SDK looks for the bucket so, and looks at the bucket itself where that is denied."""


class Need(NamedTuple):
    """A permission that a call needs."""

    action: str
    resource: str


class Grant(NamedTuple):
    """What a statement allows: one action on one resource, which may have *."""

    statement: str
    action: str
    resource: str

    def covers(self, need: Need) -> bool:
        """Whether a call that needs this permission is allowed."""
        return self.action == need.action and fnmatchcase(need.resource, self.resource)


def needs(cloud: Cloud, *callers: str) -> set[Need]:
    """The permissions that all calls of these callers needed."""
    lines = Path(cloud.environment[guard.FOLDER], "calls.jsonl").read_text().splitlines()
    calls = [json.loads(line) for line in lines]
    return {need for call in calls if call["caller"] in callers for need in _needs(call)}


def _needs(call: dict[str, Any]) -> Iterator[Need]:
    action, asked = call["action"], call["asked"]
    operation = action.split(":")[1]
    if action == TOLERATED:
        return
    if action.startswith("s3:"):
        bucket, key = f"arn:aws:s3:::{asked['Bucket']}", asked.get("Key")
        yield Need(action, f"{bucket}/{key}" if key else bucket)
        if call["status"] == 404:  # who may not list is told 403 instead
            yield Need("s3:ListBucket", bucket)
    elif action.startswith("batch:Describe") or (
        operation.startswith("List") and operation not in ("ListTags", "ListExecutions")
    ):
        yield Need(action, "*")
    else:
        yield from (Need(action, resource) for resource in _resources(asked))
    if asked.get("Tags") and operation.startswith("Create"):
        yield Need("sagemaker:AddTags", list(_resources(asked))[-1])
    yield from (Need("iam:PassRole", role) for role in _passed(asked))


def _resources(asked: dict[str, Any]) -> Iterator[str]:
    for name, start in KINDS.items():
        found = asked.get(name, [])
        for one in found if isinstance(found, list) else [found]:
            yield start + one + ("/id" if name == "StackName" else "")


def _passed(asked: Any) -> Iterator[str]:
    """The roles in the parameters of a call, however deep."""
    if isinstance(asked, list):
        for one in asked:
            yield from _passed(one)
    elif isinstance(asked, dict):
        for name, value in asked.items():
            if name in PASSED and isinstance(value, str):
                yield value
            else:
                yield from _passed(value)


def grants(cloud: Cloud, role: str) -> list[Grant]:
    """What the policies of a role of the stack allow, by the logical name of the role."""
    iam, name = looker(cloud).client("iam"), physical(cloud, role)
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    found = [policy_grants(cloud, policy["PolicyArn"]) for policy in attached]
    for policy in inline:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        found.append(list(_grants(role, literal_eval(document))))  # moto has it as Python text
    return [grant for each in found for grant in each]


def policy_grants(cloud: Cloud, arn: str) -> list[Grant]:
    """What a managed policy allows."""
    iam = looker(cloud).client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    return list(_grants(arn.split("/")[-1], found["Document"]))


def physical(cloud: Cloud, logical: str) -> str:
    """The name or ARN of a resource of the stack."""
    stack = looker(cloud).client("cloudformation")
    found = stack.describe_stack_resources(StackName="localaws")["StackResources"]
    (one,) = [each for each in found if each.get("LogicalResourceId") == logical]
    return str(one["PhysicalResourceId"])


def _grants(policy: str, document: dict[str, Any]) -> Iterator[Grant]:
    for number, statement in enumerate(document["Statement"]):
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Grant(f"{policy} {number}", action, resource)


def _listed(found: Any) -> Iterable[str]:
    return [found] if isinstance(found, str) else found


def missing(asked: set[Need], given: Iterable[Grant]) -> list[Need]:
    """The permissions that were needed and are not given."""
    return sorted(need for need in asked if not any(grant.covers(need) for grant in given))


def unused(asked: set[Need], given: Iterable[Grant]) -> set[str]:
    """The actions that no call needed, and the resources of the other statements' actions."""
    needed = {grant for grant in given if any(grant.covers(need) for need in asked)}
    actions = {(one.statement, one.action) for one in needed}
    resources = {(one.statement, one.resource) for one in needed}
    statements = {one.statement for one in needed}
    idle = {one.action for one in given if (one.statement, one.action) not in actions}
    return idle | {
        one.resource
        for one in given
        if one.statement in statements and (one.statement, one.resource) not in resources
    }
