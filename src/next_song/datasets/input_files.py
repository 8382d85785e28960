"""The files that a person gives: one, or all that a pattern matches."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from fsspec.core import split_protocol, url_to_fs

from next_song.datasets.addresses import reached
from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import from_folder, local_file
from next_song.errors import InputError

HERE = (None, "file", "local")  # protocols of this machine


class InputFilesDataset(FileDataset[None, list[str]]):
    """Paths of the input, in the order of their names: `data.csv` or `slices/*.json`.

    Several may be given, with `;` between them. What exists by the very name that is given is that
    file and no pattern: `a[1].csv`, if there is one, and not `a1.csv`.

    Loads as local paths, not as data, so that DuckDB scans the files. Raises InputError if an
    address names no file, or an empty one.
    """

    def load(self) -> list[str]:  # noqa: D102
        files: list[str] = []
        for address in addresses(self._filepath):
            with reached("input", address):
                files += [str(local_file(one)) for one in _files(address)]
        return list(dict.fromkeys(files))

    def save(self, data: None) -> NoReturn:
        """Refuse: the input belongs to whoever gave it."""
        raise NotImplementedError("the input is only read")


def parts(given: str) -> list[str]:
    """Return the addresses in what a person gives, separated by `;`, without looking for them."""
    return [one.strip() for one in given.split(";") if one.strip()] or [given]


def is_one_of(path: Path, given: str, project: Path) -> bool:
    """Return whether a file of this machine is one of those that the input names.

    project: the folder from which relative names go.
    """
    if not os.path.isfile(path):
        return False
    local = [one for one in {given, *parts(given)} if split_protocol(one)[0] in HERE]
    for one in [from_folder(project, one) for one in local]:
        with suppress(OSError, ValueError):  # what cannot be looked at is told when it is read
            if any(_is_same(path, name) for name in _expand(*url_to_fs(one))):
                return True
    return False


def _is_same(path: Path, name: str) -> bool:
    with suppress(OSError):  # of a link that leads nowhere
        return os.path.samefile(path, name)
    return False


def addresses(given: str) -> list[str]:
    """Return the parts, or all of it if that is the name of a file."""
    several = parts(given)
    with reached("input", given):
        return [given] if several == [given] or _is_file(given) else several


def _is_file(address: str) -> bool:
    kind, _ = split_protocol(address)
    if ";" in (kind or ""):
        return False
    fs, path = url_to_fs(address)
    return bool(fs.isfile(path))


def _files(address: str) -> list[str]:
    """Return the addresses of the files that one address names, in the order of their names."""
    fs, pattern = url_to_fs(address)
    sizes = {name: fs.size(name) for name in _expand(fs, pattern) if fs.isfile(name)}
    if not sizes:
        found = "a folder" if fs.isdir(pattern) else "no such file"
        raise InputError(
            f"input {address}: found {found}; expected a file or a pattern such as "
            "'slices/*.json': give one with --params input=PATH"
        )
    for name, size in sizes.items():
        if not size:
            raise InputError(f"input {name}: found 0 bytes; expected playlists: replace it")
    protocol, mark, _ = address.rpartition("://")
    return [protocol + mark + name for name in sizes]


def _expand(fs: Any, pattern: str) -> list[str]:
    """Return the files of a name or pattern; a folder that exists by its name is no pattern."""
    if fs.isfile(pattern):
        return [pattern]
    folder, slash, name = pattern.rpartition("/")
    if fs.isdir(folder):
        folder = re.sub(r"([*?\[])", r"[\1]", folder)
    return sorted(fs.glob(folder + slash + name))
