"""The archive of an exported model: a manifest, and in `1/` the SavedModel and its extras."""

import gzip
import hashlib
import json
import shutil
import weakref
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Precision
from next_song.retrieval.setting import Score
from next_song.serving.locations import Locations
from next_song.serving.manifest import NAME, Manifest, ManifestError, shown

if TYPE_CHECKING:
    from next_song.serving.saved_model import ServedModel

try:  # installed for Python before 3.11.4, whose own lacks the filters that make extracting safe
    from backports import tarfile
except ImportError:
    import tarfile

EXTRA = Path("1") / "assets.extra"
NEEDED = (
    "1/saved_model.pb",
    "1/assets.extra/arrays.json",
    "1/assets.extra/songs.parquet",
    "1/assets.extra/scorecard.json",
)
EXAMPLES = "examples.json"  # not needed: archives of earlier versions have none


class Example(NamedTuple):
    """A held-out history of song ids, oldest first, and the id of the song that came next."""

    history: list[str]
    target: str


class ModelArchive:
    """An archive unpacked into a temporary folder, which is deleted with this object."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="next-song-"))
        self.url = ""  # where it is stored, if it was loaded
        self.digest = ""  # SHA-256 of the packed archive, if it was loaded
        self.precision: Precision = "float32"  # of its numbers
        self.k: int | None = None  # songs of an answer; earlier archives do not say it
        self.remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

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
        songs.write_parquet(str(self.folder / EXTRA / "songs.parquet"), compression="zstd")
        text = json.dumps(scorecard, indent=2)
        (self.folder / EXTRA / "scorecard.json").write_text(text, "utf-8")
        if examples:
            text = json.dumps([one._asdict() for one in examples], ensure_ascii=False, indent=1)
            (self.folder / EXTRA / EXAMPLES).write_text(text, "utf-8")

    @property
    def songs(self) -> DuckDBPyRelation:
        """The songs that the model knows: song, song_id, artist, track, plays."""
        return sql.connection().read_parquet(str(self.folder / EXTRA / "songs.parquet"))

    @property
    def scorecard(self) -> dict[str, Any]:
        """The test scorecard of this model."""
        card: dict[str, Any] = json.loads((self.folder / EXTRA / "scorecard.json").read_bytes())
        return card

    @property
    def score(self) -> Score:
        """The parts of the model's score, with their weights."""
        return Locations.read(self.folder).score

    @property
    def examples(self) -> list[Example]:
        """Held-out histories to try the model on; none if the archive was written without."""
        path = self.folder / EXTRA / EXAMPLES
        return [Example(**one) for one in json.loads(path.read_bytes())] if path.is_file() else []

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
    def unpack(cls, path: Path, url: str = "") -> "ModelArchive":
        """Returns the archive in a `model.tar.gz`; url is its address, if path is a copy.

        Raises InputError if the file is no such archive, or has another format.
        """
        archive, named = cls(), url or str(path)
        archive.url = url
        try:
            with gzip.open(path) as unzipped, tarfile.open(fileobj=unzipped, mode="r:") as tar:
                tar.extractall(archive.folder, _files(tar), filter="data")
                while unzipped.read(2**20):  # to the end, where the checksum is
                    pass
            manifest = archive.manifest
            manifest.check(archive.folder, NEEDED)
        except ManifestError as error:
            raise InputError(f"model {named}: {error}") from error
        except (OSError, EOFError, ValueError, OverflowError, tarfile.TarError) as error:
            raise InputError(
                f"model {named}: found {shown(str(error))}; expected a model.tar.gz that "
                "`kedro run` exported: run it, or give the path with --model"
            ) from error
        archive.precision, archive.k = manifest.precision, manifest.k
        with path.open("rb") as file:
            archive.digest = hashlib.file_digest(file, "sha256").hexdigest()
        return archive

    def __deepcopy__(self, _: Any) -> "ModelArchive":
        copy = ModelArchive()
        copy.url, copy.digest = self.url, self.digest
        copy.precision, copy.k = self.precision, self.k
        shutil.copytree(self.folder, copy.folder, dirs_exist_ok=True)
        return copy


def padded(histories: list[list[str]]) -> list[list[str]]:
    """Returns the histories padded with "" to the same length, at least 1."""
    length = max(1, *(len(history) for history in histories))
    return [history + [""] * (length - len(history)) for history in histories]


def _files(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in tar:
        if not (member.isfile() or member.isdir()):
            raise tarfile.TarError(f"{member.name}, which is neither file nor folder")
        yield member


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
