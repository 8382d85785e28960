"""The stand-in of AWS in this process, with light models and faults."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from localaws import hosting, images, model_registry, runtime, scaling
from localaws.control import REGION
from localaws.lock import OneAtATime
from rollout_faults import light
from rollout_faults.faults import Faults

BUCKET = "songs"
PACE = 0.004  # of a minute of baking: 0.24 s


@dataclass(frozen=True)
class Stage:
    """Where entries run."""

    faults: Faults
    role: str


@contextmanager
def stage() -> Iterator[Stage]:
    """Serves AWS on 127.0.0.1, and leads this process's AWS clients there."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    runtime.TIMEOUT = 6.0
    moto = DomainDispatcherApplication(create_backend_app)
    faults = Faults(runtime.Runtime(OneAtATime(moto), DEFAULT_ACCOUNT_ID, REGION))
    # a lock of its own: in a request of SageMaker, the stand-in asks S3
    objects = faults.beside(OneAtATime(moto, threading.RLock()))
    with ExitStack() as stack:
        port = stack.enter_context(light.serving())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = [stack.enter_context(served(app)) for app in (faults, objects)]
        os.environ.update(environment(*urls, folder))
        images.install()
        model_registry.install()
        scaling.install()
        s3: Any = boto3.client("s3")
        hosting.install(light.LightHost(folder, s3, port, pace=PACE))
        s3.create_bucket(Bucket=BUCKET)
        trust = {"RoleName": "model", "AssumeRolePolicyDocument": "{}"}
        yield Stage(faults, boto3.client("iam").create_role(**trust)["Role"]["Arn"])


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address at which an application is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def environment(url: str, s3_url: str, folder: Path) -> dict[str, str]:
    """What AWS clients need to find the stand-in, and nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_S3": s3_url,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "no_proxy": "127.0.0.1,localhost",
    }
