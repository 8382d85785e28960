"""The files that a person gives: one, or all that a pattern matches."""

from glob import glob
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset

from next_song.errors import InputError


class InputFilesDataset(AbstractDataset[None, list[str]]):
    """Paths of the input, in the order of their names: `data.csv` or `slices/*.json`.

    Loads as paths, not as data, so that DuckDB scans the files. Raises InputError if there is
    no such file or one is empty.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = filepath
        self.metadata = metadata

    def load(self) -> list[str]:  # noqa: D102
        paths = [self._filepath] if Path(self._filepath).is_file() else sorted(glob(self._filepath))
        paths = [path for path in paths if Path(path).is_file()]
        if not paths:
            raise InputError(
                f"input {self._filepath}: found no such file; expected a file or a pattern such as"
                " 'slices/*.json': give one with --params input=PATH"
            )
        for path in paths:
            if Path(path).stat().st_size == 0:
                raise InputError(f"input {path}: found 0 bytes; expected playlists: replace it")
        return paths

    def save(self, data: None) -> NoReturn:
        """Refuse: the input belongs to whoever gave it."""
        raise NotImplementedError("the input is only read")

    def _exists(self) -> bool:
        return bool(glob(self._filepath)) or Path(self._filepath).is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
