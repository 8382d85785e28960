"""What the server asks: any model that answers histories of song ids."""

from typing import Protocol

from next_song.serving.archive import ModelArchive
from next_song.serving.predictor import Answer


class Model(Protocol):
    """Answers histories; one thread calls it."""

    def recommend_ids(self, histories: list[list[str]], k: int) -> list[Answer]:
        """Returns an answer of at most k songs to each history of song ids, oldest first."""
        ...


class ArchiveModel:
    """The graph of an archive, in a session."""

    def __init__(self, archive: ModelArchive) -> None:
        self._archive = archive

    def recommend_ids(self, histories: list[list[str]], k: int) -> list[Answer]:
        """Returns answers as `Model` says. The first call takes seconds: it loads TensorFlow."""
        found = self._archive.answer(histories)
        columns = (found["song_ids"][:, :k], found["scores"][:, :k], found["known"])
        return [Answer(*row) for row in zip(*(one.tolist() for one in columns), strict=True)]
