"""The flow with its data in S3, on Batch and on Step Functions, by the template that is shipped."""

import shlex
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aws_support import ENDPOINT, WEEKLY, asked, looker, next_song, read, stored
from role_support import grants, missing, needs, physical, policy_grants, unused
from stand_in_support import Cloud

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def test_a_shell_reads_what_the_flow_needs_to_know_of_the_stack(cloud: Cloud, folder: Path) -> None:
    printed = cloud.run(str(ROOT / "infrastructure/env.py"), "localaws", cwd=folder)
    lines = dict(shlex.split(line)[1].split("=", 1) for line in printed.splitlines())
    image, tag = lines.pop("METAFLOW_BATCH_CONTAINER_IMAGE").split(":")
    assert image == cloud.environment["METAFLOW_BATCH_CONTAINER_IMAGE"]
    made_from = [ROOT / "infrastructure/Dockerfile", ROOT / "requirements-aws.lock"]
    assert sha256(b"".join(p.read_bytes() for p in made_from)).hexdigest().startswith(tag)
    assert len(tag) == 12
    assert len(lines) > 8
    assert {name: cloud.environment[name] for name in lines} == lines


@pytest.mark.parametrize(("where", "price"), [("on_s3", "2.76"), ("on_batch", "5.52")])
def test_the_flow_gives_the_bytes_of_kedro_run_and_cards(
    cloud: Cloud,
    flow: str,
    request: pytest.FixtureRequest,
    where: str,
    price: str,
    expected: dict[str, str],
    card_content: Callable[[str], str],
    candidates: list[str],
    folder: Path,
) -> None:
    made = request.getfixturevalue(where)
    assert stored(cloud, made["data_root"]) == expected | {
        "08_reporting/endpoint.json": made["deployed"]["digest"]
    }
    shown = {}
    for step in ("selection", "deployment"):
        cloud.run(flow, "card", "get", f"{made['run']}/{step}", f"{step}.html", cwd=folder)
        shown[step] = card_content((folder / f"{step}.html").read_text())
    assert all(f'"{name}"' in shown["selection"] for name in candidates)
    # 24 hours of one ml.m5.large at 0.115 USD, or of two
    assert f"about {price} USD a day" in shown["deployment"]
    assert f"next-song delete {ENDPOINT}" in shown["deployment"]


def test_every_step_of_a_run_on_batch_is_a_job(
    on_batch: dict[str, Any], candidates: list[str]
) -> None:
    assert len(set(on_batch["jobs"])) == 6 + len(candidates)
    assert on_batch["rows"] > len(candidates)
    assert on_batch["deployed"]["archive"] == on_batch["model_archive"]


def test_jobs_get_the_machine_of_their_step_and_the_log_group_of_the_stack(
    cloud: Cloud, on_batch: dict[str, Any], candidates: list[str]
) -> None:
    submitted = [one for one in asked(cloud, "SubmitJob") if on_batch["run"] in one["jobName"]]
    assert len(submitted) == 6 + len(candidates)
    size = [{"value": "1", "type": "VCPU"}, {"value": "5120", "type": "MEMORY"}]
    for job in submitted:
        found = job["containerOverrides"]["resourceRequirements"]
        assert sorted(found, key=str) == sorted(size, key=str)
        assert job["timeout"] == {"attemptDurationSeconds": 7200}
    defined = [one["containerProperties"] for one in asked(cloud, "RegisterJobDefinition")]
    assert {one["ephemeralStorage"]["sizeInGiB"] for one in defined} == {21, 33}
    group = {"awslogs-group": cloud.environment["NEXT_SONG_JOB_LOGS"]}
    assert [one for one in defined if one["logConfiguration"]["options"] != group] == []


def test_the_updated_endpoint_answers_until_it_is_deleted(said: dict[str, str]) -> None:
    assert "Song 6" in said["recommend"] or "Song 4" in said["recommend"]
    assert f"={ENDPOINT} " in said["endpoints"]
    assert f"deleted endpoint {ENDPOINT}" in said["delete"]


def test_many_playlists_on_batch_get_the_bytes_of_the_command(
    cloud: Cloud, many_playlists: str, project: Path, finished: Path, circle: Path, folder: Path
) -> None:
    runs = f"{cloud.environment['METAFLOW_DATASTORE_SYSROOT_S3']}/next_song"
    made = stored(cloud, f"{runs}/{many_playlists}")
    model = finished / "06_models/model.tar.gz"
    expected = {}
    for shard in (1, 2):
        output = folder / f"{shard}.parquet"
        options = ["--shard", f"{shard}/2", "--model", str(model), str(circle), str(output)]
        cloud.run("-c", "from next_song.cli import cli; cli()", "batch", *options, cwd=project)
        name = f"07_model_output/0000{shard}-of-00002.parquet"
        expected[name] = sha256(output.read_bytes()).hexdigest()
    assert {name: digest for name, digest in made.items() if name in expected} == expected
    assert set(made) == {"02_intermediate/histories.parquet", *expected}


