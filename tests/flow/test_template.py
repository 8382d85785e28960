"""The template, as CloudFormation of moto and cfn-lint read it: what it makes, who may use it."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.decode import decode
from moto import mock_aws
from permissions import permissions
from role_support import grants, physical, policy_grants
from stand_in_support import Cloud, exported, start

from localaws.provision import network

TEMPLATE = Path(__file__).parents[2] / "infrastructure/next_song.yml"
ACCOUNT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
ROLES = ("JobRole", "ExecutionRole", "ModelRole", "StateMachineRole", "ScheduleRole")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The template as cfn-lint reads it."""
    found, errors = decode(str(TEMPLATE))
    assert not errors
    return dict(found)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A stand-in in which the template was provisioned."""
    process = start("up", "--template", str(TEMPLATE))
    yield Cloud(exported(process))
    process.send_signal(signal.SIGTERM)
    process.communicate()


def properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(template["Resources"][name]["Properties"])


def test_one_region_has_room_for_two_stacks(cloud: Cloud, template: dict[str, Any]) -> None:
    named = ("BucketName", "RepositoryName", "LogGroupName", "TableName", "RoleName")
    named += ("ManagedPolicyName", "JobQueueName", "ComputeEnvironmentName", "BudgetName")
    text = json.dumps(template)
    assert [name for name in named if f'"{name}"' in text] == []
    formation = cloud.client("cloudformation")
    body = TEMPLATE.read_text()
    asked = formation.get_template_summary(TemplateBody=body)["Parameters"]
    given = network(cloud.client("ec2"), asked) | {"EndpointPrefix": "other"}
    formation.create_stack(
        StackName="second",
        TemplateBody=body,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    (second,) = formation.describe_stacks(StackName="second")["Stacks"]
    assert second["StackStatus"] == "CREATE_COMPLETE"
    outputs = {one["OutputKey"]: one["OutputValue"] for one in second["Outputs"]}
    (policy,) = [value for name, value in outputs.items() if name == "NextSongEndpointPolicy"]
    of_others = [
        one for one in policy_grants(cloud, policy) if "endpoint/next-song" in one.resource
    ]
    assert of_others == []
    prefixes = {cloud.environment["METAFLOW_SFN_STATE_MACHINE_PREFIX"]}
    assert prefixes | {outputs["MetaflowSfnStateMachinePrefix"]} == {"localaws", "second"}


def test_a_service_assumes_its_role_for_this_account_only(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    for role in ROLES:
        found = iam.get_role(RoleName=physical(cloud, role))["Role"]["AssumeRolePolicyDocument"]
        assert [one["Condition"] for one in found["Statement"]] == [ACCOUNT], role


def test_fargate_may_what_aws_says_that_it_needs(cloud: Cloud) -> None:
    """AWS's own policy, as moto has it, on the resources of this stack only."""
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        iam = boto3.client("iam", region_name="us-east-1")
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        theirs = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    ours = grants(cloud, "ExecutionRole")
    (statement,) = theirs["Document"]["Statement"]
    assert {grant.action for grant in ours} == set(statement["Action"])
    assert [one.action for one in ours if one.resource == "*"] == ["ecr:GetAuthorizationToken"]


def test_images_are_scanned_and_their_tags_are_never_moved(template: dict[str, Any]) -> None:
    images = properties(template, "Images")
    assert images["ImageTagMutability"] == "IMMUTABLE"
    assert images["ImageScanningConfiguration"] == {"ScanOnPush": True}


def test_logs_of_jobs_are_deleted_in_time(cloud: Cloud) -> None:
    logs, name = cloud.client("logs"), cloud.environment["NEXT_SONG_JOB_LOGS"]
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 90


