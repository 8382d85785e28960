"""Exported models as `model.tar.gz`, the form that SageMaker takes."""

from pathlib import Path

from next_song.datasets.addresses import check_address, reached
from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import exists, local_file, whole_file
from next_song.serving.archive import ModelArchive


class ModelArchiveDataset(FileDataset[ModelArchive, ModelArchive]):
    """A ModelArchive in one `model.tar.gz`; loading unpacks it anew."""

    def load(self) -> ModelArchive:  # noqa: D102
        with reached("model", self._filepath):
            local = local_file(self._filepath)
        return ModelArchive.unpack(local, self._filepath)

    def save(self, data: ModelArchive) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            data.pack(part)


def open_archive(path: str, name: str = "model") -> ModelArchive:
    """Unpacks the archive at a path or URL. Raises InputError, also if there is none.

    name: of the parameter that gives the path.
    """
    check_address(name, path, "a path, or s3://BUCKET/PREFIX/06_models/model.tar.gz")
    with reached(name, path):
        local = local_file(path) if exists(path) else Path(path)
    return ModelArchive.unpack(local, path, name)
