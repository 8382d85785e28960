"""Exported models as `model.tar.gz`, the form that SageMaker takes."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from next_song.datasets.whole_file import whole_file
from next_song.model_archive import ModelArchive


class ModelArchiveDataset(AbstractDataset[ModelArchive, ModelArchive]):
    """A ModelArchive in one `model.tar.gz`; loading unpacks it anew."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> ModelArchive:  # noqa: D102
        return ModelArchive.unpack(self._filepath)

    def save(self, data: ModelArchive) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            data.pack(part)

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
