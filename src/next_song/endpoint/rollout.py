"""One deployment: create the endpoint, or update it in place, or leave it as it was.

Names are made of the endpoint, the archive and how it is hosted, so that deploying the same
once more finds everything done. Whatever goes wrong, what this call made is removed again.
"""

import logging
import os
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from next_song.endpoint.aws import client, is_missing, plain_errors
from next_song.endpoint.inventory import as_tags, belongings, describe, remove
from next_song.endpoint.smoke import Smoke
from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment

logger = logging.getLogger(__name__)

FRAMEWORK_VERSION = "2.19"
POLL_SECONDS = 5.0
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


@dataclass
class Rollout:
    """One deployment: what is wanted, and what of it this call has made."""

    settings: Deployment
    archive_url: str
    digest: str
    tags: dict[str, str]
    sagemaker: Any = field(default_factory=lambda: client("sagemaker"))
    made: list[tuple[str, str]] = field(default_factory=list)

    @property
    def model(self) -> str:
        """Name of the SageMaker model: one for each archive at its place."""
        place = sha256(self.archive_url.encode()).hexdigest()[:6]
        return f"{self.settings.endpoint}-{self.digest[:12]}-{place}"

    @property
    def config(self) -> str:
        """Name of the endpoint configuration: one for each model and way to host it."""
        hosting = sha256(repr(self._variant()).encode()).hexdigest()[:6]
        return f"{self.model}-{hosting}"

    def run(self, smoke: Smoke) -> dict[str, Any]:
        """Deploy, ask the smoke query, and remove what is no longer used."""
        name = self.settings.endpoint
        with plain_errors(f"endpoint {name}"):
            before = self._settled()
            try:
                self._make()
                if before != self.config:
                    self._roll(before)
                smoke.ask(name)
            except BaseException:
                self._undo()
                raise
            self._remove_older()
        return {"endpoint": name, "model": self.model, "config": self.config}

    def _settled(self) -> str | None:
        """The configuration in use, None if there is no endpoint. A failed one is removed."""
        found = describe(self.sagemaker, self.settings.endpoint)
        if found is None:
            return None
        if found["EndpointStatus"] in BUSY:
            raise EndpointError(
                f"endpoint {self.settings.endpoint}: found it {found['EndpointStatus']}; expected "
                "InService: another deployment is under way, try again when it has ended"
            )
        if found["EndpointStatus"] == "Failed":
            self._delete_endpoint()
            return None
        config: str = found["EndpointConfigName"]
        return config

    def _make(self) -> None:
        if not self._exists("describe_model", ModelName=self.model):
            self._create_model()
            self.made.append(("delete_model", self.model))
        if not self._exists("describe_endpoint_config", EndpointConfigName=self.config):
            self.sagemaker.create_endpoint_config(
                EndpointConfigName=self.config,
                ProductionVariants=[self._variant()],
                Tags=as_tags(self.tags),
            )
            self.made.append(("delete_endpoint_config", self.config))

    def _create_model(self) -> None:
        # v2 is what has TensorFlowModel
        os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
        from sagemaker.session import Session  # takes seconds
        from sagemaker.tensorflow.model import TensorFlowModel

        bucket = self.archive_url.removeprefix("s3://").split("/")[0]
        session = Session(sagemaker_client=self.sagemaker, default_bucket=bucket)
        model = TensorFlowModel(
            model_data=self.archive_url,
            role=_role(self.settings),
            framework_version=FRAMEWORK_VERSION,
            name=self.model,
            sagemaker_session=session,
        )
        model.create(instance_type=self.settings.instance_type, tags=as_tags(self.tags))

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

    def _roll(self, before: str | None) -> None:
        """Create or update, and wait until the endpoint serves this configuration."""
        name = self.settings.endpoint
        if before is None:
            self.sagemaker.create_endpoint(
                EndpointName=name, EndpointConfigName=self.config, Tags=as_tags(self.tags)
            )
            self.made.append(("delete_endpoint", name))
        else:
            self.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=self.config)
            self.made.append(("restore", before))
        self._await(self.config)
        found = self.sagemaker.describe_endpoint(EndpointName=name)
        self.sagemaker.add_tags(ResourceArn=found["EndpointArn"], Tags=as_tags(self.tags))

    def _await(self, config: str) -> None:
        name = self.settings.endpoint
        deadline = time.monotonic() + 60 * self.settings.wait_minutes
        while (found := describe(self.sagemaker, name)) and found["EndpointStatus"] in BUSY:
            if time.monotonic() > deadline:
                raise EndpointError(
                    f"endpoint {name}: found it {found['EndpointStatus']} after "
                    f"{self.settings.wait_minutes} minutes; expected InService: see its logs"
                )
            time.sleep(POLL_SECONDS)
        if not found or (found["EndpointStatus"], found["EndpointConfigName"]) != (
            "InService",
            config,
        ):
            why = (found or {}).get("FailureReason", "it is gone")
            raise EndpointError(
                f"endpoint {name}: the new model did not become healthy: {' '.join(why.split())}"
            )

    def _undo(self) -> None:
        """Leave nothing of what this call made, and the earlier model answering."""
        for action, name in reversed(self.made):
            try:
                if action == "restore":
                    self._restore(name)
                elif action == "delete_endpoint":
                    self._delete_endpoint()
                else:
                    remove(self.sagemaker, action, name)
            except (ClientError, EndpointError) as error:
                logger.warning("%s %s was not undone: %s", action, name, error)

    def _restore(self, config: str) -> None:
        name = self.settings.endpoint
        self._await_rest()
        found = describe(self.sagemaker, name)
        if found and found["EndpointConfigName"] != config:
            self.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
            self._await(config)

    def _await_rest(self) -> None:
        """Wait until the endpoint takes orders again."""
        deadline = time.monotonic() + 60 * self.settings.wait_minutes
        while (found := describe(self.sagemaker, self.settings.endpoint)) and (
            found["EndpointStatus"] in BUSY and time.monotonic() < deadline
        ):
            time.sleep(POLL_SECONDS)

    def _delete_endpoint(self) -> None:
        self._await_rest()
        remove(self.sagemaker, "delete_endpoint", self.settings.endpoint)
        self._await_rest()

    def _remove_older(self) -> None:
        """Configurations and models of this endpoint that it no longer uses."""
        for kind, name in belongings(self.sagemaker, self.settings.endpoint):
            if name not in (self.config, self.model):
                remove(self.sagemaker, f"delete_{kind}", name)

    def _exists(self, call: str, **name: str) -> bool:
        try:
            getattr(self.sagemaker, call)(**name)
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
