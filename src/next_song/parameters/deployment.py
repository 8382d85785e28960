"""The endpoint on SageMaker."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from next_song.parameters.base import Parameters
from next_song.versions import minor, tensorflow_version


class Serverless(Parameters):
    """SageMaker's serverless hosting: the memory of a container, and the most containers."""

    memory_mib: Literal[1024, 2048, 3072, 4096, 5120, 6144]
    max_concurrency: Annotated[int, Field(ge=1, le=200)]


class Alarms(Parameters):
    """What lets SageMaker take an update back, if a minute of it is worse than this.

    client_errors, server_errors: the share of requests that are answered with a status of 4xx or
    5xx. p99_ms: the time that the model takes for 99 of 100 requests, in milliseconds.
    """

    client_errors: Annotated[float, Field(gt=0, le=1)]
    server_errors: Annotated[float, Field(gt=0, le=1)]
    p99_ms: Annotated[float, Field(gt=0)]


class Guardrails(Parameters):
    """How traffic moves to a new model on instances, and what stops it.

    shift: `canary` moves a share of the instances and then the rest, `linear` one share after the
    other, `all_at_once` everything. percent: this share, of at least one instance. bake_seconds:
    how long the alarms watch after each move.
    """

    shift: Literal["canary", "linear", "all_at_once"]
    percent: Annotated[int, Field(ge=10, le=50)]  # SageMaker's limits
    bake_seconds: Annotated[int, Field(ge=60, le=3600)]
    alarms: Alarms


class Vpc(Parameters):
    """The subnets and security groups, by id, that the instances of an endpoint are in."""

    subnets: Annotated[list[str], Field(min_length=1, max_length=16)]
    security_groups: Annotated[list[str], Field(min_length=1, max_length=5)]


class Autoscaling(Parameters):
    """The instances that AWS adds and removes: so many as keep each at a number of invocations.

    invocations_per_instance: requests a minute, which an instance should have.
    """

    min_instances: Annotated[int, Field(ge=1)]
    max_instances: Annotated[int, Field(ge=1)]
    invocations_per_instance: Annotated[int, Field(ge=1)]


class DataCapture(Parameters):
    """Requests and answers that SageMaker keeps in S3. percent: how many of all requests."""

    percent: Annotated[int, Field(ge=1, le=100)]


class Deployment(Parameters):
    """Where and how the champion is deployed.

    image: an image of TensorFlow Serving. NAME:TAG is one of AWS's own, in the region of the
    endpoint; REGISTRY/NAME:TAG is any other. The tag begins with the version of TensorFlow. Its
    minor version must be the installed one, so that the endpoint serves what was tested.
    guardrails: of updates of an endpoint on instances; None updates all at once, without alarms.
    kms_key: the id or ARN of the key that encrypts the disks of instances; None is AWS's own.
    autoscaling: None keeps instance_count. data_capture: None keeps no request.
    """

    # names of models and configurations are longer by up to 27 characters, and at most 63
    endpoint: Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,35}$")]
    role: str | None
    image: str
    instance_type: Annotated[str, Field(pattern=r"^ml\.[a-z0-9.-]+$")]
    instance_count: Annotated[int, Field(ge=1)]
    serverless: Serverless | None
    vpc: Vpc | None
    kms_key: str | None
    autoscaling: Autoscaling | None
    data_capture: DataCapture | None
    guardrails: Guardrails | None
    wait_minutes: Annotated[int, Field(ge=1)]
    only_if_better_than_baselines: bool
    only_if_not_worse_than_production: bool

    @model_validator(mode="after")
    def _serverless_has_none(self) -> Self:
        for name in ("vpc", "kms_key", "autoscaling", "data_capture"):
            if self.serverless and getattr(self, name):
                raise ValueError(
                    f"expected {name} null with serverless: SageMaker has it for instances alone"
                )
        return self

    @model_validator(mode="after")
    def _starts_with_what_is_allowed(self) -> Self:
        if scaled := self.autoscaling:
            least, most = scaled.min_instances, scaled.max_instances
            if not least <= self.instance_count <= most:
                raise ValueError(
                    f"expected instance_count {self.instance_count}, with which an endpoint "
                    f"starts, from autoscaling.min_instances {least} to max_instances {most}"
                )
        return self

    @field_validator("image")
    @classmethod
    def _serves_what_is_installed(cls, image: str) -> str:
        if not re.fullmatch(r"([a-z0-9][a-z0-9._-]*/)*[a-z0-9._-]+:\d+\.\d+[A-Za-z0-9._-]*", image):
            raise ValueError(
                "expected NAME:TAG or REGISTRY/NAME:TAG, where the tag begins with the version of "
                f"TensorFlow, such as tensorflow-inference:{tensorflow_version()}-cpu-py312"
            )
        served, installed = minor(image.rsplit(":", 1)[1]), minor(tensorflow_version())
        if served != installed:
            raise ValueError(
                f"expected an image of TensorFlow {installed}, which requirements.lock installs "
                f"and models are tested with, not of {served}: docs/aws.md says how to move to "
                "another version"
            )
        return image
