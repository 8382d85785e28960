"""A page of HTML."""

from pathlib import Path

from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import local_file, whole_file


class PageDataset(FileDataset[str, str]):
    """A page of HTML as text, in UTF-8."""

    def load(self) -> str:  # noqa: D102
        return local_file(self._filepath).read_text("utf-8")

    def save(self, data: str) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            Path(part).write_text(data, "utf-8")
