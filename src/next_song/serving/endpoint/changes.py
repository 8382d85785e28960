"""Changes of an endpoint by the holder of its lock: each is looked for before it counts as failed.

A lost response means that nobody knows whether SageMaker has acted: see `aws.attempt`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from next_song.errors import EndpointError
from next_song.parameters import Autoscaling
from next_song.serving.endpoint import scaling
from next_song.serving.endpoint.aws import attempt
from next_song.serving.endpoint.hosted import (
    as_tags,
    check_name,
    configs_of,
    described,
    remove,
    rested,
    tags_of,
    tidy,
)
from next_song.serving.endpoint.lock import Lock
from next_song.serving.endpoint.standing import without_figures

How = Callable[[int | None], dict[str, Any]]


@dataclass(frozen=True)
class Changes:
    """Creates, updates and deletes an endpoint and its temporary one.

    patience: seconds that SageMaker may take for each. Each method raises EndpointError if the
    lock was lost, or if SageMaker does not do it in time.
    """

    sagemaker: Any
    name: str
    lock: Lock
    patience: float

    def change(self, call: Callable[[], Any], done: Callable[[], bool]) -> None:
        """Calls AWS if the lock is held: `aws.attempt`."""
        self.lock.check()
        attempt(call, done)

    def create(self, name: str, config: str, tags: dict[str, str]) -> None:
        """Creates an endpoint, and waits until it serves the configuration."""
        create = partial(self.sagemaker.create_endpoint, EndpointName=name, Tags=as_tags(tags))
        self.change(lambda: create(EndpointConfigName=config), lambda: self._goes_to(name, config))
        self._await(name, config, self.patience)

    def update(self, config: str, how: How | None = None, watched: float = 0) -> None:
        """Updates the endpoint, and waits until it serves the configuration.

        how: gives more arguments of UpdateEndpoint for the instances that are kept; None: those of
        the configuration. watched: seconds for which alarms watch it.
        """
        with self._unscaled() as kept:
            more = {"RetainAllVariantProperties": bool(kept)} | (how(kept) if how else {})
            update = partial(self.sagemaker.update_endpoint, EndpointName=self.name, **more)
            self.change(
                lambda: update(EndpointConfigName=config), lambda: self._goes_to(self.name, config)
            )
            self._await(self.name, config, self.patience + watched)

    @contextmanager
    def _unscaled(self) -> Iterator[int | None]:
        """Sets autoscaling aside for an update; yields the instances that are kept, None without.

        SageMaker rejects another instance type of an endpoint that is scaled.
        """
        scaled = scaling.from_tags(tags_of(self.sagemaker, "endpoint", self.name))
        if not scaled:
            yield None
            return
        self.lock.check()
        scaling.unscale(self.name)
        try:
            found = rested(self.sagemaker, self.name, self.patience) or {}
            variants = found.get("ProductionVariants") or [{}]
            yield variants[0].get("DesiredInstanceCount", 1)
        finally:
            self.scale(scaled)

    def scale(self, wanted: Autoscaling | None) -> None:
        """Has the endpoint scaled so, or not at all, if it is known to be scaled."""
        if wanted:
            self.tag(scaling.as_tag(wanted))  # first, so that it is known whatever happens
            scaling.scale(self.name, wanted)
        elif scaling.from_tags(tags_of(self.sagemaker, "endpoint", self.name)):
            self.lock.check()
            scaling.unscale(self.name)
            self.tag(scaling.as_tag(None))

    def go_back(self, good: str, mine: set[str], watched: float = 0) -> None:
        """Lets the endpoint serve a configuration at once; deletes it if `good` is empty.

        An endpoint that serves none of `mine` is left as it is: somebody else has changed it.
        """
        found = rested(self.sagemaker, self.name, self.patience + watched)
        if found is None or found["EndpointConfigName"] not in mine - {good}:
            return
        if good:
            self.update(good)
        else:
            self.delete(self.name)

    def end_check(self) -> None:
        """Deletes the temporary endpoint, if there is one."""
        name = check_name(self.name)
        found = described(self.sagemaker, name)
        if not found:
            return
        if tags_of(self.sagemaker, "endpoint", name).get("endpoint") != self.name:
            raise EndpointError(
                f"endpoint {name}: found one that does not belong to {self.name}; expected none, "
                "since deployments use this name: give another deployment.endpoint"
            )
        self.delete(name)

    def delete(self, name: str) -> None:
        """Deletes an endpoint when it does not change, and waits until it is gone."""
        if name == self.name:
            self.scale(None)
        rested(self.sagemaker, name, self.patience)
        self.lock.check()
        remove(self.sagemaker, "endpoint", name)
        rested(self.sagemaker, name, self.patience)

    def tidy(self, keep: set[str]) -> None:
        """Deletes the endpoint's configurations and models that nothing uses: `hosted.tidy`."""
        self.lock.check()
        tidy(self.sagemaker, self.name, keep)

    def tag_version(self, tags: dict[str, str], instead_of: dict[str, str]) -> None:
        """Sets tags of the version that is served; the figures of another become `none`."""
        self.tag(without_figures(instead_of) | tags)

    def tag(self, tags: dict[str, str]) -> None:
        """Sets tags of the endpoint."""
        found = self.sagemaker.describe_endpoint(EndpointName=self.name)
        self.lock.check()
        self.sagemaker.add_tags(ResourceArn=found["EndpointArn"], Tags=as_tags(tags))

    def _goes_to(self, name: str, config: str) -> bool:
        """Returns whether an endpoint has the configuration, or is being updated to it."""
        found = described(self.sagemaker, name)
        return found is not None and config in configs_of(found)

    def _await(self, name: str, config: str, seconds: float) -> None:
        found = rested(self.sagemaker, name, seconds) or {}
        if (found.get("EndpointStatus"), found.get("EndpointConfigName")) != ("InService", config):
            why = " ".join(found.get("FailureReason", "no reason is given").split())
            raise EndpointError(f"endpoint {name}: the new model did not become healthy: {why}")
