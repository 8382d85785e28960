"""The manifest of an archive: its format, the versions that wrote it, and its members.

Format 1 had no manifest, and TensorFlow Serving found its song tables empty. Format 2 names the
tables by their content. Format 3 takes rules, and says where its arrays are. A change that an older
reader would misread gets the next number.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from next_song.parameters import Precision
from next_song.versions import VERSION, tensorflow_version

NAME = "manifest.json"
FORMAT = 3


class ManifestError(ValueError):
    """Raised for an archive that differs from its manifest, or has none that can be read."""


class Member(BaseModel):
    """A file of an archive: name with slashes, size in bytes, SHA-256 in hexadecimal."""

    model_config = ConfigDict(frozen=True, strict=True)

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, folder: Path, name: str) -> "Member":
        """Returns the description of a file in a folder."""
        path = folder / name
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(name=name, size=path.stat().st_size, sha256=digest)


class Manifest(BaseModel):
    """The description of an archive. Keys that this version does not know are ignored.

    next_song, tensorflow: the versions that wrote it. precision: of the model's numbers. k: the
    songs of an answer; None in archives of earlier versions.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    format: int
    next_song: str
    tensorflow: Annotated[str, Field(pattern=r"^\d+\.\d+")]
    precision: Precision
    k: Annotated[int, Field(ge=1)] | None = None
    members: list[Member]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        names = [member.name for member in self.members]
        if len({*names, NAME}) <= len(names):
            raise ValueError("expected each member once, and not the manifest")
        return self

    @classmethod
    def of(cls, folder: Path, precision: Precision, k: int | None = None) -> "Manifest":
        """Returns the description of all files in a folder, except its manifest."""
        return cls(
            format=FORMAT,
            next_song=VERSION,
            tensorflow=tensorflow_version(),
            precision=precision,
            k=k,
            members=[Member.of(folder, name) for name in _files(folder)],
        )

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Returns the manifest in a folder. Raises ManifestError, also for another format."""
        path = folder / NAME
        if not path.is_file():
            raise ManifestError(_without_manifest(folder))
        try:
            content = json.loads(path.read_bytes())
            if (found := _Format.model_validate(content).format) == FORMAT:
                return cls.model_validate(content)
        except (ValueError, RecursionError):  # pydantic raises a ValueError, too
            raise ManifestError(
                f"found a damaged {NAME}; expected one that `kedro run` wrote: copy the archive "
                "again, or write it again with `kedro run --pipelines export`"
            ) from None
        raise ManifestError(
            f"found format {shown(str(found))}, written by next-song "
            f"{shown(str(content.get('next_song')))}; expected format {FORMAT}: open it with that "
            "version, or write it again with this one by `kedro run --pipelines export`"
        )

    def check(self, folder: Path, needed: tuple[str, ...]) -> None:
        """Compares a folder with this manifest, which must include the needed names.

        Raises ManifestError.
        """
        expected, there = {member.name: member for member in self.members}, set(_files(folder))
        for name in sorted(expected.keys() | there | set(needed)):
            if name not in there:
                raise ManifestError(f"found no {shown(name)}; {COPY}")
            if name not in expected:
                raise ManifestError(f"found {shown(name)}, which its manifest lacks; {COPY}")
            if (found := Member.of(folder, name)) != expected[name]:
                raise ManifestError(
                    f"found {shown(name)} with {found.size} bytes and SHA-256 "
                    f"{found.sha256[:12]}, where its manifest has {expected[name].size} and "
                    f"{shown(expected[name].sha256[:12])}; {COPY}"
                )


class _Format(BaseModel):
    model_config = ConfigDict(strict=True)

    format: int


COPY = "expected the archive as it was written: copy it again"


def shown(text: str) -> str:
    """Returns a text from an archive as it can be shown: at most 200 characters, printable."""
    line = text if len(text) <= 200 else text[:200] + "..."
    return line if line.isprintable() else repr(line)


def _files(folder: Path) -> list[str]:
    """Returns the sorted names of all files in a folder, except its manifest."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = (path.relative_to(folder).as_posix() for path in files)
    return sorted(name for name in names if name != NAME)


def _without_manifest(folder: Path) -> str:
    if (folder / "1/saved_model.pb").is_file() and not (folder / NAME).exists():
        return (
            f"found an archive of format 1; expected format {FORMAT}, since TensorFlow Serving "
            "finds the song tables of format 1 empty: write the archive again with "
            "`kedro run --pipelines export` and the data_root of its run"
        )
    return (
        f"found no {NAME}; expected a model.tar.gz that `kedro run` exported: run it, or give the "
        "path of another one"
    )