def test_a_better_week_replaces_what_is_served_and_a_worse_one_does_not(
    cloud: Cloud,
    flow: str,
    in_production: str,
    weeks: list[dict[str, Any]],
    expected: dict[str, str],
    folder: Path,
) -> None:
    assert [week["status"] for week in weeks] == ["SUCCEEDED", "FAILED"]
    names = [f"sfn-{week['name']}" for week in weeks]
    fetch = str(ROOT / "infrastructure/fetch_run.py")
    listed = cloud.run(fetch, cwd=folder).splitlines()
    assert listed == [f"{names[1]}  FAILED", f"{names[0]}  SUCCEEDED"]
    fetched = cloud.run(fetch, names[0], cwd=folder)
    assert fetched.startswith(f"fetched NextSongFlow/{names[0]}: data_engineering, deployment")
    made = read(cloud, folder, names[0])
    files = stored(cloud, made["data_root"])
    assert files == expected | {"08_reporting/endpoint.json": made["deployed"]["digest"]}
    endpoint = looker(cloud).client("sagemaker").describe_endpoint(EndpointName=WEEKLY)
    assert endpoint["EndpointStatus"] == "InService"
    assert endpoint["EndpointConfigName"] == made["deployed"]["config"]
    production = made["deployed"]["production"]
    assert production["archive"].endswith(f"/models/{in_production}.tar.gz")
    assert production["ahead"]["low"] > 0
    assert " export," in cloud.run(fetch, names[1], cwd=folder)  # it failed after that
    told = cloud.run(flow, "logs", f"{names[1]}/deployment", "--stderr", cwd=folder)
    assert "expected no less, beyond chance: keep what is served" in told
    unknown = cloud.run(fetch, "sfn-unknown", cwd=folder, status=1)
    assert unknown.startswith("Error: run sfn-unknown: found nothing of NextSongFlow in s3://")
    root = cloud.environment["METAFLOW_DATASTORE_SYSROOT_S3"]
    (kept,) = stored(cloud, f"{root}/captured/{WEEKLY}")  # the smoke query
    assert kept.startswith("AllTraffic/")
    assert f"deleted autoscaling {WEEKLY}\n" in next_song(cloud, folder, "delete", WEEKLY)


def test_a_schedule_starts_the_flow_until_it_is_taken_away(
    cloud: Cloud, rules: list[dict[str, Any]]
) -> None:
    weekly, disabled, deleted = rules
    (rule,), (target,) = weekly["rules"], weekly["targets"]
    assert (rule["ScheduleExpression"], rule["State"]) == ("cron(0 0 ? * SUN *)", "ENABLED")
    assert target["RoleArn"].endswith(physical(cloud, "ScheduleRole"))
    assert [one["State"] for one in disabled["rules"]] == ["DISABLED"]
    assert deleted["rules"] == []


# What a service does by itself, which the stand-in does not show; AWS's own pages list it. And what
# is called after an upload failed, or when a person interrupts a run.
UNSEEN = {
    "JobRole": {"s3:AbortMultipartUpload"},
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    "people": {
        "batch:TerminateJob",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
        "iam:CreateServiceLinkedRole",
        "s3:AbortMultipartUpload",
        "sagemaker:UpdateEndpointWeightsAndCapacities",
    },
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
    "StateMachineRole": {
        "batch:TerminateJob",
        "events:DescribeRule",
        "events:PutRule",
        "events:PutTargets",
    },
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    # and deployment-guardrails-configuration.html
    "ModelRole": {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricData",
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "s3:ListBucket",
    },
}


def test_roles_allow_what_is_asked_and_nothing_more(
    cloud: Cloud,
    many_playlists: str,
    said: dict[str, str],
    weeks: list[dict[str, Any]],
    rules: list[dict[str, Any]],
) -> None:
    callers = {"JobRole": "localaws-job", "StateMachineRole": "localaws-states"}
    callers["ModelRole"] = "localaws-model"
    given = {role: grants(cloud, role) for role in callers}
    called = {role: needs(cloud, caller) for role, caller in callers.items()}
    policies = [physical(cloud, name) for name in ("PeoplePolicy", "EndpointPolicy")]
    given["people"] = [grant for arn in policies for grant in policy_grants(cloud, arn)]
    called["people"] = needs(cloud, "localaws")
    assert {role: missing(called[role], given[role]) for role in called} == {
        role: [] for role in called
    }
    everyone = set.union(*called.values())
    for role, allowed in given.items():
        calls = everyone if role == "people" else called[role]
        shared = {grant for grant in allowed if role != "people" and grant in given["people"]}
        own = [grant for grant in allowed if grant not in shared]
        assert unused(calls, own) == UNSEEN.get(role, set()), role
