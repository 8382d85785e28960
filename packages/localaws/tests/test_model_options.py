"""An endpoint whose instances are scaled, and one whose answers are captured."""

from __future__ import annotations

import base64
import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError
from gaps_sagemaker import target
from model_support import NAME

pytestmark = pytest.mark.slow

QUESTION = {"instances": [["ab"]]}


def instances(models) -> int:
    return models.describe()["ProductionVariants"][0]["DesiredInstanceCount"]


def test_a_scaled_endpoint_keeps_its_type_and_if_asked_its_instances(models):
    before = models.describe()["EndpointConfigName"]
    variant = {"VariantName": "AllTraffic", "ModelName": "tenth", "InitialInstanceCount": 1}
    config = models.sagemaker.describe_endpoint_config(EndpointConfigName=before)
    same = config["ProductionVariants"][0]["InstanceType"]
    for name, kind in (("other-type", "ml.r5.large"), ("same-type", same)):
        models.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant | {"InstanceType": kind}]
        )
    scaling = models.cloud.client("application-autoscaling")
    scaling.register_scalable_target(MinCapacity=2, MaxCapacity=3, **target(NAME))
    assert instances(models) == 2
    with pytest.raises(ClientError, match="deregister it first"):
        models.update("other-type")
    models.sagemaker.update_endpoint(
        EndpointName=NAME, EndpointConfigName="same-type", RetainAllVariantProperties=True
    )
    models.settled()
    assert instances(models) == 2
    scaling.deregister_scalable_target(**target(NAME))
    models.update("other-type")
    assert instances(models) == 1
    models.update(before)


def test_an_endpoint_that_is_deleted_is_not_scaled_any_more(models):
    scaling, name = models.cloud.client("application-autoscaling"), "deleted-scaled"
    models.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="tenth")
    waiter = models.sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=3, **target(name))
    models.sagemaker.delete_endpoint(EndpointName=name)
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        scaling.deregister_scalable_target(**target(name))


def capture(models, name: str, percent: int, modes: list[str], **more) -> list[dict]:
    """The events of four requests and one that fails."""
    models.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=models.sagemaker.describe_endpoint_config(EndpointConfigName="tenth")[
            "ProductionVariants"
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": percent,
            "DestinationS3Uri": f"s3://{models.bucket}/kept/{name}",
            "CaptureOptions": [{"CaptureMode": mode} for mode in modes],
            **more,
        },
    )
    models.update(name)
    for _ in range(4):
        models.invoke(QUESTION)
    with pytest.raises(models.runtime.exceptions.ModelError):
        models.invoke(b"{no JSON")
    where = {"Bucket": models.bucket, "Prefix": f"kept/{name}/{NAME}/AllTraffic/2"}
    keys = [one["Key"] for one in models.s3.list_objects_v2(**where).get("Contents", [])]
    assert all(key.count("/") == 8 and key.endswith(".jsonl") for key in keys)
    bodies = [models.s3.get_object(Bucket=models.bucket, Key=key)["Body"].read() for key in keys]
    return [json.loads(body) for body in bodies]


def test_a_share_of_the_answers_is_captured(models):
    before = models.describe()["EndpointConfigName"]
    types = {"JsonContentTypes": ["application/json"]}
    modes = ["Input", "Output"]
    half = capture(models, "half", 50, modes, CaptureContentTypeHeader=types)
    assert len(half) == 2
    for event in half:
        sides = event["captureData"]
        assert json.loads(sides["endpointInput"]["data"]) == QUESTION
        assert "predictions" in json.loads(sides["endpointOutput"]["data"])
        assert Counter(side["encoding"] for side in sides.values()) == {"JSON": 2}
    plain = capture(models, "plain", 100, ["Output"])
    assert [list(event["captureData"]) for event in plain] == [["endpointOutput"]] * 4
    side = plain[0]["captureData"]["endpointOutput"]
    assert (side["mode"], side["encoding"]) == ("OUTPUT", "BASE64")
    assert "predictions" in json.loads(base64.b64decode(side["data"]))
    models.update(before)
