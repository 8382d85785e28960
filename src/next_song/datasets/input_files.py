"""The files that a person gives: one, or all that a pattern matches."""

from typing import NoReturn

from fsspec.core import url_to_fs

from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import local_file
from next_song.errors import InputError


class InputFilesDataset(FileDataset[None, list[str]]):
    """Paths of the input, in the order of their names: `data.csv` or `slices/*.json`.

    Loads as local paths, not as data, so that DuckDB scans the files. Raises InputError if
    there is no such file or one is empty.
    """

    def load(self) -> list[str]:  # noqa: D102
        fs, pattern = url_to_fs(self._filepath)
        names = [pattern] if fs.isfile(pattern) else sorted(fs.glob(pattern))
        sizes = {name: fs.size(name) for name in names if fs.isfile(name)}
        if not sizes:
            raise InputError(
                f"input {self._filepath}: found no such file; expected a file or a pattern such as"
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
