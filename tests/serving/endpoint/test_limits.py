"""What SageMaker would refuse, or fail at, refused before anything is created."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment, Serverless
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import image, limits, query, smoke
from next_song.serving.endpoint.deploy import deploy_archive
from next_song.versions import minor, tensorflow_version

ROOT = Path(__file__).parents[3]
Stored = Callable[[int], ModelArchive]
INSTALLED = minor(tensorflow_version())


def with_image(settings: Deployment, name: str) -> Deployment:
    return Deployment.model_validate(settings.model_dump() | {"image": name})


def test_the_lock_installs_one_minor_version_of_tensorflow() -> None:
    """conf's image is checked against what is installed, which is what the locks say."""
    locks = set(ROOT.glob("requirements*.lock")) - {
        ROOT / "requirements-uv.lock",  # tools alone
        ROOT / "requirements-audit.lock",
    }
    assert len(locks) == 3
    for lock in locks:
        assert f"tensorflow-cpu=={tensorflow_version()} " in lock.read_text()


@pytest.mark.parametrize(
    "name",
    [
        "tensorflow-inference:2.19.0-cpu",
        "tensorflow-inference:2.2.0-cpu",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/own/serving:9.0",
    ],
)
def test_an_image_of_another_version_is_refused_before_a_run(
    name: str, settings: Deployment, kedro_run: Callable[..., Any]
) -> None:
    expected = f"image: found '{name}'; expected an image of TensorFlow {INSTALLED}, which"
    with pytest.raises(InputError) as error:
        with_image(settings, name)
    assert str(error.value).startswith(expected)
    with pytest.raises(InputError) as error:
        kedro_run(deployment={"image": name}, run_args={"pipeline_names": ["deployment"]})
    assert str(error.value).startswith(f"parameter deployment.{expected}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "tensorflow-inference",
        "name:latest",
        "a b:2.20",
        "x:2",
        "",
        f"../x:{INSTALLED}",
        f"NAME:{INSTALLED}",
        f"bücher:{INSTALLED}",
        f"localhost:5000/name:{INSTALLED}",
        f"name:{INSTALLED}@sha256:0",
        f"name@sha256:{INSTALLED}",
        f"name:{INSTALLED}\n",
    ],
)
def test_an_image_that_does_not_name_its_version_is_refused(
    name: str, settings: Deployment
) -> None:
    with pytest.raises(InputError, match=r"image: found .*; expected NAME:TAG or REGISTRY/NAME"):
        with_image(settings, name)


