"""What the data sets of this project have in common: one file, near or far."""

from typing import Any, TypeVar

from kedro.io import AbstractDataset

from next_song.datasets import files

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class FileDataset(AbstractDataset[Saved, Loaded]):
    """One file at a path or at an address that fsspec knows, such as `s3://bucket/key`."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = str(filepath)
        self.metadata = metadata

    def _exists(self) -> bool:
        return files.exists(self._filepath)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
