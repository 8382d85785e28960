"""One deployment: it creates or updates the endpoint, or leaves it as it was."""

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import EndpointError
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.inventory import as_tags, belongings, describe, remove
from next_song.serving.endpoint.smoke import Smoke
from next_song.serving.endpoint.version import Version

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


@dataclass
class Rollout:
    """One deployment: the version to deploy, and what this deployment has created so far.

    If anything fails, everything that the deployment created is deleted again.
    """

    version: Version
    sagemaker: Any = field(default_factory=lambda: client("sagemaker"))
    made: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the endpoint."""
        return self.version.settings.endpoint

    def run(self, smoke: Smoke) -> dict[str, Any]:
        """Deploys, sends the smoke query, and deletes what is no longer used."""
        model, config = self.version.model, self.version.config
        with plain_errors(f"endpoint {self.name}"):
            before = self._settled()
            try:
                for done in self.version.make(self.sagemaker):
                    self.made.append(done)  # one by one, since the next may fail
                if before != config:
                    self._roll(before)
                smoke.ask(self.name)
            except BaseException:
                self._undo()
                raise
            self._remove_older()
        return {"endpoint": self.name, "model": model, "config": config}

    def _settled(self) -> str | None:
        """Returns the configuration in use, None without endpoint; deletes a failed endpoint."""
        found = describe(self.sagemaker, self.name)
        if found is None:
            return None
        if found["EndpointStatus"] in BUSY:
            raise EndpointError(
                f"endpoint {self.name}: found it {found['EndpointStatus']}; expected InService: "
                "another deployment is under way, try again when it has ended"
            )
        if found["EndpointStatus"] == "Failed":
            self._delete_endpoint()
            return None
        if found["EndpointStatus"] != "InService":
            raise EndpointError(
                f"endpoint {self.name}: found it {found['EndpointStatus']}; expected InService: "
                f"delete it with `next-song delete {self.name}`, or give another name"
            )
        self._keeps_its_hosting(found)
        config: str = found["EndpointConfigName"]
        return config

    def _keeps_its_hosting(self, found: dict[str, Any]) -> None:
        """Raises EndpointError for a change between instances and serverless, in any direction.

        SageMaker rejects a change to serverless. It allows a change to instances, but rolling that
        back would need the change that it rejects.
        """
        variants = found.get("ProductionVariants") or [{}]
        before = "CurrentServerlessConfig" in variants[0]
        after = bool(self.version.settings.serverless)
        if before != after:
            kinds = {True: "a serverless endpoint", False: "an endpoint on instances"}
            raise EndpointError(
                f"endpoint {self.name}: found {kinds[before]}; expected {kinds[after]} or none, "
                "since SageMaker cannot change one into the other and back: give another name, or "
                f"delete it first with `next-song delete {self.name}`"
            )

    def _roll(self, before: str | None) -> None:
        """Creates or updates the endpoint, and waits until it serves this configuration."""
        config, tags = self.version.config, as_tags(self.version.tags)
        if before is None:
            self.sagemaker.create_endpoint(
                EndpointName=self.name, EndpointConfigName=config, Tags=tags
            )
            self.made.append(("delete_endpoint", self.name))
        else:
            self.sagemaker.update_endpoint(EndpointName=self.name, EndpointConfigName=config)
            self.made.append(("restore", before))
        self._await(config)
        found = self.sagemaker.describe_endpoint(EndpointName=self.name)
        self.sagemaker.add_tags(ResourceArn=found["EndpointArn"], Tags=tags)

    def _await(self, config: str) -> None:
        """Waits until the endpoint serves the configuration, or raises EndpointError."""
        found = self._rested()
        if found and found["EndpointStatus"] in BUSY:
            raise EndpointError(
                f"endpoint {self.name}: found it {found['EndpointStatus']} after "
                f"{self.version.settings.wait_minutes} minutes; expected InService: see its logs"
            )
        if not found or (found["EndpointStatus"], found["EndpointConfigName"]) != (
            "InService",
            config,
        ):
            why = (found or {}).get("FailureReason", "it is gone")
            raise EndpointError(
                f"endpoint {self.name}: the new model did not become healthy: "
                f"{' '.join(why.split())}"
            )

    def _rested(self) -> dict[str, Any] | None:
        """Waits until no change is in progress, or until a timeout; returns the description."""
        deadline = time.monotonic() + 60 * self.version.settings.wait_minutes
        while (found := describe(self.sagemaker, self.name)) and (
            found["EndpointStatus"] in BUSY and time.monotonic() < deadline
        ):
            time.sleep(POLL_SECONDS)
        return found

    def _undo(self) -> None:
        """Deletes what this deployment created, and lets the earlier model answer again."""
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
                if action == "restore":
                    return  # the endpoint still uses what would be deleted next

    def _restore(self, config: str) -> None:
        found = self._rested()
        if found and found["EndpointConfigName"] != config:
            self.sagemaker.update_endpoint(EndpointName=self.name, EndpointConfigName=config)
            self._await(config)

    def _delete_endpoint(self) -> None:
        self._rested()
        remove(self.sagemaker, "delete_endpoint", self.name)
        self._rested()

    def _remove_older(self) -> None:
        """Deletes configurations and models that the endpoint no longer uses."""
        for kind, name in belongings(self.sagemaker, self.name):
            if name not in (self.version.config, self.version.model):
                remove(self.sagemaker, f"delete_{kind}", name)