def test_an_archive_newer_than_the_image_is_refused(
    stored: Stored, settings: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = stored(1)
    claimed = archive.manifest.model_copy(update={"tensorflow": "9.1.0"})
    monkeypatch.setattr(ModelArchive, "manifest", property(lambda _: claimed))
    with pytest.raises(InputError, match=r"found it exported with TensorFlow 9\.1\.0; expected at"):
        deploy_archive(archive, settings)
    image.check_version(settings.image, "2.9.1")  # TensorFlow reads what earlier versions wrote


@pytest.mark.parametrize("tag", [f"{INSTALLED}.0-cpu-py399", f"{INSTALLED}.9-cpu"])
def test_an_image_that_its_registry_lacks_is_refused(
    tag: str, stored: Stored, settings: Deployment, inventory: Callable[[], list[str]]
) -> None:
    with pytest.raises(InputError, match=rf"found no 763104351884\..*:{tag}; expected an image"):
        deploy_archive(stored(1), with_image(settings, f"tensorflow-inference:{tag}"))
    assert inventory() == []


@pytest.mark.parametrize(
    "registry",
    ["tensorflow", "public.ecr.aws/x", "763104351884.dkr.ecr.eu-west-1.amazonaws.com"],
)
def test_an_image_that_sagemaker_could_not_fetch_is_refused(
    registry: str, stored: Stored, settings: Deployment, inventory: Callable[[], list[str]]
) -> None:
    name = f"{registry}/tensorflow-inference:{INSTALLED}.0"
    with pytest.raises(InputError, match=f"found {name}; expected an image in a registry of ECR"):
        deploy_archive(stored(1), with_image(settings, name))
    assert inventory() == []


def test_a_repository_that_is_not_there(aws: Mapping[str, str]) -> None:
    uri = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/nothing:{INSTALLED}.0"
    with pytest.raises(InputError, match=r"deployment\.image: found no 123456789012"):
        image.check_exists(uri)


def test_a_registry_that_may_not_be_read_is_told(
    aws: Mapping[str, str],
    settings: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def denied(**_: Any) -> None:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ClientError(error, "BatchGetImage")

    uri, ecr = image.image_uri(settings.image), image.client("ecr")
    monkeypatch.setattr(ecr, "batch_get_image", denied)
    monkeypatch.setattr(image, "client", lambda _: ecr)
    image.check_exists(uri)
    assert "not looked for, ecr:BatchGetImage is denied" in caplog.text


@pytest.mark.parametrize("kind", ["", "-fips"])
def test_registries_of_both_kinds_are_known(kind: str) -> None:
    found = image.ECR.fullmatch(f"123456789012.dkr.ecr{kind}.us-east-1.amazonaws.com/own/name:1.2")
    assert found
    assert found.groups() == ("123456789012", "us-east-1", "own/name", "1.2")


def test_the_registry_depends_on_the_region(
    settings: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    monkeypatch.delenv("AWS_REGION", raising=False)
    uri = f"692866216735.dkr.ecr.eu-south-1.amazonaws.com/{settings.image}"
    assert image.image_uri(settings.image) == uri
    monkeypatch.setenv("AWS_DEFAULT_REGION", "xx-nowhere-1")
    with pytest.raises(InputError, match="region xx-nowhere-1: found no registry"):
        image.image_uri(settings.image)


def test_no_region_is_one_line(
    settings: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(EndpointError, match="ecr: You must specify a region"):
        image.image_uri(settings.image)


@pytest.mark.parametrize(
    ("instance", "gib"),
    [
        ("ml.m5.large", 8),
        ("ml.m5.4xlarge", 64),
        ("ml.c5.xlarge", 8),
        ("ml.c7i.large", 4),
        ("ml.r5d.2xlarge", 64),
        ("ml.t2.medium", 4),
        ("ml.m5d.24xlarge", 384),
        ("ml.c6gn.medium", 2),
        ("ml.c5n.xlarge", None),
        ("ml.m5.metal", None),
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
        match=r"_type: found ml\.m5\.large, 8\.0 GiB; expected at least 8\.3 .* a larger instance",
    ):
        deploy_archive(large, settings)
    limits.check_limits(large, settings.model_copy(update={"instance_type": "ml.m5.xlarge"}), 1)
    limits.check_limits(large, settings.model_copy(update={"instance_type": "ml.g5.xlarge"}), 1)
    small = settings.model_copy(
        update={"serverless": Serverless(memory_mib=6144, max_concurrency=1)}
    )
    with pytest.raises(InputError, match=r"found memory_mib 6144, 6\.0 .* a larger instance"):
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


def test_float16_needs_memory_for_float32(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = stored(1)
    before = limits.memory_needed(archive)
    monkeypatch.setattr(archive, "precision", "float16")
    size = sum(member.size for member in archive.manifest.members)
    assert limits.memory_needed(archive) - before == pytest.approx(2 * size / 2**30)


def test_a_model_that_starts_too_slowly_for_serverless_is_refused(
    stored: Stored,
    settings: Deployment,
    inventory: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = stored(1)
    hosting = Serverless(memory_mib=1024, max_concurrency=1)
    serverless = settings.model_copy(update={"serverless": hosting})
    limits.check_limits(archive, serverless, 59)
    limits.check_limits(archive, settings, 61)  # an instance may take its time
    clock = iter([0.0, 61.0])
    monkeypatch.setattr(smoke, "perf_counter", lambda: next(clock))
    with pytest.raises(InputError, match=r"about 184 s to start; expected at most 180 s"):
        deploy_archive(archive, serverless)
    assert inventory() == []


def test_no_request_is_larger_than_a_serverless_endpoint_takes() -> None:
    histories = [["é" * 100] * 1000] * 100  # 0.2 MB each
    bodies = list(query._bodies(histories))
    assert sum(count for _, count in bodies) == 100
    assert all(count <= query.MOST_HISTORIES for _, count in bodies)
    assert all(len(body) < 4 * 2**20 for body, _ in bodies)
    assert json.loads(bodies[0][0])["instances"][0] == {"song_ids": histories[0]}


def test_a_question_may_hold_half_a_surrogate_pair() -> None:
    ((body, _),) = query._bodies([["a\ud83cb", "🎵"]])
    assert json.loads(body)["instances"][0]["song_ids"] == ["a\ud83cb", "🎵"]
