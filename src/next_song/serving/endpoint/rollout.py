"""One deployment: the endpoint comes to serve a new version, or stays as it was.

SageMaker holds all state, so a deployment can be killed at any call and repeated:

- `NAME-check`, a temporary endpoint with the same hosting, answers the smoke query before the
  new version gets traffic. One that is left by a killed deployment is deleted first.
- The tag `accepted` names the configuration that last answered the smoke query at the endpoint
  itself, `previous` the one before. A deployment was killed over a configuration that is in use and
  not accepted: if the next one fails, the endpoint goes back to the accepted one.
- Configurations and models are deleted if no endpoint uses them and no tag names them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from next_song.errors import EndpointError, InputError
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.changes import Changes
from next_song.serving.endpoint.guardrails import (
    deployment_config,
    put_alarms,
    remove_alarms,
    seconds_of_shift,
)
from next_song.serving.endpoint.hosted import check_name, tags_of
from next_song.serving.endpoint.lock import Lock
from next_song.serving.endpoint.production import served_address
from next_song.serving.endpoint.scaling import from_tags
from next_song.serving.endpoint.smoke import Smoke
from next_song.serving.endpoint.standing import NONE, Standing, standing
from next_song.serving.endpoint.store import Store
from next_song.serving.endpoint.version import Version
from next_song.signals import interruptible

logger = logging.getLogger(__name__)


@dataclass
class Rollout:
    """One deployment of a version whose archive is in the store.

    compared: the address of the archive that it was found to be no worse than, "" if none was
    served; None if it was not compared.
    """

    version: Version
    store: Store
    sagemaker: Any = field(default_factory=lambda: client("sagemaker"))
    cloudwatch: Any = field(default_factory=lambda: client("cloudwatch"))
    compared: str | None = None

    @property
    def name(self) -> str:
        """The name of the endpoint."""
        return self.version.settings.endpoint

    def run(self, smoke: Smoke) -> dict[str, Any]:
        """Deploys, lets the endpoint answer the smoke query, and deletes what is not needed."""
        patience = 60.0 * self.version.settings.wait_minutes
        self._watched = float(seconds_of_shift(self.version.settings))
        with plain_errors(f"endpoint {self.name}"), interruptible():
            # an endpoint keeps its first lock: the store of an archive may be another one
            self._home = tags_of(self.sagemaker, "endpoint", self.name).get("store", self.store.url)
            with Lock(Store(self._home), self.name) as lock:
                self._changes = Changes(self.sagemaker, self.name, lock, patience)
                before = self._begin()
                try:
                    self._deploy(before, smoke)
                    kept = self._accept(before)
                except BaseException:
                    self._restore(before)
                    raise
                self._try(lambda: self._changes.tidy(kept), "tidied up")
        return {"endpoint": self.name, "model": self.version.model, "config": self.version.config}

    def _begin(self) -> Standing:
        """Removes what a killed deployment left, and returns what the endpoint serves."""
        before = standing(self.sagemaker, self.name, self._changes.patience + self._watched)
        before.check(self.version.settings)
        self._changes.end_check()
        if before.failed:
            self._changes.delete(self.name)
            return Standing()
        self._check_compared()
        return before

    def _check_compared(self) -> None:
        """Raises InputError if another archive is served than the one it was compared with."""
        if self.compared is None:
            return
        now = served_address(self.sagemaker, self.name)
        if now not in (self.compared, self.version.archive_url):
            raise InputError(
                f"endpoint {self.name}: found {now or 'nothing'} in production, but this archive "
                f"was compared with {self.compared or 'nothing'}; expected no other "
                "deployment in the meantime: deploy again"
            )

    def _deploy(self, before: Standing, smoke: Smoke) -> None:
        self._mark = self.store.mark(self.version.archive_url)
        self.version.make(self.sagemaker, self._changes.change)
        is_new = before.config != self.version.config
        if is_new:
            self._check(smoke)
        put_alarms(self.cloudwatch, self.version.settings)
        if is_new:
            self._same_archive()
            self._roll(before)
        smoke.ask(self.name)
        self._same_archive()
        self._changes.scale(self.version.settings.autoscaling)

    def _same_archive(self) -> None:
        """Raises InputError if the archive was overwritten since the deployment began."""
        if self.store.mark(self.version.archive_url) != self._mark:
            raise InputError(
                f"model {self.version.archive_url}: found that it was overwritten while SageMaker "
                "read it; expected nobody to write there: deploy again"
            )

    def _check(self, smoke: Smoke) -> None:
        """Lets a temporary endpoint with the same hosting answer the smoke query."""
        name, version = check_name(self.name), self.version.uncaptured
        version.make(self.sagemaker, self._changes.change)
        self._changes.create(name, version.config, version.tags)
        smoke.ask(name)
        self._changes.end_check()

    def _roll(self, before: Standing) -> None:
        config, settings = self.version.config, self.version.settings
        if before.config:
            scaled = from_tags(before.tags)  # instances are kept when autoscaling ends
            kept = range(scaled.min_instances, scaled.max_instances + 1) if scaled else ()
            self._watched = float(seconds_of_shift(settings, kept))
            self._changes.update(config, partial(deployment_config, settings), self._watched)
        else:
            tags = self.version.tags | {"accepted": NONE, "store": self._home}
            self._changes.create(self.name, config, tags)

    def _accept(self, before: Standing) -> set[str]:
        """Tags the endpoint, and returns the configurations to keep: this and the one before."""
        config = self.version.config
        earlier = before.accepted if before.accepted not in ("", config) else before.previous
        versions = {"accepted": config, "previous": earlier or NONE, "store": self._home}
        self._changes.tag_version(self.version.tags | versions, before.tags)
        return {config, earlier} - {""}

    def _restore(self, before: Standing) -> None:
        """Lets the earlier version answer again, and deletes what this deployment has made."""
        new = self.version.config
        mine = {new, before.config}
        self._try(self._changes.end_check, "restored")
        self._try(lambda: self._changes.go_back(before.good(new), mine, self._watched), "restored")
        if before.config:
            self._try(lambda: self._changes.scale(from_tags(before.tags)), "restored")
            tag = self._changes.tag_version
            self._try(lambda: tag(before.tags, self.version.tags), "restored")
        else:
            self._try(lambda: remove_alarms(self.cloudwatch, self.name), "tidied up")
        self._try(lambda: self._changes.tidy(before.kept), "tidied up")

    def _try(self, step: Callable[[], Any], what: str) -> None:
        try:
            step()
        except (ClientError, BotoCoreError, EndpointError) as error:
            logger.warning("endpoint %s was not %s: %s", self.name, what, error)
