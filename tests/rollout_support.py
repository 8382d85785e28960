"""Rollouts of archives that lie in the stand-in's S3."""

from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.image import image_uri
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.store import Store
from next_song.serving.endpoint.version import Version


def rollout_of(archive: ModelArchive, settings: Deployment, url: str = "") -> Rollout:
    """What `deploy_archive` would do with an archive, or with what is at another address."""
    image, store = image_uri(settings.image), Store.beside(archive.url)
    store.keep(archive, {})
    tags = {"endpoint": "tested", "store": store.url}
    address = url or store.address(archive.digest)
    return Rollout(Version(settings, address, archive.digest, image, tags), store)
