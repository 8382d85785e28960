"""The log of calls: each has its caller, its action in the words of IAM, and what was asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch_support import Jobs
from botocore.exceptions import ClientError
from stand_in_support import Cloud, until

from localaws import guard
from localaws.calls import messages, operation


def calls(cloud: Cloud, mark: str) -> list[dict]:
    """The calls in whose parameters the mark stands."""
    lines = Path(cloud.environment[guard.FOLDER], "calls.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines if mark in line]


def test_s3_logs_actions_as_iam_names_them(stand_in):
    s3, bucket = stand_in.client("s3"), stand_in.environment["LOCALAWS_BUCKET"]
    where = {"Bucket": bucket, "Key": "marked/one"}
    s3.put_object(**where, Body=b"1")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="marked/parts")["UploadId"]
    s3.upload_part(
        Bucket=bucket, Key="marked/parts", UploadId=upload, PartNumber=1, Body=b"1" * 2**20
    )
    s3.get_object(**where)
    s3.head_object(**where)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "marked/one"}]})
    with pytest.raises(ClientError, match="404"):
        s3.head_object(**where)
    until(lambda: len(calls(stand_in, "marked/")) >= 7)
    found = [(call["action"], call["status"]) for call in calls(stand_in, "marked/")]
    assert found == [
        ("s3:PutObject", 200),
        ("s3:PutObject", 200),
        ("s3:PutObject", 200),
        ("s3:GetObject", 200),
        ("s3:GetObject", 200),
        ("s3:DeleteObject", 204),
        ("s3:GetObject", 404),
    ]
    assert {call["caller"] for call in calls(stand_in, "marked/")} == {"localaws"}
    assert calls(stand_in, "marked/one")[0]["asked"] == where


def test_services_log_the_caller_the_action_and_its_parameters(stand_in):
    with pytest.raises(ClientError):
        stand_in.client("sagemaker").describe_endpoint(EndpointName="marked-unknown")
    runtime = stand_in.client("sagemaker-runtime")
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(EndpointName="marked-asked", Body=b"{}")
    assert calls(stand_in, "marked-unknown") == [
        {
            "caller": "localaws",
            "action": "sagemaker:DescribeEndpoint",
            "asked": {"EndpointName": "marked-unknown"},
            "status": 400,
        }
    ]
    (asked,) = calls(stand_in, "marked-asked")
    assert asked["action"] == "sagemaker:InvokeEndpoint"
    stand_in.client("cloudwatch").delete_alarms(AlarmNames=["marked-alarm"])
    stand_in.client("iam").list_roles()
    actions = {call["action"] for call in calls(stand_in, "")}
    assert {"cloudwatch:DeleteAlarms", "iam:ListRoles"} <= actions


def test_a_job_has_a_name_of_its_own(stand_in):
    jobs = Jobs(stand_in, "caller")
    bucket = stand_in.environment["LOCALAWS_BUCKET"]
    program = "import boto3, sys; boto3.client('s3').put_object(Bucket=sys.argv[1], Key='by-job')"
    jobs.wait(jobs.submit(f'python -c "{program}" {bucket}'))
    put = until(lambda: [c for c in calls(stand_in, "by-job") if c["action"] == "s3:PutObject"])
    assert [call["caller"] for call in put] == ["localaws-job"]
    assert any(
        call["action"] == "batch:SubmitJob" and call["asked"]["jobDefinition"] == jobs.definition
        for call in calls(stand_in, jobs.definition)
    )


def test_messages_may_come_in_any_pieces():
    stream = '["a",1,{"key":"ü"},{}]["b",2,{},{}]'.encode()
    pieces = iter([*(stream[i : i + 1] for i in range(len(stream))), b""])
    assert [message[0] for message in messages(lambda _: next(pieces))] == ["a", "b"]


def test_an_unknown_path_is_logged_as_it_is():
    request = {"PATH_INFO": "/v1/unknown", "REQUEST_METHOD": "POST"}
    assert operation(request, "batch", b"not JSON") == ("POST /v1/unknown", {})
