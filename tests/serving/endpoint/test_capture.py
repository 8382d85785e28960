"""Data capture over real HTTP: what an endpoint was asked, and its hit rate online."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from rollout_support import rollout_of

from next_song.errors import InputError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.capture import capture_config
from next_song.serving.endpoint.deploy import deploy_archive, plan_deployment
from next_song.serving.endpoint.query import ask

pytestmark = pytest.mark.slow

Stored = Callable[[int], ModelArchive]
ROOT = Path(__file__).parents[3]
HISTORY = ["song 3", "song 1"]


@pytest.fixture
def kept(settings: Deployment) -> Deployment:
    return Deployment.model_validate(settings.model_dump() | {"data_capture": {"percent": 100}})


def captured(bucket: str) -> dict[str, dict[str, Any]]:
    """Each captured event, by the key of its file."""
    s3: Any = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=bucket, Prefix="captured/").get("Contents", [])
    return {
        one["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read())
        for one in found
    }


def test_answers_are_kept_and_compared_with_what_was_played_next(
    aws: Mapping[str, str], stored: Stored, kept: Deployment, tmp_path: Path
) -> None:
    bucket = aws["LOCALAWS_BUCKET"]
    assert plan_deployment(stored(1), kept)["captured"] == f"s3://{bucket}/captured"
    made = deploy_archive(stored(1), kept)
    configs = boto3.client("sagemaker").list_endpoint_configs()["EndpointConfigs"]
    assert [one["EndpointConfigName"] for one in configs] == [made["config"]]  # not the check's
    (smoke,) = captured(bucket).values()  # of the endpoint, and none of the check's
    (answer,) = ask("tested", [HISTORY], name="a person")
    events = captured(bucket)
    (key,) = [key for key, one in events.items() if one != smoke]
    assert key.startswith("captured/tested/AllTraffic/2")
    sides, metadata = events[key]["captureData"], events[key]["eventMetadata"]
    assert json.loads(sides["endpointInput"]["data"]) == {"instances": [{"song_ids": HISTORY}]}
    assert json.loads(sides["endpointOutput"]["data"]) == {"predictions": [answer]}
    assert metadata["inferenceId"] == "a person"
    plays = tmp_path / "plays.csv"
    rows = [*HISTORY, answer["song_ids"][1]]
    plays.write_text("playlist_id,song_id\n" + "".join(f"one,{song}\n" for song in rows))
    assert online(bucket, plays, 1)["hit_rate"] == {"1": 0.0}
    found = online(bucket, plays, 2)
    assert found["hit_rate"] == {"2": 1.0}
    assert (found["queries"], found["begin_no_playlist"], found["not_read"]) == (1, 0, 0)


def online(bucket: str, plays: Path, k: int) -> dict[str, Any]:
    words = ["online", "-k", str(k), f"s3://{bucket}/captured/tested", str(plays)]
    command = [sys.executable, "-c", "from next_song.cli import cli; cli()", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_folder_without_captured_files_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from next_song.cli import cli; cli()", "online"]
    words = [str(tmp_path), "plays.csv"]
    done = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: CAPTURED: found no file *.jsonl under {tmp_path}; expected")


def test_half_of_the_requests_and_another_configuration(
    stored: Stored, kept: Deployment, settings: Deployment
) -> None:
    half = Deployment.model_validate(kept.model_dump() | {"data_capture": {"percent": 50}})
    versions = [rollout_of(stored(1), one).version for one in (settings, kept, half)]
    assert len({version.model for version in versions}) == 1
    assert len({version.config for version in versions}) == 3
    assert {version.uncaptured.config for version in versions} == {versions[0].config}
    store = versions[2].tags["store"]
    found = capture_config(half.data_capture, store)["DataCaptureConfig"]
    assert found["InitialSamplingPercentage"] == 50
    assert [option["CaptureMode"] for option in found["CaptureOptions"]] == ["Input", "Output"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"serverless": {"memory_mib": 2048, "max_concurrency": 3}}, "data_capture null with serv"),
        ({"data_capture": {"percent": 0}}, "data_capture.percent"),
    ],
)
def test_what_cannot_be_captured(kept: Deployment, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Deployment.model_validate(kept.model_dump() | given)
