"""What moto's SageMaker lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from model_support import IMAGE
from stand_in_support import Cloud, until

BUCKET = "gaps"


class Hosted:
    """A model of bytes that are no archive, with a configuration."""

    def __init__(self, cloud: Cloud, name: str):
        self.sagemaker, self.name = cloud.client("sagemaker"), name
        s3, iam = cloud.client("s3"), cloud.client("iam")
        if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket=BUCKET)
            iam.create_role(RoleName=BUCKET, AssumeRolePolicyDocument="{}")
        self.role = iam.get_role(RoleName=BUCKET)["Role"]["Arn"]
        s3.put_object(Bucket=BUCKET, Key="data", Body=b"not a tar")
        self.arn = self.model()["ModelArn"]

    def model(self, **given: str) -> Any:
        what = {"name": self.name, "role": self.role, "data": f"s3://{BUCKET}/data"}
        what |= {"image": IMAGE} | given
        return self.sagemaker.create_model(
            ModelName=what["name"],
            ExecutionRoleArn=what["role"],
            PrimaryContainer={"Image": what["image"], "ModelDataUrl": what["data"]},
        )

    def config(self, name: str, instance: str = "ml.m5.large") -> None:
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": "AllTraffic",
                    "ModelName": self.name,
                    "InstanceType": instance,
                    "InitialInstanceCount": 1,
                }
            ],
        )

    def endpoint(self) -> dict[str, Any]:
        """Create an endpoint; returns what it comes to."""
        self.config(self.name)
        named = {"EndpointName": self.name}
        self.sagemaker.create_endpoint(EndpointConfigName=self.name, **named)
        describe = self.sagemaker.describe_endpoint
        until(lambda: describe(**named)["EndpointStatus"] != "Creating")
        return describe(**named)


def endpoints_need_a_model(cloud: Cloud) -> None:
    assert Hosted(cloud, "broken").endpoint()["EndpointStatus"] == "Failed"


def updates_are_known(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "update")
    hosted.endpoint()
    with pytest.raises(ClientError, match="has failed"):
        hosted.sagemaker.update_endpoint(EndpointName="update", EndpointConfigName="update")


def invocations_reach_a_model(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="not found"):
        cloud.client("sagemaker-runtime").invoke_endpoint(EndpointName="nobody", Body=b"{}")


def names_are_taken_once(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "once")
    hosted.endpoint()
    for again in (hosted.model, lambda: hosted.config("once")):
        with pytest.raises(ClientError, match="Cannot create already existing"):
            again()
    with pytest.raises(ClientError, match="Cannot create already existing endpoint"):
        hosted.sagemaker.create_endpoint(EndpointName="once", EndpointConfigName="once")


def model_roles_must_exist(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="Please ensure that the role"):
        Hosted(cloud, "role").model(name="roleless", role="arn:aws:iam::123456789012:role/none")


def model_data_must_exist(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="Could not find model data at s3://"):
        Hosted(cloud, "data").model(name="dataless", data=f"s3://{BUCKET}/nothing")


def images_must_exist(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "image")
    for image, reason in (
        (IMAGE + "9", "Requested image .* not found"),
        (IMAGE.replace("us-east-1", "eu-west-1"), "it must be in us-east-1"),
        ("none", "non-ECR image"),
    ):
        with pytest.raises(ClientError, match=reason):
            hosted.model(name="imageless", image=image)


def images_are_looked_for_in_the_registry_that_is_named(cloud: Cloud) -> None:
    ecr = cloud.client("ecr")
    tags = [{"imageTag": IMAGE.rsplit(":")[-1]}, {"imageTag": "none"}]
    named = {"registryId": "763104351884", "repositoryName": "tensorflow-inference"}
    found = ecr.batch_get_image(**named, imageIds=tags)
    assert [image["imageId"]["imageTag"] for image in found["images"]] == [tags[0]["imageTag"]]
    assert [failure["failureCode"] for failure in found["failures"]] == ["ImageNotFound"]
    with pytest.raises(ClientError, match="RepositoryNotFound"):
        ecr.batch_get_image(repositoryName="tensorflow-inference", imageIds=tags)


def a_template_need_not_name_a_repository(cloud: Cloud) -> None:
    stack = cloud.client("cloudformation")
    body = json.dumps({"Resources": {"Images": {"Type": "AWS::ECR::Repository"}}})
    stack.create_stack(StackName="Repository", TemplateBody=body)
    (made,) = stack.describe_stack_resources(StackName="Repository")["StackResources"]
    assert made["PhysicalResourceId"].startswith("repository-images-")


def a_tag_is_set_once(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "tags")
    for value in ("old", "new"):
        tags = [{"Key": "k", "Value": value}]
        hosted.sagemaker.add_tags(ResourceArn=hosted.arn, Tags=tags)
    found = hosted.sagemaker.list_tags(ResourceArn=hosted.arn)["Tags"]
    assert found == [{"Key": "k", "Value": "new"}]


def tags_of_nothing_are_refused(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "tagless")
    with pytest.raises(ClientError, match="ValidationException"):
        hosted.sagemaker.list_tags(ResourceArn=hosted.arn + "-gone")


def what_is_missing_is_in_double_quotes(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match='Could not find endpoint "arn:'):
        cloud.client("sagemaker").describe_endpoint(EndpointName="nobody")


def new_instance_types_are_known(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "instance")
    hosted.config("c7i", "ml.c7i.large")
    with pytest.raises(ClientError, match="Member must satisfy enum value set"):
        hosted.config("z9", "ml.z9.large")


def models_are_listed_by_name(cloud: Cloud) -> None:
    hosted = Hosted(cloud, "list-0")
    for index in range(1, 3):
        hosted.model(name=f"list-{index}")
    pages = hosted.sagemaker.get_paginator("list_models").paginate(
        NameContains="list-", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    names = [[model["ModelName"] for model in page["Models"]] for page in pages]
    assert names == [["list-0", "list-1"], ["list-2"]]


def target(name: str) -> dict[str, str]:
    """A variant as Application Auto Scaling names it."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{name}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def policy(name: str) -> dict[str, Any]:
    """A policy of 600 requests a minute."""
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    tracking = {"TargetValue": 600.0, "PredefinedMetricSpecification": metric}
    kind = {"PolicyName": name, "PolicyType": "TargetTrackingScaling"}
    return kind | {"TargetTrackingScalingPolicyConfiguration": tracking} | target(name)


