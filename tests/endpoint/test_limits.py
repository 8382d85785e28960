"""What SageMaker would refuse, or fail at, refused before anything is created."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from next_song.endpoint import image, limits, query
from next_song.endpoint.deploy import deploy_archive
from next_song.errors import EndpointError, InputError
from next_song.model_archive import ModelArchive
from next_song.parameters import Deployment, Serverless
from next_song.versions import tensorflow_version

ROOT = Path(__file__).parents[2]
Stored = Callable[[int], ModelArchive]
IMAGE = "tensorflow-inference:2.20.0-cpu-py312"


def with_image(settings: Deployment, name: str) -> Deployment:
    return Deployment.model_validate(settings.model_dump() | {"image": name})


def test_the_lock_installs_one_minor_version_of_tensorflow() -> None:
    """conf's image is checked against what is installed, which is what the locks say."""
    for lock in ROOT.glob("requirements*.lock"):
        assert f"tensorflow-cpu=={tensorflow_version()} " in lock.read_text()


@pytest.mark.parametrize(
    "name",
    [
        "tensorflow-inference:2.19.0-cpu",
        "tensorflow-inference:2.2.0-cpu",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/own/serving:2.21",
    ],
)
def test_an_image_of_another_version_is_refused_before_a_run(
    name: str, settings: Deployment, kedro_run: Callable[..., Any]
) -> None:
    expected = f"image: found '{name}'; expected an image of TensorFlow 2.20, which requirements"
    with pytest.raises(InputError) as error:
        with_image(settings, name)
    assert str(error.value).startswith(expected)
    with pytest.raises(InputError) as error:
        kedro_run(deployment={"image": name}, run_args={"pipeline_names": ["deployment"]})
    assert str(error.value).startswith(f"parameter deployment.{expected}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["tensorflow-inference", "name:latest", "a b:2.20", "x:2", ""])
def test_an_image_that_does_not_name_its_version_is_refused(
    name: str, settings: Deployment
) -> None:
    with pytest.raises(InputError, match="image: found"):
        with_image(settings, name)


def test_an_archive_newer_than_the_image_is_refused() -> None:
    with pytest.raises(InputError, match=r"found it exported with TensorFlow 2\.21\.0; expected"):
        image.check_version(IMAGE, "2.21.0")
    image.check_version(IMAGE, "2.19.1")  # TensorFlow reads what earlier versions wrote


@pytest.mark.parametrize("tag", ["2.20.0-cpu-py399", "2.20.9-cpu"])
def test_an_image_that_its_registry_lacks_is_refused(
    tag: str, stored: Stored, settings: Deployment, inventory: Callable[[], list[str]]
) -> None:
    with pytest.raises(InputError, match=rf"found no 763104351884\..*:{tag}; expected an image"):
        deploy_archive(stored(1), with_image(settings, f"tensorflow-inference:{tag}"))
    assert inventory() == []


def test_a_repository_that_is_not_there(aws: Mapping[str, str]) -> None:
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nothing:2.20.0"
    with pytest.raises(InputError, match=r"deployment\.image: found no 123456789012"):
        image.check_exists(uri)


def test_a_registry_that_may_not_be_read_is_told(
    aws: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Denied:
        def batch_get_image(self, **_: Any) -> None:
            error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise ClientError(error, "BatchGetImage")

    uri = image.image_uri(IMAGE)
    monkeypatch.setattr(image, "client", lambda *_, **__: Denied())
    image.check_exists(uri)
    assert "not looked for, ecr:BatchGetImage is denied" in caplog.text


def test_the_registry_depends_on_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    monkeypatch.delenv("AWS_REGION", raising=False)
    uri = f"692866216735.dkr.ecr.eu-south-1.amazonaws.com/{IMAGE}"
    assert image.image_uri(IMAGE) == uri
    monkeypatch.setenv("AWS_DEFAULT_REGION", "xx-nowhere-1")
    with pytest.raises(InputError, match="region xx-nowhere-1: found no registry"):
        image.image_uri(IMAGE)


def test_no_region_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(EndpointError, match="ecr: You must specify a region"):
        image.image_uri(IMAGE)


@pytest.mark.parametrize(
    ("instance", "gib"),
    [
        ("ml.m5.large", 8),
        ("ml.m5.4xlarge", 64),
        ("ml.c5.xlarge", 8),
        ("ml.c7i.large", 4),
        ("ml.r5d.2xlarge", 64),
        ("ml.t2.medium", 4),
        ("ml.g5.xlarge", None),
        ("ml.inf1.xlarge", None),
    ],
)
def test_memory_of_instances(instance: str, gib: float | None) -> None:
    assert limits.instance_memory(instance) == gib


@pytest.fixture
def large(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> ModelArchive:
    """An archive that claims 5 GiB of files."""
    archive = stored(1)
    manifest = archive.manifest
    members = [member.model_copy(update={"size": 2**30}) for member in manifest.members[:5]]
    claimed = manifest.model_copy(update={"members": members})
    monkeypatch.setattr(ModelArchive, "manifest", property(lambda _: claimed))
    return archive


def test_a_model_larger_than_its_host_is_refused(
    large: ModelArchive, settings: Deployment, inventory: Callable[[], list[str]]
) -> None:
    # 0.75 GiB for the server, 1.5 times 5 GiB for the model, next to nothing for twelve songs
    with pytest.raises(
        InputError,
        match=r"^deployment\.instance_type: found ml\.m5\.large, 8\.0 GiB; expected at least 8\.3",
    ):
        deploy_archive(large, settings)
    limits.check_limits(large, settings.model_copy(update={"instance_type": "ml.m5.xlarge"}), 1)
    limits.check_limits(large, settings.model_copy(update={"instance_type": "ml.g5.xlarge"}), 1)
    small = settings.model_copy(
        update={"serverless": Serverless(memory_mib=6144, max_concurrency=1)}
    )
    with pytest.raises(InputError, match=r"deployment\.serverless: found memory_mib 6144, 6\.0"):
        deploy_archive(large, small)
    assert inventory() == []


def test_scores_of_a_request_count_as_memory(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = stored(1)
    before = limits.memory_needed(archive)
    monkeypatch.setattr(limits, "MOST_HISTORIES", 2**20)
    # 12 songs, 4 bytes, 3 arrays
    assert limits.memory_needed(archive) - before == pytest.approx(12 * 4 * 3 / 1024, abs=0.001)


def test_a_model_that_starts_too_slowly_for_serverless_is_refused(
    stored: Stored, settings: Deployment
) -> None:
    archive = stored(1)
    serverless = settings.model_copy(
        update={"serverless": Serverless(memory_mib=1024, max_concurrency=1)}
    )
    limits.check_limits(archive, serverless, 59)
    with pytest.raises(InputError, match=r"about 183 s to start; expected at most 180 s"):
        limits.check_limits(archive, serverless, 61)
    limits.check_limits(archive, settings, 61)  # an instance may take its time


def test_no_request_is_larger_than_a_serverless_endpoint_takes() -> None:
    histories = [["é" * 100] * 200] * 100
    bodies = list(query._bodies(histories))
    assert sum(count for _, count in bodies) == 100
    assert all(count <= query.MOST_HISTORIES for _, count in bodies)
    assert all(len(body) < 4 * 2**20 for body, _ in bodies)
    assert json.loads(bodies[0][0])["instances"][0] == {"song_ids": histories[0]}
