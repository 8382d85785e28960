"""What an endpoint serves, and which versions of it have answered the smoke query."""

import re
from dataclasses import dataclass, field
from typing import Any

from next_song.errors import EndpointError
from next_song.evaluation.metrics import METRICS
from next_song.parameters import Deployment
from next_song.serving.endpoint.hosted import PROJECT, rested, tags_of

NONE = "none"  # the value of a tag that names no configuration, or has no figure
FIGURE = re.compile(rf"(production-)?({'|'.join(METRICS)})-\d+")


def without_figures(tags: dict[str, str]) -> dict[str, str]:
    """Returns the figures among tags as `none`: another version has others.

    A job may not delete tags.
    """
    return {name: NONE for name in tags if FIGURE.fullmatch(name)}


@dataclass(frozen=True)
class Standing:
    """An endpoint between two changes; without configuration if there is none.

    config: in use. accepted: last answered the smoke query at the endpoint. previous: before that.
    Each is the name of a configuration or empty. tags: of the endpoint.
    """

    endpoint: str = ""
    config: str = ""
    accepted: str = ""
    previous: str = ""
    serverless: bool = False
    failed: bool = False
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> set[str]:
        """The configurations that stay."""
        return {self.config, self.accepted, self.previous} - {""}

    @property
    def target(self) -> str:
        """The configuration to roll back to; empty if there is none."""
        return self.accepted if self.accepted != self.config else self.previous

    def good(self, new: str) -> str:
        """Returns the configuration to serve if a new one fails; empty: delete the endpoint.

        If the new one is in use, a killed deployment put it there, or it was accepted before. Then
        it stays, since what fails may be the network.
        """
        return self.accepted or (self.config if self.config != new else "")

    def check(self, settings: Deployment) -> None:
        """Raises EndpointError for a change between instances and serverless, in any direction.

        SageMaker rejects a change to serverless. It allows a change to instances, but rolling that
        back would need the change that it rejects.
        """
        after = bool(settings.serverless)
        if self.config and self.serverless != after:
            kinds = {True: "a serverless endpoint", False: "an endpoint on instances"}
            raise EndpointError(
                f"endpoint {self.endpoint}: found {kinds[self.serverless]}; expected "
                f"{kinds[after]} or none, since SageMaker cannot change one into the other and "
                "back: give another name, or delete it first with "
                f"`next-song delete {self.endpoint}`"
            )


def standing(sagemaker: Any, endpoint: str, seconds: float) -> Standing:
    """Waits for a change that is under way, and returns what an endpoint serves then.

    Raises EndpointError if it takes longer, if the endpoint is not of this project, or if it is in
    a state that only a person can end.
    """
    found = rested(sagemaker, endpoint, seconds)
    if found is None:
        return Standing()
    tags, status = tags_of(sagemaker, "endpoint", endpoint), found["EndpointStatus"]
    if tags.get(PROJECT["Key"]) != PROJECT["Value"]:
        raise EndpointError(
            f"endpoint {endpoint}: found one that next-song has not made; expected one with the "
            "tag project=next-song, or none: give another deployment.endpoint"
        )
    if status not in ("InService", "Failed"):
        raise EndpointError(
            f"endpoint {endpoint}: found it {status}; expected InService: delete it with "
            f"`next-song delete {endpoint}`, or give another name"
        )
    config = found["EndpointConfigName"]
    variants = found.get("ProductionVariants") or [{}]
    accepted = tags.get("accepted", config)  # earlier versions of next-song set no such tag
    return Standing(
        endpoint,
        config,
        "" if accepted == NONE else accepted,
        "" if tags.get("previous", NONE) == NONE else tags["previous"],
        "CurrentServerlessConfig" in variants[0],
        status == "Failed",
        tags,
    )