def test_the_bucket_is_tidied_but_keeps_models_and_artifacts(template: dict[str, Any]) -> None:
    uploads, runs, captured = properties(template, "Bucket")["LifecycleConfiguration"]["Rules"]
    assert uploads["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "Prefix" not in uploads
    assert (runs["Prefix"], runs["ExpirationInDays"]) == (
        "metaflow/next_song/",
        {"Ref": "KeepRunsDays"},
    )
    assert (captured["Prefix"], captured["ExpirationInDays"]) == (
        "metaflow/captured/",
        {"Ref": "KeepCapturedDays"},
    )


def test_the_bucket_refuses_everybody_without_tls(template: dict[str, Any]) -> None:
    (statement,) = properties(template, "BucketPolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
        "Deny",
        "*",
        "s3:*",
    )
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_endpoints_write_metrics_in_the_namespace_of_sagemaker(template: dict[str, Any]) -> None:
    statements = properties(template, "ModelRole")["Policies"][0]["PolicyDocument"]["Statement"]
    (metrics,) = [one for one in statements if one["Action"] == "cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}


def test_a_budget_needs_an_address(template: dict[str, Any]) -> None:
    budget = template["Resources"]["Budget"]
    assert budget["Condition"] == "HasBudget"
    assert template["Parameters"]["BudgetEmail"]["Default"] == ""
    sent = budget["Properties"]["NotificationsWithSubscribers"]
    assert {one["Notification"]["NotificationType"] for one in sent} == {"ACTUAL", "FORECASTED"}


def test_who_may_do_what_is_as_it_was_reviewed(template: dict[str, Any]) -> None:
    """Whoever changes a permission changes permissions.txt as well, so that a review sees it."""
    reviewed = Path(__file__).with_name("permissions.txt").read_text().splitlines()
    assert list(permissions(template)) == reviewed


def test_the_bucket_is_private_and_outlives_the_stack(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["Bucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties(template, "Bucket")["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    rules = properties(template, "Bucket")["LifecycleConfiguration"]["Rules"]
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    (statement,) = properties(template, "BucketPolicy")["PolicyDocument"]["Statement"]
    arn, inside = statement["Resource"]
    assert (list(arn), list(inside)) == (["Fn::GetAtt"], ["Fn::Sub"])
    assert inside["Fn::Sub"] == "${Bucket.Arn}/*"


def test_items_of_a_foreach_are_forgotten_in_time(template: dict[str, Any]) -> None:
    expected = {"AttributeName": "ttl", "Enabled": True}
    assert properties(template, "ForeachTable")["TimeToLiveSpecification"] == expected


def test_the_budget_warns_at_80_percent_and_before_all_of_it_is_spent(
    template: dict[str, Any],
) -> None:
    sent = properties(template, "Budget")["NotificationsWithSubscribers"]
    notes = [one["Notification"] for one in sent]
    assert {one["ComparisonOperator"] for one in notes} == {"GREATER_THAN"}
    assert {one["NotificationType"]: one["Threshold"] for one in notes} == {
        "ACTUAL": 80,
        "FORECASTED": 100,
    }


def test_each_role_is_for_one_service(template: dict[str, Any]) -> None:
    services = ("ecs-tasks", "ecs-tasks", "sagemaker", "states", "events")
    for role, service in zip(ROLES, services, strict=True):
        (statement,) = properties(template, role)["AssumeRolePolicyDocument"]["Statement"]
        expected = ({"Service": f"{service}.amazonaws.com"}, "sts:AssumeRole")
        assert (statement["Principal"], statement["Action"]) == expected, role


def test_who_deploys_is_the_job(template: dict[str, Any]) -> None:
    assert properties(template, "EndpointPolicy")["Roles"] == [{"Ref": "JobRole"}]


def test_there_is_a_budget_if_there_is_an_address(template: dict[str, Any]) -> None:
    given = {"Fn::Equals": [{"Ref": "BudgetEmail"}, ""]}
    assert template["Conditions"] == {"HasBudget": {"Fn::Not": [given]}}
    budget = properties(template, "Budget")["Budget"]
    assert budget["BudgetLimit"] == {"Amount": {"Ref": "BudgetUsd"}, "Unit": "USD"}


def test_the_bucket_is_encrypted(template: dict[str, Any]) -> None:
    encryption = properties(template, "Bucket")["BucketEncryption"]
    (rule,) = encryption["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
