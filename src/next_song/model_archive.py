"""An exported model: `1/` with the SavedModel, its songs table and its scorecard."""

import gzip
import hashlib
import json
import shutil
import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray

from next_song import sql
from next_song.errors import InputError

try:  # installed where Python's own, before 3.11.4, lacks the filters that make extracting safe
    from backports import tarfile
except ImportError:
    import tarfile

EXTRA = Path("1") / "assets.extra"


class ModelArchive:
    """A folder of its own, gone with this object, that holds `1/` as `model.tar.gz` does."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="next-song-"))
        self.url = ""  # where it is stored, once it was loaded from there
        self.digest = ""  # SHA-256 of the packed archive, likewise
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def model(self) -> Path:
        """Folder of the SavedModel; 1 is its version, as TensorFlow Serving wants."""
        return self.folder / "1"

    def add_extras(self, songs: DuckDBPyRelation, scorecard: dict[str, Any]) -> None:
        """Put the songs table and the scorecard beside the model."""
        (self.folder / EXTRA).mkdir(parents=True, exist_ok=True)
        songs.write_parquet(str(self.folder / EXTRA / "songs.parquet"), compression="zstd")
        text = json.dumps(scorecard, indent=2)
        (self.folder / EXTRA / "scorecard.json").write_text(text, "utf-8")

    @property
    def songs(self) -> DuckDBPyRelation:
        """The songs that the model knows: song, song_id, artist, track, plays."""
        return sql.connection().read_parquet(str(self.folder / EXTRA / "songs.parquet"))

    @property
    def scorecard(self) -> dict[str, Any]:
        """The test scorecard of this model."""
        card: dict[str, Any] = json.loads((self.folder / EXTRA / "scorecard.json").read_bytes())
        return card

    def answer(self, histories: list[list[str]]) -> dict[str, NDArray[Any]]:
        """Ask the model: lists of song ids, oldest first, at least one list.

        Returns song_ids (q, k), scores (q, k) and known (q,), as RetrievalModel.serve says.
        """
        length = max(1, *(len(history) for history in histories))
        padded = [history + [""] * (length - len(history)) for history in histories]
        arrays = self._serve(np.array(padded, dtype=object))
        decode = np.vectorize(bytes.decode, otypes=[object])
        return arrays | {"song_ids": decode(arrays["song_ids"])}

    @cached_property
    def _serve(self) -> Callable[[NDArray[Any]], dict[str, NDArray[Any]]]:
        from next_song import retrieval_model  # TensorFlow: who only searches songs need not wait

        serve: Callable[[NDArray[Any]], dict[str, NDArray[Any]]]
        serve = retrieval_model.load(self.model)
        return serve

    def pack(self, path: Path) -> None:
        """Write `model.tar.gz`: the same bytes for the same files."""
        with (
            path.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w") as tar,
        ):
            for member in sorted(self.folder.rglob("*")):
                tar.add(member, member.relative_to(self.folder), recursive=False, filter=_plain)

    @classmethod
    def unpack(cls, path: Path) -> "ModelArchive":
        """Open a `model.tar.gz`. Raises InputError if it is none."""
        archive = cls()
        try:
            with tarfile.open(path, "r:gz") as tar:
                tar.extractall(archive.folder, filter="data")
        except (OSError, EOFError, tarfile.TarError) as error:
            raise _no_model(path, str(error)) from error
        with path.open("rb") as file:
            archive.digest = hashlib.file_digest(file, "sha256").hexdigest()
        for needed in ("1/saved_model.pb", EXTRA / "songs.parquet", EXTRA / "scorecard.json"):
            if not (archive.folder / needed).is_file():
                raise _no_model(path, f"no {needed} in it")
        return archive

    def __deepcopy__(self, _: Any) -> "ModelArchive":
        copy = ModelArchive()
        shutil.copytree(self.folder, copy.folder, dirs_exist_ok=True)
        return copy


def _no_model(path: Path, found: str) -> InputError:
    return InputError(
        f"model {path}: found {found}; expected a model.tar.gz that `kedro run` exported: "
        "run it, or give the path with --model"
    )


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member
