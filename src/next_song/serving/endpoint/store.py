"""Deployed archives: copies on which endpoints depend, so that folders of runs can be deleted."""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from posixpath import basename
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from next_song.errors import InputError
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client, plain_errors

BLOCK = 2**20
MISSING = ("NoSuchKey", "404", "NotFound")


@dataclass(frozen=True)
class Store:
    """The folder `models` beside the folder of all runs, s3://BUCKET/PREFIX/models.

    It is not in that folder, whose old runs the stack of infrastructure/next_song.yml deletes.

    It holds `<digest>.tar.gz`, an archive by its SHA-256; `<digest>.json`, where it came from; and
    `locks/<endpoint>.json`.
    """

    url: str

    @classmethod
    def beside(cls, archive_url: str) -> "Store":
        """Returns the store for an archive s3://BUCKET/PREFIX/RUNS/RUN/06_models/model.tar.gz."""
        bucket, *folders = filter(None, archive_url.removeprefix("s3://").split("/"))
        return cls("/".join(["s3:/", bucket, *folders[:-4], "models"]))

    @property
    def captured(self) -> str:
        """The folder beside this one, in which SageMaker keeps requests and answers."""
        return f"{self.url.rsplit('/', 1)[0]}/captured"

    @cached_property
    def s3(self) -> Any:
        """The client for all of its objects."""
        return client("s3")

    def address(self, digest: str) -> str:
        """Returns the address of the copy of an archive."""
        return f"{self.url}/{digest}.tar.gz"

    def keep(self, archive: ModelArchive, record: dict[str, Any]) -> None:
        """Copies an archive from its run unless an intact copy exists, and writes its record.

        Raises InputError if the archive is no longer what it was when it was loaded, and
        EndpointError if S3 does not copy it.
        """
        with plain_errors(f"model {archive.url}"):
            self._copy(archive)
            bucket, key = place(f"{self.url}/{archive.digest}.json")
            body = (json.dumps(record, indent=2) + "\n").encode()
            self.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")

    def _copy(self, archive: ModelArchive) -> None:
        target = self.address(archive.digest)
        if self._digest(target) == archive.digest:
            return
        source = dict(zip(("Bucket", "Key"), place(archive.url), strict=True))
        self.s3.copy(source, *place(target))
        found = self._digest(target)
        if found != archive.digest:
            raise InputError(
                f"model {archive.url}: found that its copy {target} has SHA-256 {found[:12]}; "
                f"expected {archive.digest[:12]}: the run has written its archive anew, try again"
            )

    def mark(self, url: str) -> str:
        """Returns the object's ETag, which changes with its content."""
        bucket, key = place(url)
        etag: str = self.s3.head_object(Bucket=bucket, Key=key)["ETag"]
        return etag

    def _digest(self, url: str) -> str:
        """Returns the SHA-256 of an object, empty if there is none."""
        bucket, key = place(url)
        try:
            body = self.s3.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return ""
            raise
        digest = hashlib.sha256()
        for block in body.iter_chunks(BLOCK):
            digest.update(block)
        return digest.hexdigest()


def load(url: str) -> ModelArchive:
    """Returns an archive in S3, unpacked.

    Raises EndpointError without access to it, and InputError if it is none, or if the object of a
    store does not have the SHA-256 of its name.
    """
    bucket, key = place(url)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        with plain_errors(f"model {url}"):
            client("s3").download_file(bucket, key, str(path))
        archive = ModelArchive.unpack(path, url)
    named = re.fullmatch(r"([0-9a-f]{64})\.tar\.gz", basename(key))
    if named and named[1] != archive.digest:
        raise InputError(
            f"model {url}: found SHA-256 {archive.digest[:12]}; expected {named[1][:12]}, as its "
            "name says: it was overwritten, deploy the archive of its run again"
        )
    return archive


def place(url: str) -> tuple[str, str]:
    """Returns bucket and key of an s3:// address."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
