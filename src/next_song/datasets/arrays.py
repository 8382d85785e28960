"""Arrays as safetensors files: plain numbers, nothing that runs when loaded."""

from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import local_file, whole_file
from next_song.retrieval.song_space import SongSpace

Arrays = dict[str, NDArray[Any]]


class ArraysDataset(FileDataset[Arrays, Arrays]):
    """Arrays by name, such as ranks of targets: https://huggingface.co/docs/safetensors."""

    def load(self) -> Arrays:  # noqa: D102
        return _read(self._filepath)

    def save(self, data: Arrays) -> None:  # noqa: D102
        _write(self._filepath, data)


class SongSpaceDataset(FileDataset[SongSpace, SongSpace]):
    """A SongSpace, by the names of its arrays."""

    def load(self) -> SongSpace:  # noqa: D102
        return SongSpace(**_read(self._filepath))

    def save(self, data: SongSpace) -> None:  # noqa: D102
        _write(self._filepath, vars(data))


def _read(path: str) -> Arrays:
    arrays: Arrays = load_file(local_file(path))
    return arrays


def _write(path: str, arrays: Arrays) -> None:
    with whole_file(path) as part:
        save_file(arrays, part)
