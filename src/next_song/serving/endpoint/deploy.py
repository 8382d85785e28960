"""Deploys an archive that was exported and verified."""

from datetime import UTC, datetime
from posixpath import basename
from typing import Any

from next_song.errors import InputError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.guardrails import alarm_names, check_shift, guarded, in_words
from next_song.serving.endpoint.hosted import check_name
from next_song.serving.endpoint.image import check_exists, check_version, image_uri
from next_song.serving.endpoint.inventory import hosting
from next_song.serving.endpoint.limits import check_limits
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.smoke import Smoke, smoke_of
from next_song.serving.endpoint.standing import standing
from next_song.serving.endpoint.store import Store
from next_song.serving.endpoint.version import Version, role_of
from next_song.serving.manifest import Manifest


def plan_deployment(
    archive: ModelArchive, settings: Deployment, production: dict[str, float] | None = None
) -> dict[str, Any]:
    """Returns what a deployment would create, and its cost per day; nothing is created.

    Image, memory, time to start and role are checked. production: figures of the archive that the
    endpoint serves, by metric, for the tags. Raises EndpointError or InputError if archive or
    settings cannot be deployed.
    """
    version, smoke = _prepare(archive, settings, production)
    name = settings.endpoint
    with plain_errors(f"endpoint {name}"):
        before = standing(client("sagemaker"), name, 60.0 * settings.wait_minutes)
        before.check(settings)
    action = "update" if before.config else "create"
    return {
        "endpoint": name,
        "action": "none" if before.config == version.config else action,
        "model": version.model,
        "config": version.config,
        "check_endpoint": check_name(name),
        "alarms": alarm_names(name) if guarded(settings) else [],
        "traffic": in_words(settings),
        "archive": archive.url,
        "hosted": version.archive_url,
        "captured": Store(version.tags["store"]).captured if settings.data_capture else None,
        "tags": version.tags,
        **hosting(settings),
        "image": version.image,
        "smoke_query": smoke.histories[0],
    }


def deploy_archive(
    archive: ModelArchive,
    settings: Deployment,
    production: dict[str, float] | None = None,
    lineage: dict[str, Any] | None = None,
    compared: str | None = None,
) -> dict[str, Any]:
    """Deploys an archive that is in S3: first to a temporary endpoint, then to the endpoint.

    lineage: more of where the archive comes from, for its record in the store. compared: as in
    `Rollout`. Returns the names of endpoint, model and configuration. Raises EndpointError, after
    restoring everything as it was before, or InputError if archive or settings cannot be deployed.
    """
    version, smoke = _prepare(archive, settings, production)
    store = Store.beside(archive.url)
    store.keep(archive, _record(archive, version, lineage or {}))
    return Rollout(version, store, compared=compared).run(smoke)


def check_settings(place: str, settings: Deployment) -> None:
    """Raises InputError for what no archive can be deployed with: a place, a role, moves.

    place: the address of the archive, or of a folder in which it will be.
    """
    if not place.startswith("s3://"):
        raise InputError(
            f"model {place or 'archive'}: found it on this machine; expected it in S3, "
            "where SageMaker reads it: run with data_root=s3://BUCKET/PREFIX"
        )
    role_of(settings)
    check_shift(settings)


def _prepare(
    archive: ModelArchive, settings: Deployment, production: dict[str, float] | None
) -> tuple[Version, Smoke]:
    """Returns the version and its smoke query, if they can be deployed."""
    check_settings(archive.url, settings)
    check_version(settings.image, archive.manifest.tensorflow)
    smoke, load_seconds = smoke_of(archive)
    check_limits(archive, settings, load_seconds)
    image = image_uri(settings.image)
    check_exists(image)
    hosted = Store.beside(archive.url).address(archive.digest)
    tags = _tags(archive, settings, production or {})
    return Version(settings, hosted, archive.digest, image, tags), smoke


def _tags(
    archive: ModelArchive, settings: Deployment, production: dict[str, float]
) -> dict[str, str]:
    card = archive.scorecard
    metric, k = "hit_rate", max(card["hit_rate"], key=int)
    return {
        "endpoint": settings.endpoint,
        "store": Store.beside(archive.url).url,
        "run": _run(archive),
        "champion": card["model"],
        f"{metric}-{k}": f"{card[metric][k]:.4f}",
        **{f"production-{name}": f"{figure:.4f}" for name, figure in production.items()},
    }


def _run(archive: ModelArchive) -> str:
    return basename(archive.url.rsplit("/06_models/")[0].rstrip("/"))


def _record(archive: ModelArchive, version: Version, lineage: dict[str, Any]) -> dict[str, Any]:
    """Returns where an archive comes from, and who deployed it when."""
    card, manifest = archive.scorecard, archive.manifest
    return {
        "archive": archive.url,
        "digest": archive.digest,
        "run": _run(archive),
        "champion": card["model"],
        "metrics": {
            name: card[name] for name in ("queries", "hit_rate", "mrr", "ndcg") if name in card
        },
        "endpoint": version.settings.endpoint,
        "image": version.image,
        **_versions(manifest),
        **lineage,
        "by": _caller(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _caller() -> str:
    with plain_errors("sts"):
        arn: str = client("sts").get_caller_identity()["Arn"]
    return arn


def _versions(manifest: Manifest) -> dict[str, str]:
    return {"next_song": manifest.next_song, "tensorflow": manifest.tensorflow}
