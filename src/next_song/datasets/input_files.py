"""The files that a person gives: one, or all that a pattern matches."""

import re
from typing import Any, NoReturn

from fsspec.core import url_to_fs

from next_song.datasets.addresses import reached
from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import local_file
from next_song.errors import InputError


class InputFilesDataset(FileDataset[None, list[str]]):
    """Paths of the input, in the order of their names: `data.csv` or `slices/*.json`.

    Several may be given, with `;` between them. What exists by the very name that is given is that
    file and no pattern: `a[1].csv`, if there is one, and not `a1.csv`.

    Loads as local paths, not as data, so that DuckDB scans the files. Raises InputError if
    there is no such file or one is empty.
    """

    def load(self) -> list[str]:  # noqa: D102
        with reached("input", self._filepath):
            return self._load()

    def _load(self) -> list[str]:
        fs, pattern = url_to_fs(self._filepath)
        given = [self._filepath] if fs.isfile(pattern) else self._filepath.split(";")
        names = [name for each in given for name in _expand(fs, url_to_fs(each.strip())[1])]
        sizes = {name: fs.size(name) for name in names if fs.isfile(name)}
        if not sizes:
            found = "a folder" if fs.isdir(pattern) else "no such file"
            raise InputError(
                f"input {self._filepath}: found {found}; expected a file or a pattern such as"
                " 'slices/*.json': give one with --params input=PATH"
            )
        for name, size in sizes.items():
            if not size:
                raise InputError(f"input {name}: found 0 bytes; expected playlists: replace it")
        protocol, found, _ = self._filepath.rpartition("://")
        return [str(local_file(protocol + found + name)) for name in sizes]

    def save(self, data: None) -> NoReturn:
        """Refuse: the input belongs to whoever gave it."""
        raise NotImplementedError("the input is only read")


def _expand(fs: Any, pattern: str) -> list[str]:
    """Return the files of a name or pattern; a folder that exists by its name is no pattern."""
    if fs.isfile(pattern):
        return [pattern]
    folder, slash, name = pattern.rpartition("/")
    if fs.isdir(folder):
        folder = re.sub(r"([*?\[])", r"[\1]", folder)
    return sorted(fs.glob(folder + slash + name))
