"""A version of an endpoint: a SageMaker model and the configuration that hosts it.

Names are derived from the endpoint, the archive, the image and the hosting, so deploying the same
version again finds everything in place.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment
from next_song.serving.endpoint.capture import capture_config
from next_song.serving.endpoint.hosted import as_tags, found_or_none

Change = Callable[[Callable[[], Any], Callable[[], bool]], None]
"""A call that changes something, and what looks whether it was done: see `aws.attempt`."""


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
        """The name of the SageMaker model: one for each archive, address, image, role and VPC."""
        made_of = f"{self.archive_url} {self.image} {role_of(self.settings)} {self._vpc() or ''}"
        place = sha256(made_of.encode()).hexdigest()[:6]
        return f"{self.settings.endpoint}-{self.digest[:12]}-{place}"

    @property
    def config(self) -> str:
        """The name of the endpoint configuration: one for each model and hosting."""
        made_of = f"{self._variant()} {self._key()}"
        if captured := self._captured():
            made_of += f" {captured}"
        hosting = sha256(made_of.encode()).hexdigest()[:6]
        return f"{self.model}-{hosting}"

    @property
    def uncaptured(self) -> "Version":
        """The same version, whose requests and answers are not kept."""
        return replace(self, settings=self.settings.model_copy(update={"data_capture": None}))

    def make(self, sagemaker: Any, change: Change) -> None:
        """Creates the model and the configuration, unless they exist.

        Raises EndpointError if something else has the name.
        """
        if not self._has_model(sagemaker):
            change(lambda: self._create_model(sagemaker), lambda: self._has_model(sagemaker))
        if not self._has_config(sagemaker):
            change(lambda: self._create_config(sagemaker), lambda: self._has_config(sagemaker))

    def _has_model(self, sagemaker: Any) -> bool:
        found = found_or_none(sagemaker.describe_model, ModelName=self.model)
        if found is None:
            return False
        container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
        vpc = found.get("VpcConfig") or None
        role = found.get("ExecutionRoleArn")
        made_of = (container.get("ModelDataUrl"), container.get("Image"), role, vpc)
        expected = (self.archive_url, self.image, role_of(self.settings), self._vpc())
        _expect(f"model {self.model}", made_of, expected)
        return True

    def _has_config(self, sagemaker: Any) -> bool:
        found = found_or_none(sagemaker.describe_endpoint_config, EndpointConfigName=self.config)
        if found is None:
            return False
        variants, wanted = found["ProductionVariants"], self._variant()
        hosts = [{name: variant.get(name) for name in wanted} for variant in variants]
        _expect(f"endpoint configuration {self.config}", hosts, [wanted])
        return True

    def _create_model(self, sagemaker: Any) -> None:
        from next_song.serving.endpoint.sdk import create_model  # takes seconds

        create_model(
            sagemaker,
            self.settings.instance_type,
            as_tags(self.tags),
            name=self.model,
            model_data=self.archive_url,
            image_uri=self.image,
            role=role_of(self.settings),
            vpc_config=self._vpc(),
        )

    def _create_config(self, sagemaker: Any) -> None:
        sagemaker.create_endpoint_config(
            EndpointConfigName=self.config,
            ProductionVariants=[self._variant()],
            Tags=as_tags(self.tags),
            **self._key(),
            **self._captured(),
        )

    def _vpc(self) -> dict[str, list[str]] | None:
        vpc = self.settings.vpc
        return {"Subnets": vpc.subnets, "SecurityGroupIds": vpc.security_groups} if vpc else None

    def _key(self) -> dict[str, str]:
        return {"KmsKeyId": self.settings.kms_key} if self.settings.kms_key else {}

    def _captured(self) -> dict[str, Any]:
        return capture_config(self.settings.data_capture, self.tags.get("store", ""))

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


def role_of(settings: Deployment) -> str:
    """Returns the role that SageMaker runs the model with. Raises InputError without one."""
    role = settings.role or os.environ.get("SAGEMAKER_ROLE", "")
    if not role.startswith("arn:"):
        raise InputError(
            f"deployment.role: found {role!r}; expected the ARN of the role that SageMaker runs "
            "the model with: set it in conf/aws, or in SAGEMAKER_ROLE"
        )
    return role


def _expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise EndpointError(
            f"{what}: found {found}; expected {expected}: something else has this name, delete it "
            "or give another deployment.endpoint"
        )
