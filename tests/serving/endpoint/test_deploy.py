"""Deploying over real HTTP: after each of these, exactly what should be there is there."""

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest

from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment, Serverless
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client
from next_song.serving.endpoint.deploy import deploy_archive, plan_deployment
from next_song.serving.endpoint.image import image_uri
from next_song.serving.endpoint.inventory import endpoints
from next_song.serving.endpoint.query import ask
from next_song.serving.endpoint.removal import delete
from next_song.serving.endpoint.rollback import roll_back
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.smoke import Smoke, smoke_of
from next_song.serving.endpoint.store import Store
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


def test_deploy_again_update_roll_back_and_delete(
    aws: Mapping[str, str], stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    first = deploy_archive(stored(1), settings)
    assert inventory() == names(first)
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


def test_an_endpoint_does_not_depend_on_the_folder_of_a_run(
    aws: Mapping[str, str], stored: Stored, settings: Deployment
) -> None:
    made = deploy_archive(stored(1), settings, lineage={"data": {"input": "plays"}})
    found = boto3.client("sagemaker").describe_model(ModelName=made["model"])
    store = f"s3://{aws['LOCALAWS_BUCKET']}/models"
    url = f"{store}/{stored(1).digest}.tar.gz"
    assert found["PrimaryContainer"]["ModelDataUrl"] == url
    key = f"models/{stored(1).digest}.json"
    body = boto3.client("s3").get_object(Bucket=aws["LOCALAWS_BUCKET"], Key=key)["Body"].read()
    record = json.loads(body)
    assert record["archive"] == stored(1).url
    assert record["run"] == "run-1"
    assert record["champion"] == "candidate 1"
    assert record["metrics"] == {"hit_rate": {"10": 0.5}}
    assert record["data"] == {"input": "plays"}
    assert record["by"].startswith("arn:aws:")


@pytest.mark.parametrize("content", [b"something else", b""], ids=["overwritten", "empty"])
def test_a_copy_that_is_no_longer_the_archive_is_made_again(
    aws: Mapping[str, str], stored: Stored, settings: Deployment, content: bytes
) -> None:
    key = f"models/{stored(1).digest}.tar.gz"
    boto3.client("s3").put_object(Bucket=aws["LOCALAWS_BUCKET"], Key=key, Body=content)
    deploy_archive(stored(1), settings)
    assert ask("tested", [HISTORY])[0]["known"] is True


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


def serverless(settings: Deployment, memory_mib: int = 2048) -> Deployment:
    hosting = Serverless(memory_mib=memory_mib, max_concurrency=3)
    return settings.model_copy(update={"serverless": hosting})


def test_a_serverless_endpoint_is_updated(stored: Stored, settings: Deployment) -> None:
    deploy_archive(stored(1), serverless(settings))
    deploy_archive(stored(2), serverless(settings, 3072))
    assert plan_deployment(stored(1), serverless(settings))["alarms"] == []
    assert endpoints("tested")[0]["instance"] == "serverless"
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(2)), abs=1e-5)


@pytest.mark.parametrize("first", ["instances", "serverless"])
def test_an_endpoint_keeps_its_kind_of_hosting(
    first: str, stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    """SageMaker does not go from instances to serverless, so a way back would be missing, too."""
    kinds = [settings, serverless(settings)]
    before, after = kinds if first == "instances" else reversed(kinds)
    made = deploy_archive(stored(1), before)
    with pytest.raises(EndpointError, match=r"endpoint tested: found .*; expected .* or none"):
        deploy_archive(stored(2), after)
    assert inventory() == ["tested", made["config"], made["model"]]
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


def test_no_answer_fails_while_the_model_is_updated(stored: Stored, settings: Deployment) -> None:
    """2,000 requests from 32 clients; every answer is one model's or the other's."""
    deploy_archive(stored(1), settings)
    expected = [scores(stored(1)), scores(stored(2))]
    updated, runtime = threading.Event(), client("sagemaker-runtime")

    def one(number: int) -> int:
        if number == 200:
            deploy_archive(stored(2), settings)
            updated.set()
        elif number > 1900:
            updated.wait()
        found = ask("tested", [HISTORY], runtime)[0]["scores"]
        return next(model for model in (0, 1) if np.allclose(found, expected[model], atol=1e-5))

    with ThreadPoolExecutor(32) as pool:
        models = list(pool.map(one, range(2000)))
    assert set(models) == {0, 1}
    assert set(models[1901:]) == {1}


def rollout_of(archive: ModelArchive, settings: Deployment, url: str = "") -> Rollout:
    """What `deploy_archive` would do with an archive, or with what is at another address."""
    image, store = image_uri(settings.image), Store.beside(archive.url)
    store.keep(archive, {})
    tags = {"endpoint": "tested", "store": store.url}
    address = url or store.address(archive.digest)
    return Rollout(Version(settings, address, archive.digest, image, tags), store)


def other(aws: Mapping[str, str], content: bytes) -> str:
    """The address of something else."""
    boto3.client("s3").put_object(Bucket=aws["LOCALAWS_BUCKET"], Key="other", Body=content)
    return f"s3://{aws['LOCALAWS_BUCKET']}/other"


@pytest.mark.parametrize("before", [True, False], ids=["update", "create"])
def test_a_model_that_does_not_load_changes_nothing(
    aws: Mapping[str, str], stored: Stored, settings: Deployment, inventory: Inventory, before: bool
) -> None:
    if before:
        deploy_archive(stored(1), settings)
    found = inventory()
    smoke, _ = smoke_of(stored(3))
    with pytest.raises(EndpointError, match="tested-check: the new model did not become healthy"):
        rollout_of(stored(3), settings, other(aws, b"no archive")).run(smoke)
    assert inventory() == found
    if before:
        assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


def test_a_model_that_answers_otherwise_gets_no_traffic(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    deploy_archive(stored(1), settings)
    found = inventory()
    wrong, _ = smoke_of(stored(2))
    wrong.answers[3] = wrong.answers[3] | {"scores": [score + 1 for score in range(5)]}
    with pytest.raises(EndpointError, match=r"tested-check: found scores .* to the smoke query"):
        rollout_of(stored(2), settings).run(wrong)
    assert inventory() == found
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


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


@pytest.mark.parametrize("seeds", [(2, 4), (2, 2)], ids=["two archives", "the same"])
def test_two_deployments_at_once_end_in_one_sound_state(
    stored: Stored, settings: Deployment, seeds: tuple[int, int]
) -> None:
    deploy_archive(stored(1), settings)
    smokes = [smoke_of(stored(seed))[0] for seed in seeds]  # DuckDB and TensorFlow: not in threads
    rollouts = [rollout_of(stored(seed), settings) for seed in seeds]

    def run(rollout: Rollout, smoke: Smoke) -> Any:
        try:
            return rollout.run(smoke)
        except EndpointError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, rollouts, smokes))
    (refused,) = [result for result in results if isinstance(result, EndpointError)]
    assert "found another deployment, rollback or deletion under way" in str(refused)
    (done,) = [result for result in results if isinstance(result, dict)]
    found = boto3.client("sagemaker").describe_endpoint(EndpointName="tested")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", done["config"])


def test_orphans_are_named_and_removed_with_the_endpoint(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    archive = stored(1)
    half = rollout_of(archive, settings).version
    half.make(client("sagemaker"), lambda call, _: call())  # as if killed before the endpoint
    assert {one["orphan"] for one in endpoints("tested")} == {"endpoint_config", "model"}
    assert deploy_archive(archive, settings)["model"] == half.model  # the next try takes them
    assert [one.get("orphan") for one in endpoints("tested")] == [None]


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
