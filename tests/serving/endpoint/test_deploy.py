"""Deploying over real HTTP: after each of these, exactly what should be there is there."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest

from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment, Serverless
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import inventory as stock
from next_song.serving.endpoint.aws import client
from next_song.serving.endpoint.deploy import deploy_archive
from next_song.serving.endpoint.image import image_uri
from next_song.serving.endpoint.query import ask
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.smoke import Smoke, smoke_of
from next_song.serving.endpoint.version import Version

Stored = Callable[[int], ModelArchive]
Inventory = Callable[[], list[str]]
HISTORY = ["song 3", "song 1"]


def scores(archive: ModelArchive) -> list[float]:
    return archive.answer([HISTORY])["scores"][0].tolist()


def test_deploy_again_update_and_delete(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    first = deploy_archive(stored(1), settings)
    assert inventory() == ["tested", first["config"], first["model"]]
    (answer,) = ask("tested", [HISTORY])
    assert answer["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)
    assert answer["known"] is True
    assert deploy_archive(stored(1), settings) == first
    assert inventory() == ["tested", first["config"], first["model"]]
    second = deploy_archive(stored(2), settings)
    assert inventory() == ["tested", second["config"], second["model"]]
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(2)), abs=1e-5)
    (listed,) = stock.endpoints()
    assert (listed["run"], listed["champion"]) == ("run-2", "candidate 2")
    assert listed["status"] == "InService"
    assert listed["usd_per_day"] == pytest.approx(24 * 0.115)
    assert len(stock.delete("tested")) == 3
    assert inventory() == []
    with pytest.raises(EndpointError, match="endpoint tested: not found"):
        stock.delete("tested")


def serverless(settings: Deployment, memory_mib: int = 2048) -> Deployment:
    hosting = Serverless(memory_mib=memory_mib, max_concurrency=3)
    return settings.model_copy(update={"serverless": hosting})


def test_a_serverless_endpoint_is_updated(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    deploy_archive(stored(1), serverless(settings))
    second = deploy_archive(stored(2), serverless(settings, 3072))
    assert inventory() == ["tested", second["config"], second["model"]]
    assert stock.endpoints()[0]["instance"] == "serverless"
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


def test_what_an_endpoint_uses_stays_if_it_cannot_be_restored(
    stored: Stored, settings: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = deploy_archive(stored(1), settings)
    smoke, _ = smoke_of(stored(2))
    wrong = Smoke(smoke.histories, [[0.0] * 5] * 2)
    rollout = Rollout(version_of(stored(2), settings))

    def refuse(config: str) -> None:
        raise EndpointError(f"{config}: no way back")

    monkeypatch.setattr(rollout, "_restore", refuse)
    with pytest.raises(EndpointError, match="to the smoke query"):
        rollout.run(wrong)
    (listed,) = stock.endpoints()  # which fails for a configuration that is gone
    assert listed["status"] == "InService"
    assert deploy_archive(stored(1), settings)["config"] == first["config"]


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


def version_of(archive: ModelArchive, settings: Deployment) -> Version:
    """What `deploy_archive` would make of an archive."""
    image = image_uri(settings.image)
    return Version(settings, archive.url, archive.digest, image, {"endpoint": "tested"})


def broken(aws: Mapping[str, str], archive: ModelArchive, content: bytes, name: str) -> None:
    """Put something else where the archive lies."""
    archive.url = f"s3://{aws['LOCALAWS_BUCKET']}/{name}/06_models/model.tar.gz"
    boto3.client("s3").put_object(
        Bucket=aws["LOCALAWS_BUCKET"], Key=archive.url.split("/", 3)[3], Body=content
    )


@pytest.mark.parametrize("before", [True, False], ids=["update", "create"])
def test_a_model_that_does_not_load_changes_nothing(
    aws: Mapping[str, str], stored: Stored, settings: Deployment, inventory: Inventory, before: bool
) -> None:
    if before:
        deploy_archive(stored(1), settings)
    names = inventory()
    archive = stored(3)
    url = archive.url
    broken(aws, archive, b"no archive", "broken")
    with pytest.raises(EndpointError, match="did not become healthy"):
        deploy_archive(archive, settings)
    archive.url = url
    assert inventory() == names
    if before:
        assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


def test_a_model_that_answers_otherwise_is_taken_back(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    deploy_archive(stored(1), settings)
    names = inventory()
    archive = stored(2)
    right, _ = smoke_of(archive)
    wrong = Smoke(right.histories, [[score + 1 for score in row] for row in right.scores])
    with pytest.raises(EndpointError, match="to the smoke query; expected"):
        Rollout(version_of(archive, settings)).run(wrong)
    assert inventory() == names
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


def test_a_model_that_would_answer_nothing_in_a_session_is_taken_back(
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
    names = inventory()
    archive = stored(2)
    (smoke, _), url = smoke_of(archive), archive.url
    request.getfixturevalue("anonymous_tables")  # not before: what `stored` makes has named ones
    small(2).pack(tmp_path / "old.tar.gz")
    broken(aws, archive, (tmp_path / "old.tar.gz").read_bytes(), "old")
    with pytest.raises(EndpointError, match=r"ModelError: .*Table not initialized"):
        Rollout(version_of(archive, settings)).run(smoke)
    archive.url = url
    assert inventory() == names
    assert ask("tested", [HISTORY])[0]["scores"] == pytest.approx(scores(stored(1)), abs=1e-5)


def test_two_deployments_at_once_end_in_one_sound_state(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    deploy_archive(stored(1), settings)
    archives = [stored(2), stored(4)]

    smokes = [smoke_of(archive)[0] for archive in archives]  # DuckDB and TensorFlow: not in threads

    def deploy(archive: ModelArchive, smoke: Smoke) -> Any:
        try:
            return Rollout(version_of(archive, settings)).run(smoke)
        except EndpointError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(deploy, archives, smokes))
    done = [result for result in results if isinstance(result, dict)]
    refused = [result for result in results if isinstance(result, EndpointError)]
    assert len(done) + len(refused) == 2
    assert done
    assert all("in-progress" in str(error) or "under way" in str(error) for error in refused)
    last = inventory()
    assert last[0] == "tested"
    assert last[1:] in [[result["config"], result["model"]] for result in done]


def test_orphans_are_named_and_removed_with_the_endpoint(
    stored: Stored, settings: Deployment, inventory: Inventory
) -> None:
    archive = stored(1)
    half = version_of(archive, settings)
    list(half.make(client("sagemaker")))  # as if killed before the endpoint was created
    assert {one["orphan"] for one in stock.endpoints()} == {"endpoint_config", "model"}
    assert deploy_archive(archive, settings)["model"] == half.model  # the next try takes them
    assert [one.get("orphan") for one in stock.endpoints()] == [None]


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
    with pytest.raises(EndpointError, match="Could not find model data at s3://nowhere"):
        deploy_archive(archive, settings)
    archive.url = url
    assert inventory() == []


def test_no_credentials_is_one_line(
    aws: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(EndpointError, match="set AWS_PROFILE, or AWS_ACCESS_KEY_ID") as error:
        stock.endpoints()
    assert "\n" not in str(error.value)
    monkeypatch.undo()


def test_the_names_fit_what_sagemaker_takes(settings: Deployment) -> None:
    longest = settings.model_copy(update={"endpoint": "a" * 36})
    made = Version(longest, "s3://bucket/key", "0" * 64, "image", {})
    assert len(made.config) <= 63