def only_endpoints_are_scaled(cloud: Cloud) -> None:
    scaling = cloud.client("application-autoscaling")
    with pytest.raises(ClientError, match="Could not find a variant"):
        scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **target("nobody"))


def policies_need_a_target(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        cloud.client("application-autoscaling").put_scaling_policy(**policy("targetless"))


def policies_end_with_their_target(cloud: Cloud) -> None:
    Hosted(cloud, "scaled").endpoint()
    scaling, named = cloud.client("application-autoscaling"), target("scaled")
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **named)
    scaling.put_scaling_policy(**policy("scaled"))
    scaling.deregister_scalable_target(**named)
    del named["ScalableDimension"]
    assert scaling.describe_scaling_policies(**named)["ScalingPolicies"] == []


def a_target_that_is_not_there_has_its_error(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        cloud.client("application-autoscaling").deregister_scalable_target(**target("nobody"))


CHECKS = [
    endpoints_need_a_model,
    updates_are_known,
    invocations_reach_a_model,
    names_are_taken_once,
    model_roles_must_exist,
    model_data_must_exist,
    images_must_exist,
    images_are_looked_for_in_the_registry_that_is_named,
    a_template_need_not_name_a_repository,
    a_tag_is_set_once,
    tags_of_nothing_are_refused,
    what_is_missing_is_in_double_quotes,
    new_instance_types_are_known,
    models_are_listed_by_name,
    only_endpoints_are_scaled,
    policies_need_a_target,
    policies_end_with_their_target,
    a_target_that_is_not_there_has_its_error,
]
