"""Song spaces as safetensors files: plain numbers, nothing that runs when loaded."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset
from safetensors.numpy import load_file, save_file

from next_song.datasets.whole_file import whole_file
from next_song.song_space import SongSpace


class SongSpaceDataset(AbstractDataset[SongSpace, SongSpace]):
    """A SongSpace in one safetensors file: https://huggingface.co/docs/safetensors."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> SongSpace:  # noqa: D102
        return SongSpace(**load_file(self._filepath))

    def save(self, data: SongSpace) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            save_file(vars(data), part)

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
