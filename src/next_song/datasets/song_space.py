"""Song spaces as safetensors files: plain numbers, nothing that runs when loaded."""

from safetensors.numpy import load_file, save_file

from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import local_file, whole_file
from next_song.retrieval.song_space import SongSpace


class SongSpaceDataset(FileDataset[SongSpace, SongSpace]):
    """A SongSpace in one safetensors file: https://huggingface.co/docs/safetensors."""

    def load(self) -> SongSpace:  # noqa: D102
        return SongSpace(**load_file(local_file(self._filepath)))

    def save(self, data: SongSpace) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            save_file(vars(data), part)
