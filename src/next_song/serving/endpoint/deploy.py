"""Deploys an archive that was exported and verified."""

from typing import Any

from next_song.errors import InputError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.image import check_exists, check_version, image_uri
from next_song.serving.endpoint.inventory import usd_per_day
from next_song.serving.endpoint.limits import check_limits
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.smoke import smoke_of
from next_song.serving.endpoint.version import Version


def deploy_archive(archive: ModelArchive, settings: Deployment) -> dict[str, Any]:
    """Deploys an archive that is in S3, and sends the endpoint a smoke query.

    Image, memory and time to start are checked before anything is created. Returns the names of
    endpoint, model and configuration, the image, the smoke query, the hosting and its cost per day
    (None if the price is not known or depends on use). Raises EndpointError, after restoring
    everything as it was before, or InputError if archive or settings cannot be deployed.
    """
    if not archive.url.startswith("s3://"):
        raise InputError(
            f"model {archive.url or 'archive'}: found it on this machine; expected it in S3, "
            "where SageMaker reads it: run with data_root=s3://BUCKET/PREFIX"
        )
    check_version(settings.image, archive.manifest.tensorflow)
    smoke, load_seconds = smoke_of(archive)
    check_limits(archive, settings, load_seconds)
    image = image_uri(settings.image)
    check_exists(image)
    version = Version(settings, archive.url, archive.digest, image, _tags(archive, settings))
    made = Rollout(version).run(smoke) | {"archive": archive.url, "tags": version.tags}
    return made | _hosting(settings) | {"image": image, "smoke_query": smoke.histories[0]}


def _tags(archive: ModelArchive, settings: Deployment) -> dict[str, str]:
    card = archive.scorecard
    metric, k = "hit_rate", max(card["hit_rate"], key=int)
    return {
        "endpoint": settings.endpoint,
        "run": archive.url.rsplit("/06_models/")[0].rsplit("/", 1)[-1],
        "champion": card["model"],
        f"{metric}-{k}": f"{card[metric][k]:.4f}",
    }


def _hosting(settings: Deployment) -> dict[str, Any]:
    if settings.serverless:
        return {"instance": "serverless", "instances": 0, "usd_per_day": None}
    instance, count = settings.instance_type, settings.instance_count
    cost = usd_per_day(instance, count)
    return {"instance": instance, "instances": count, "usd_per_day": cost}
