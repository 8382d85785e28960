"""Deploys, rolls back and deletes light models, in a thread or in a process that can be killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, cast

import boto3
import botocore.retries.standard
from botocore.config import Config

from next_song.grid import base_parameters
from next_song.parameters import Deployment
from next_song.serving.endpoint import aws, hosted, lock, removal, rollback
from next_song.serving.endpoint.image import image_uri
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.smoke import Smoke
from next_song.serving.endpoint.store import Store
from next_song.serving.endpoint.version import Version
from rollout_faults.light import HISTORIES, Archive, content, right

BUCKET = "songs"
LEASE = 12.0


class Shared:
    """In place of boto3: makes each client once, since making one takes a quarter of a second."""

    lock = threading.Lock()
    clients: ClassVar[dict[tuple[str, int], Any]] = {}
    session = boto3.Session()

    class Session:
        def client(self, service: str, config: Config) -> Any:
            with Shared.lock:
                key = (service, id(config))
                if key not in Shared.clients:
                    Shared.clients[key] = Shared.session.client(service, config=config)
                return Shared.clients[key]


def without_sdk() -> ModuleType:
    """In place of SageMaker's SDK, which takes seconds to import: its calls with boto3 alone."""

    def create_model(sagemaker: Any, _: str, tags: Any, **model: Any) -> None:
        sagemaker.create_model(
            ModelName=model["name"],
            ExecutionRoleArn=model["role"],
            PrimaryContainer={"Image": model["image_uri"], "ModelDataUrl": model["model_data"]},
            Tags=tags,
        )

    module: Any = ModuleType("sdk")
    module.create_model = create_model
    module.registry = lambda region: f"763104351884.dkr.ecr.{region}.amazonaws.com"
    return cast("ModuleType", module)


def hurry() -> None:
    """Waits less than an account needs, in this process."""
    hosted.POLL_SECONDS = 0.05
    lock.LEASE_SECONDS = LEASE
    backoff: Any = botocore.retries.standard.ExponentialBackoff
    backoff.delay_amount = lambda *_: 0.02
    aws.boto3 = Shared
    sys.modules["next_song.serving.endpoint.sdk"] = without_sdk()
    rollback.load = _load  # type: ignore[assignment]
    rollback.smoke_of = lambda archive: (smoke_of(archive.name), 0.0)  # type: ignore


@dataclass(frozen=True)
class Named:
    """An archive by the name of its model."""

    name: str


def _load(url: str) -> Named:
    bucket, key = url.removeprefix("s3://").split("/", 1)
    body = (
        Shared.Session().client("s3", aws.RETRIES).get_object(Bucket=bucket, Key=key)["Body"].read()
    )
    return Named(json.loads(body)["name"])


def smoke_of(name: str) -> Smoke:
    """What a good model of this name answers."""
    return Smoke(HISTORIES, [right(name, history) for history in HISTORIES])


def settings(entry: str, role: str, **given: Any) -> Deployment:
    """Those of conf/base, on two instances."""
    conf = base_parameters()["deployment"]
    alarms = {"client_errors": 0.05, "server_errors": 0.05, "p99_ms": 10000}
    guardrails = conf["guardrails"] | {"bake_seconds": 60, "percent": 50, "alarms": alarms}
    mine = {"endpoint": entry, "role": role, "instance_count": 2, "guardrails": guardrails}
    return Deployment.model_validate(conf | mine | {"wait_minutes": 1} | given)


@dataclass(frozen=True)
class Actor:
    """Whoever changes the endpoint of an entry."""

    entry: str
    role: str
    given: tuple[tuple[str, Any], ...] = ()

    def archive(self, name: str, **fault: Any) -> Archive:
        url = f"s3://{BUCKET}/{self.entry}/runs/run-{name}/06_models/model.tar.gz"
        return Archive(url, content(name, **fault))

    def upload(self, archive: Archive) -> None:
        key = archive.url.split("/", 3)[3]
        Shared.Session().client("s3", aws.RETRIES).put_object(
            Bucket=BUCKET, Key=key, Body=archive.content
        )

    def rollout(self, archive: Archive) -> Rollout:
        chosen = settings(self.entry, self.role, **dict(self.given))
        store = Store.beside(archive.url)
        image = image_uri(chosen.image)
        tags = {"endpoint": self.entry, "store": store.url, "run": archive.url.split("/")[-3]}
        address = store.address(archive.digest)
        return Rollout(Version(chosen, address, archive.digest, image, tags), store)

    def deploy(self, name: str, **fault: Any) -> None:
        """As `deploy_archive` does."""
        archive = self.archive(name, **fault)
        rollout = self.rollout(archive)
        rollout.store.keep(archive, {"run": name})  # type: ignore[arg-type]
        rollout.run(smoke_of(name))

    def roll_back(self) -> None:
        rollback.roll_back(self.entry)

    def delete(self) -> None:
        removal.delete(self.entry)


def deploy_alone(actor: Actor, name: str) -> None:
    """Deploys in a process of its own, which hears SIGINT even if a shell started all this."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what it says when it is killed
    actor.deploy(name)


hurry()
