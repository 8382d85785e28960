"""Models and an endpoint of the stand-in, and questions to it."""

from __future__ import annotations

import gzip
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stand_in_support import Cloud, until

from localaws import images

NAME = "scores"
IMAGE = f"{images.REGISTRY}.dkr.ecr.us-east-1.amazonaws.com/{images.REPOSITORY}:{images.TAGS[-1]}"


class Models:
    """Archives, models and one endpoint of the stand-in."""

    def __init__(self, cloud: Cloud):
        self.cloud, self.bucket = cloud, cloud.environment["LOCALAWS_BUCKET"]
        self.sagemaker, self.s3 = cloud.client("sagemaker"), cloud.client("s3")
        self.runtime = cloud.client("sagemaker-runtime")

    def upload(self, name: str, content: bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=name, Body=content)
        return f"s3://{self.bucket}/{name}"

    def create(self, name: str, data: str, **variant: Any) -> None:
        """A model and an endpoint configuration of one name."""
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.cloud.environment["SAGEMAKER_ROLE"],
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": data},
        )
        instance = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        whole = {"VariantName": "AllTraffic", "ModelName": name, **instance, **variant}
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[whole])

    def update(self, config: str) -> dict[str, Any]:
        """Update the endpoint, and wait until it is settled."""
        self.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=config)
        return self.settled()

    def describe(self) -> dict[str, Any]:
        return self.sagemaker.describe_endpoint(EndpointName=NAME)

    def endpoints(self, name: str) -> list[dict[str, Any]]:
        return self.sagemaker.list_endpoints(NameContains=name)["Endpoints"]

    def settled(self) -> dict[str, Any]:
        until(lambda: self.describe()["EndpointStatus"] in ("InService", "Failed"), 300)
        return self.describe()

    def invoke(self, body: Any, kind: str = "application/json") -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.runtime.invoke_endpoint(EndpointName=NAME, ContentType=kind, Body=raw)
        return json.loads(answer["Body"].read())


@contextmanager
def load(models: Models, clients: int) -> Iterator[list[float]]:
    """Ask all the time, from several threads; yields the scores of "ab" as they come in."""
    scores: list[float] = []
    failures: list[Exception] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                scores.append(models.invoke({"instances": [["ab"]]})["predictions"][0]["score"][0])
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield scores
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


def tar(size: int, claimed: int | None = None) -> bytes:
    """An archive of one file that is no model; ``claimed`` is the size its header tells."""
    info = tarfile.TarInfo("readme")
    info.size = claimed or size
    return gzip.compress(info.tobuf() + bytes(size).ljust(1024 + 512, b"\0"))
