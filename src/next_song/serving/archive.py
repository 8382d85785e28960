"""The archive of an exported model: a manifest, and in `1/` the SavedModel and its extras."""

import gzip
import hashlib
import json
import shutil
import tarfile
import weakref
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray

from next_song.errors import InputError
from next_song.parameters import Precision
from next_song.retrieval.setting import Score
from next_song.serving.contents import (
    EXAMPLES,
    EXTRA,
    SCORECARD,
    SONGS,
    Example,
    check_contents,
    examples_of,
    scorecard_of,
    songs_of,
)
from next_song.serving.locations import Locations
from next_song.serving.manifest import NAME, Manifest, ManifestError, shown
from next_song.serving.unpacking import unpack

if TYPE_CHECKING:
    from next_song.serving.saved_model import ServedModel

# what a file that is no archive, or a damaged one, raises
DAMAGED = (EOFError, OSError, OverflowError, ValueError, tarfile.TarError, zlib.error)
NEEDED = (
    "1/saved_model.pb",
    "1/assets.extra/arrays.json",
    "1/assets.extra/songs.parquet",
    "1/assets.extra/scorecard.json",
)


_unpacked: "weakref.WeakSet[ModelArchive]" = weakref.WeakSet()


def remove_archives() -> None:
    """Removes what is unpacked, before a process ends that runs no exit functions."""
    for archive in [*_unpacked]:
        archive.remove()


class ModelArchive:
    """An archive unpacked into a temporary folder, which is deleted with this object."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="next-song-"))
        self.url = ""  # where it is stored, if it was loaded
        self.digest = ""  # SHA-256 of the packed archive, if it was loaded
        self.precision: Precision = "float32"  # of its numbers
        self.k: int | None = None  # songs of an answer; earlier archives do not say it
        self.remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        _unpacked.add(self)

    @property
    def model(self) -> Path:
        """The folder of the SavedModel; 1 is its version, as TensorFlow Serving requires."""
        return self.folder / "1"

    def add_extras(
        self,
        songs: DuckDBPyRelation,
        scorecard: dict[str, Any],
        examples: Sequence[Example] = (),
    ) -> None:
        """Writes the songs table, the scorecard and the examples, if any, beside the model."""
        (self.folder / EXTRA).mkdir(parents=True, exist_ok=True)
        songs.write_parquet(str(self.folder / EXTRA / SONGS), compression="zstd")
        (self.folder / EXTRA / SCORECARD).write_text(json.dumps(scorecard, indent=2), "utf-8")
        if examples:
            text = json.dumps([one._asdict() for one in examples], ensure_ascii=False, indent=1)
            (self.folder / EXTRA / EXAMPLES).write_text(text, "utf-8")

    @property
    def songs(self) -> DuckDBPyRelation:
        """The songs that the model knows: song, song_id, artist, track, plays."""
        return songs_of(self.folder)

    @property
    def scorecard(self) -> dict[str, Any]:
        """The test scorecard of this model."""
        return scorecard_of(self.folder)

    @property
    def score(self) -> Score:
        """The parts of the model's score, with their weights."""
        return Locations.read(self.folder).score

    @property
    def examples(self) -> list[Example]:
        """Held-out histories to try the model on; none if the archive was written without."""
        return examples_of(self.folder)

    def answer(self, histories: list[list[str]]) -> dict[str, NDArray[Any]]:
        """Returns the model's answers, computed in a session, as TensorFlow Serving does.

        histories: lists of song ids, oldest first; at least one list. The answers are song_ids
        (q, k), scores (q, k) and known (q,), as RetrievalModel.serve describes them. Raises
        InputError if the model does not answer.
        """
        arrays = self._serve(np.array(padded(histories), dtype=object))
        decode = np.vectorize(bytes.decode, otypes=[object])
        return arrays | {"song_ids": decode(arrays["song_ids"])}

    @cached_property
    def _serve(self) -> "ServedModel":
        from next_song.serving.saved_model import (
            ServedModel,  # imports TensorFlow, which searching songs does not need
        )

        return ServedModel(self.model)

    @property
    def manifest(self) -> Manifest:
        """The manifest of the archive, after it was packed or unpacked."""
        return Manifest.read(self.folder)

    def pack(self, path: Path) -> None:
        """Writes `model.tar.gz`, the manifest first; the same files give the same bytes."""
        manifest = Manifest.of(self.folder, self.precision, self.k)
        (self.folder / NAME).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
        with (
            path.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w") as tar,
        ):
            for name in (NAME, *(member.name for member in manifest.members)):
                tar.add(self.folder / name, name, filter=_plain)

    @classmethod
    def unpack(cls, path: Path, url: str = "", name: str = "model") -> "ModelArchive":
        """Returns the archive in a `model.tar.gz`; url is its address, if path is a copy.

        name: of the parameter or option that gives it. Raises InputError if the file is no such
        archive, or has another format.
        """
        archive, named = cls(), url or str(path)
        archive.url = url
        try:
            unpack(path, archive.folder)
            manifest = archive.manifest
            manifest.check(archive.folder, NEEDED)
            check_contents(archive.folder)
        except ManifestError as error:
            raise InputError(f"{name} {named}: {error}") from error
        except DAMAGED as error:
            raise InputError(
                f"{name} {named}: found {shown(str(error))}; expected a model.tar.gz that "
                "`kedro run` exported: run it, or give the path of another one"
            ) from error
        archive.precision, archive.k = manifest.precision, manifest.k
        with path.open("rb") as file:
            archive.digest = hashlib.file_digest(file, "sha256").hexdigest()
        return archive


def padded(histories: list[list[str]]) -> list[list[str]]:
    """Returns the histories padded with "" to the same length, at least 1."""
    length = max(1, *(len(history) for history in histories))
    return [history + [""] * (length - len(history)) for history in histories]


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
