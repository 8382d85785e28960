"""A version of an endpoint: a SageMaker model and the configuration that hosts it.

Names are derived from the endpoint, the archive, the image and the hosting, so deploying the same
version again finds everything in place.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import InputError
from next_song.parameters import Deployment
from next_song.serving.endpoint.aws import is_missing
from next_song.serving.endpoint.inventory import as_tags


@dataclass(frozen=True)
class Version:
    """An archive in S3, by address and SHA-256, with its serving image and its hosting."""

    settings: Deployment
    archive_url: str
    digest: str
    image: str
    tags: dict[str, str]

    @property
    def model(self) -> str:
        """The name of the SageMaker model: one for each archive, address and image."""
        place = sha256(f"{self.archive_url} {self.image}".encode()).hexdigest()[:6]
        return f"{self.settings.endpoint}-{self.digest[:12]}-{place}"

    @property
    def config(self) -> str:
        """The name of the endpoint configuration: one for each model and hosting."""
        hosting = sha256(repr(self._variant()).encode()).hexdigest()[:6]
        return f"{self.model}-{hosting}"

    def make(self, sagemaker: Any) -> Iterator[tuple[str, str]]:
        """Creates the model and the configuration, unless they exist.

        Yields, after each, the action that would undo it and the name.
        """
        if not _exists(sagemaker.describe_model, ModelName=self.model):
            self._create_model(sagemaker)
            yield "delete_model", self.model
        if not _exists(sagemaker.describe_endpoint_config, EndpointConfigName=self.config):
            sagemaker.create_endpoint_config(
                EndpointConfigName=self.config,
                ProductionVariants=[self._variant()],
                Tags=as_tags(self.tags),
            )
            yield "delete_endpoint_config", self.config

    def _create_model(self, sagemaker: Any) -> None:
        from next_song.serving.endpoint.sdk import create_model  # takes seconds

        create_model(
            sagemaker,
            self.settings.instance_type,
            as_tags(self.tags),
            name=self.model,
            model_data=self.archive_url,
            image_uri=self.image,
            role=_role(self.settings),
        )

    def _variant(self) -> dict[str, Any]:
        variant = {"VariantName": "AllTraffic", "ModelName": self.model}
        if self.settings.serverless:
            serverless = self.settings.serverless
            return variant | {
                "ServerlessConfig": {
                    "MemorySizeInMB": serverless.memory_mib,
                    "MaxConcurrency": serverless.max_concurrency,
                }
            }
        return variant | {
            "InstanceType": self.settings.instance_type,
            "InitialInstanceCount": self.settings.instance_count,
        }


def _exists(describe: Any, **name: str) -> bool:
    try:
        describe(**name)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def _role(settings: Deployment) -> str:
    role = settings.role or os.environ.get("SAGEMAKER_ROLE", "")
    if not role.startswith("arn:"):
        raise InputError(
            f"deployment.role: found {role!r}; expected the ARN of the role that SageMaker runs "
            "the model with: set it in conf/aws, or in SAGEMAKER_ROLE"
        )
    return role
