"""Back to the version that an endpoint served before."""

from typing import Any

from next_song.errors import EndpointError
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.changes import Changes
from next_song.serving.endpoint.hosted import models_of, tags_of
from next_song.serving.endpoint.lock import Lock
from next_song.serving.endpoint.smoke import Smoke, smoke_of
from next_song.serving.endpoint.standing import Standing, standing
from next_song.serving.endpoint.store import Store, load
from next_song.signals import interruptible

PATIENCE = 30 * 60.0  # seconds, for SageMaker to start the earlier model


def roll_back(endpoint: str) -> dict[str, Any]:
    """Updates an endpoint to the version before, at once, and sends it its smoke query.

    The version that it leaves becomes the one before, so a second call returns to it. Returns the
    names of endpoint, model and configuration. Raises EndpointError if there is no version before,
    or if it does not answer as its archive does; the endpoint then serves what it served.
    """
    sagemaker = client("sagemaker")
    with plain_errors(f"endpoint {endpoint}"), interruptible():
        store = tags_of(sagemaker, "endpoint", endpoint).get("store")
        if not store:
            raise _nothing(endpoint)
        with Lock(Store(store), endpoint) as lock:
            changes = Changes(sagemaker, endpoint, lock, PATIENCE)
            now = standing(sagemaker, endpoint, PATIENCE)
            models = models_of(sagemaker, now.target) if now.target else []
            if not models:
                raise _nothing(endpoint)
            versions = {"accepted": now.target, "previous": now.config, "store": store}
            tags = tags_of(sagemaker, "endpoint_config", now.target) | versions
            _switch(changes, now, _smoke(sagemaker, models[0]), tags)
    return {"endpoint": endpoint, "model": models[0], "config": now.target}


def _switch(changes: Changes, now: Standing, smoke: Smoke, tags: dict[str, str]) -> None:
    try:
        changes.update(now.target)
        smoke.ask(changes.name)
        changes.tag_version(tags, now.tags)
    except BaseException:
        changes.go_back(now.config, {now.target})
        changes.tag_version(now.tags, tags)
        raise


def _smoke(sagemaker: Any, model: str) -> Smoke:
    container = sagemaker.describe_model(ModelName=model)["PrimaryContainer"]
    return smoke_of(load(container["ModelDataUrl"]))[0]


def _nothing(endpoint: str) -> EndpointError:
    return EndpointError(
        f"endpoint {endpoint}: found no earlier version to roll back to; expected one that was "
        "deployed before: deploy the archive of an earlier run with `next-song deploy`"
    )
