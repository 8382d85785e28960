"""A stand-in of AWS for these tests, and small archives in its S3."""

import signal
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import numpy as np
import pytest
from stand_in_support import exported, start

from next_song import sql
from next_song.datasets.model_archive import ModelArchiveDataset
from next_song.grid import base_parameters
from next_song.parameters import Deployment
from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.serving import graph
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import hosted, lock
from next_song.serving.endpoint.removal import delete
from next_song.serving.vocabulary import Vocabulary

SONGS = 12


@pytest.fixture(scope="package")
def aws() -> Iterator[Mapping[str, str]]:
    """This process's environment is that of a command under `localaws run`."""
    process = start("up", "--slots", "2")
    environment = exported(process)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(hosted, "POLL_SECONDS", 0.2)
        patch.setattr(lock, "LEASE_SECONDS", 10.0)
        yield environment
    process.send_signal(signal.SIGTERM)
    process.communicate()


def small_archive(seed: int) -> ModelArchive:
    """Twelve songs with random vectors."""
    random = np.random.default_rng(seed)
    space = SongSpace(
        random.standard_normal((SONGS, 4), np.float32),
        random.standard_normal((SONGS, 4), np.float32),
        np.arange(SONGS, 0, -1),
    )
    part = VectorsPart(kind="vectors", decay=0.5, weight=1)
    setting = Score(repeats=False, parts={"space": part})
    archive = ModelArchive()
    index = build_index(space, NO_PAIRS, np.zeros((2, SONGS)), setting)
    vocabulary = Vocabulary([f"song {number}" for number in range(SONGS)])
    archive.k = 5
    graph.export(index, vocabulary, archive.k, archive.model)
    songs = sql.connection().sql(
        "select range as song, 'song ' || range as song_id, null as artist, null as track, "
        "$songs - range as plays, 0 as recent_plays from range($songs)",
        params={"songs": SONGS},
    )
    archive.add_extras(songs, {"model": f"candidate {seed}", "hit_rate": {"10": 0.5}})
    return archive


@pytest.fixture(scope="session")
def small() -> Callable[[int], ModelArchive]:
    """Makes an archive anew; the same seed, the same archive."""
    return small_archive


@pytest.fixture(scope="package")
def stored(aws: Mapping[str, str]) -> Callable[[int], ModelArchive]:
    """The archive of a seed, as it is loaded from S3."""
    made: dict[int, ModelArchive] = {}

    def archive(seed: int) -> ModelArchive:
        if seed not in made:
            url = f"s3://{aws['LOCALAWS_BUCKET']}/run-{seed}/06_models/model.tar.gz"
            dataset = ModelArchiveDataset(filepath=url)
            dataset.save(small_archive(seed))
            made[seed] = dataset.load()
        return made[seed]

    return archive


@pytest.fixture(scope="package")
def settings() -> Deployment:
    """Those of conf/base, with alarms that watch for a minute, 0.6 s here."""
    conf = base_parameters()["deployment"]
    guardrails = conf["guardrails"] | {"bake_seconds": 60}
    guardrails["alarms"] = guardrails["alarms"] | {"p99_ms": 30000}  # on a busy machine
    given = {"endpoint": "tested", "wait_minutes": 5, "guardrails": guardrails}
    return Deployment.model_validate(conf | given)


@pytest.fixture
def inventory(aws: Mapping[str, str]) -> Callable[[], list[str]]:
    """Names of all endpoints, configurations and models that there are."""

    def names() -> list[str]:
        sagemaker: Any = boto3.client("sagemaker")
        return [
            *(one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]),
            *(
                one["EndpointConfigName"]
                for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]
            ),
            *(one["ModelName"] for one in sagemaker.list_models()["Models"]),
        ]

    return names


@pytest.fixture(autouse=True)
def _nothing_more_stays(inventory: Callable[[], list[str]]) -> Iterator[None]:
    before = inventory()
    yield
    if inventory() != before:
        delete("tested")
    assert inventory() == before
