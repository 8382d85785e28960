"""Creates the resources of a CloudFormation template, and variables from its outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import yaml  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError

DEFAULT_TEMPLATE = Path(__file__).with_name("template.yml")
STACK = "localaws"


class ProvisionError(Exception):
    """Raised if a stack cannot be created; the message says why."""


def provision(template: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Creates the stack, and returns its outputs as environment variables.

    ``given`` has template parameters. A parameter of type VPC, subnet or security group that is not
    given gets the value of the default VPC. Buckets are created in the S3 server as well, since
    moto's CloudFormation creates them only in moto's S3.
    """
    cloudformation = boto3.client("cloudformation")
    try:
        body = template.read_text()
        check_yaml(body)
        asked = cloudformation.get_template_summary(TemplateBody=body)["Parameters"]
        if unknown := sorted(set(given) - {each["ParameterKey"] for each in asked}):
            raise ProvisionError(f"Parameters: [{', '.join(unknown)}] do not exist in {template}")
        values = network(boto3.client("ec2"), asked) | dict(given)
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=body,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
    except (OSError, ValueError, BotoCoreError, ClientError) as error:
        raise ProvisionError(f"{template}: {error}") from error
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise ProvisionError(f"{template}: {stack['StackStatus']}")
    make_buckets(cloudformation, boto3.client("s3"))
    outputs = stack.get("Outputs", [])
    return {variable(output["OutputKey"]): output["OutputValue"] for output in outputs}


def check_yaml(body: str) -> None:
    """Raises ValueError for a template without resources, which moto's server does not explain."""
    try:
        root = yaml.compose(body.replace("\t", "  "))  # in JSON, tabs are spaces
    except yaml.YAMLError as error:
        raise ValueError(f"no YAML: {' '.join(str(error).split())}") from error
    keys = root.value if isinstance(root, yaml.MappingNode) else []
    if "Resources" not in [key.value for key, _ in keys]:
        raise ValueError("a template without Resources")


def network(ec2: Any, parameters: list[dict[str, Any]]) -> dict[str, str]:
    """Returns the parts of the default VPC for the parameters that have such a type."""
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0][
        "VpcId"
    ]
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = [s["SubnetId"] for s in ec2.describe_subnets(Filters=here)["Subnets"]]
    groups = [g["GroupId"] for g in ec2.describe_security_groups(Filters=here)["SecurityGroups"]]
    parts = {
        "AWS::EC2::VPC::Id": vpc,
        "AWS::EC2::Subnet::Id": subnets[0],
        "List<AWS::EC2::Subnet::Id>": ",".join(subnets),
        "AWS::EC2::SecurityGroup::Id": groups[0],
        "List<AWS::EC2::SecurityGroup::Id>": ",".join(groups),
    }
    return {
        p["ParameterKey"]: parts[p["ParameterType"]]
        for p in parameters
        if p["ParameterType"] in parts
    }


def make_buckets(cloudformation: Any, s3: Any) -> None:
    """Creates each bucket of the stack in the S3 server, without its properties."""
    for resource in cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]:
        if resource.get("ResourceType") == "AWS::S3::Bucket":  # no type if moto does not know it
            s3.create_bucket(Bucket=resource["PhysicalResourceId"])


def variable(output: str) -> str:
    """Returns the variable of an output: JOB_QUEUE_S3 for JobQueueS3."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()
