"""Exported models as `model.tar.gz`, the form that SageMaker takes."""

from pathlib import Path

from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import exists, local_file, whole_file
from next_song.serving.archive import ModelArchive


class ModelArchiveDataset(FileDataset[ModelArchive, ModelArchive]):
    """A ModelArchive in one `model.tar.gz`; loading unpacks it anew."""

    def load(self) -> ModelArchive:  # noqa: D102
        return ModelArchive.unpack(local_file(self._filepath), self._filepath)

    def save(self, data: ModelArchive) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            data.pack(part)


def open_archive(path: str) -> ModelArchive:
    """Unpacks the archive at a path or URL. Raises InputError, also if there is none."""
    return ModelArchive.unpack(local_file(path) if exists(path) else Path(path), path)
