"""Deploying over real HTTP: after each of these, exactly what should be there is there."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from rollout_support import rollout_of

from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment, Serverless
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client
from next_song.serving.endpoint.deploy import deploy_archive, plan_deployment
from next_song.serving.endpoint.inventory import endpoints
from next_song.serving.endpoint.query import ask
from next_song.serving.endpoint.removal import delete
from next_song.serving.endpoint.rollback import roll_back
from next_song.serving.endpoint.smoke import Smoke, smoke_of
from next_song.serving.endpoint.standing import Standing
from next_song.serving.endpoint.version import Version

Stored = Callable[[int], ModelArchive]
Inventory = Callable[[], list[str]]
HISTORY = ["song 3", "song 1"]


def scores(archive: ModelArchive) -> list[float]:
    return archive.answer([HISTORY])["scores"][0].tolist()


def names(*made: dict[str, Any]) -> list[str]:
    """The inventory of `tested` with these versions, the latest first."""
    configs, models = ([one[kind] for one in made] for kind in ("config", "model"))
    return ["tested", *configs, *models]


def check_store(bucket: str, archive: ModelArchive, model: str) -> None:
    """The model is served from a copy with a record, so the folder of the run can go."""
    container = boto3.client("sagemaker").describe_model(ModelName=model)["PrimaryContainer"]
    key = f"models/{archive.digest}"
    assert container["ModelDataUrl"] == f"s3://{bucket}/{key}.tar.gz"
    body = boto3.client("s3").get_object(Bucket=bucket, Key=f"{key}.json")["Body"].read()
    record = json.loads(body)
    assert record["by"].startswith("arn:aws:")
    expected = {
        "archive": archive.url,
        "digest": archive.digest,
        "run": "run-1",
        "champion": "candidate 1",
        "metrics": {"hit_rate": {"10": 0.5}},
        "data": {"input": "plays"},
    }
    assert {key: record[key] for key in expected} == expected


@pytest.mark.slow
def test_deploy_again_update_roll_back_and_delete(
    aws: Mapping[str, str], stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    first = deploy_archive(stored(1), settings, lineage={"data": {"input": "plays"}})
    assert inventory() == names(first)
    check_store(aws["LOCALAWS_BUCKET"], stored(1), first["model"])
    (answer,) = ask("tested", [HISTORY])
    assert answer["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)
    assert answer["known"] is True
    assert deploy_archive(stored(1), settings) == first
    assert inventory() == names(first)
    second = deploy_archive(stored(2), settings)
    assert sorted(inventory()) == sorted(names(second, first))  # to roll back to
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(2)), abs=1e-5)
    third = deploy_archive(stored(4), settings)
    assert sorted(inventory()) == sorted(names(third, second))
    (listed,) = endpoints("tested")
    assert (listed["run"], listed["champion"]) == ("run-4", "candidate 4")
    assert listed["status"] == "InService"
    assert listed["usd_per_day"] == pytest.approx(24 * 0.115)
    assert roll_back("tested") == second
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(2)), abs=1e-5)
    assert endpoints("tested")[0]["run"] == "run-2"
    assert roll_back("tested") == third
    gone = delete("tested")
    assert gone[0] == "endpoint tested"
    assert len(gone) == 8  # the endpoint, two versions, three alarms
    assert inventory() == []
    assert boto3.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    with pytest.raises(EndpointError, match="endpoint tested: not found"):
        delete("tested")


@pytest.mark.slow
def test_a_plan_creates_nothing_and_says_what_it_would(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    planned = plan_deployment(stored(1), settings)
    assert inventory() == []
    made = deploy_archive(stored(1), settings)
    assert planned["action"] == "create"
    assert {key: planned[key] for key in made} == made
    assert planned["usd_per_day"] == pytest.approx(24 * 0.115)
    assert planned["traffic"].startswith("at once, since a canary takes two instances; alarms")
    assert plan_deployment(stored(1), settings)["action"] == "none"
    two = settings.model_copy(update={"instance_count": 2})
    planned = plan_deployment(stored(2), two)
    assert planned["action"] == "update"
    assert planned["traffic"].startswith("1 of 2 instances, then the rest")
    assert planned["usd_per_day"] == pytest.approx(2 * 24 * 0.115)


def other(aws: Mapping[str, str], content: bytes) -> str:
    """The address of something else."""
    boto3.client("s3").put_object(Bucket=aws["LOCALAWS_BUCKET"], Key="other", Body=content)
    return f"s3://{aws['LOCALAWS_BUCKET']}/other"


@pytest.mark.slow
def test_a_model_that_would_answer_nothing_in_a_session_gets_no_traffic(
    aws: Mapping[str, str],
    stored: Stored,
    settings: Deployment,
    inventory: Inventory,
    small: Stored,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """An archive of format 1, whose tables have no name: healthy, and every answer an error."""
    deploy_archive(stored(1), settings)
    found = inventory()
    smoke, _ = smoke_of(stored(2))
    rollout = rollout_of(stored(2), settings)
    request.getfixturevalue("anonymous_tables")  # not before: what `stored` makes has named ones
    small(2).pack(tmp_path / "old.tar.gz")
    url = other(aws, (tmp_path / "old.tar.gz").read_bytes())
    old = replace(rollout, version=replace(rollout.version, archive_url=url))
    with pytest.raises(EndpointError, match=r"ModelError: .*Table not initialized"):
        old.run(smoke)
    assert inventory() == found
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


@dataclass(frozen=True)
class Overwriting(Smoke):
    """A smoke query. Just before it asks the endpoint `asked`, somebody overwrites the archive."""

    url: str = ""
    asked: str = ""

    def ask(self, endpoint: str) -> None:
        if endpoint == self.asked:
            bucket, key = self.url.removeprefix("s3://").split("/", 1)
            boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"another")
        super().ask(endpoint)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["tested-check", "tested"])
def test_an_archive_that_is_overwritten_meanwhile_gets_no_traffic(
    stored: Stored, settings: Deployment, inventory: Inventory, asked: str
) -> None:
    deploy_archive(stored(1), settings)
    found = inventory()
    rollout, (smoke, _) = rollout_of(stored(2), settings), smoke_of(stored(2))
    url = rollout.version.archive_url
    with pytest.raises(InputError, match=f"model {url}: found that it was overwritten while"):
        rollout.run(Overwriting(smoke.histories, smoke.answers, url, asked))
    assert inventory() == found
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


@pytest.mark.parametrize("serverless", [True, False])
def test_an_endpoint_keeps_its_kind_of_hosting(settings: Deployment, serverless: bool) -> None:
    """SageMaker does not go from instances to serverless, so a way back would be missing, too."""
    hosting = Serverless(memory_mib=2048, max_concurrency=3)
    kinds = {True: settings.model_copy(update={"serverless": hosting}), False: settings}
    found = Standing("tested", "config", serverless=serverless)
    found.check(kinds[serverless])
    with pytest.raises(EndpointError, match=r"endpoint tested: found .*; expected .* or none"):
        found.check(kinds[not serverless])


@pytest.mark.slow
def test_orphans_are_named_and_removed_with_the_endpoint(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    archive = stored(1)
    half = rollout_of(archive, settings).version
    half.make(client("sagemaker"), lambda call, _: call())  # as if killed before the endpoint
    assert {one["orphan"] for one in endpoints("tested")} == {"endpoint_config", "model"}
    assert deploy_archive(archive, settings)["model"] == half.model  # the next try takes them
    assert [one.get("orphan") for one in endpoints("tested")] == [None]


@pytest.mark.slow
def test_a_vpc_and_a_key_are_part_of_the_version(stored: Stored, settings: Deployment) -> None:
    vpc = {"subnets": ["subnet-1"], "security_groups": ["sg-1", "sg-2"]}
    conf = settings.model_dump() | {"vpc": vpc, "kms_key": "key-1"}
    plain, made = (
        rollout_of(stored(1), Deployment.model_validate(one)).version
        for one in (settings.model_dump(), conf)
    )
    assert made.model != plain.model
    sagemaker = client("sagemaker")
    for _ in range(2):  # the second time, everything is there
        made.make(sagemaker, lambda call, _: call())
    model = sagemaker.describe_model(ModelName=made.model)
    assert model["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]}
    config = sagemaker.describe_endpoint_config(EndpointConfigName=made.config)
    assert config["KmsKeyId"] == "key-1"
    hosting = {"serverless": {"memory_mib": 2048, "max_concurrency": 3}}
    with pytest.raises(InputError, match="expected vpc null with serverless"):
        Deployment.model_validate(conf | hosting)


def test_a_role_that_is_no_arn(stored: Stored, settings: Deployment) -> None:
    with pytest.raises(InputError, match=r"deployment\.role: found 'next-song'; expected the ARN"):
        deploy_archive(stored(1), settings.model_copy(update={"role": "next-song"}))


def test_an_archive_on_this_machine_is_refused(settings: Deployment) -> None:
    with pytest.raises(InputError, match="expected it in S3"):
        deploy_archive(ModelArchive(), settings)


def test_a_bucket_that_is_not_there(
    aws: Mapping[str, str], stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    archive = stored(3)
    url, archive.url = archive.url, "s3://nowhere/run-3/06_models/model.tar.gz"
    with pytest.raises(EndpointError, match=r"model s3://nowhere\S*: NoSuchBucket.*give one that"):
        deploy_archive(archive, settings)
    archive.url = url
    assert inventory() == []


def test_no_credentials_is_one_line(
    aws: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(EndpointError, match="set AWS_PROFILE, or AWS_ACCESS_KEY_ID") as error:
        endpoints("tested")
    assert "\n" not in str(error.value)
    monkeypatch.undo()


def test_the_names_fit_what_sagemaker_takes(settings: Deployment) -> None:
    longest = settings.model_copy(update={"endpoint": "a" * 36})
    made = Version(longest, "s3://bucket/key", "0" * 64, "image", {})
    assert len(made.config) <= 63
