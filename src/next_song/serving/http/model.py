"""What the server asks: any model that answers histories of song ids."""

from typing import Protocol

from next_song.serving.model import Model as PythonModel
from next_song.serving.predictor import Answer
from next_song.serving.wishes import NO_WISHES


class Model(Protocol):
    """Answers histories; one thread calls it."""

    def recommend_ids(self, histories: list[list[str]], k: int) -> list[Answer]:
        """Returns an answer of at most k songs to each history of song ids, oldest first."""
        ...


class IndexModel:
    """The model of an archive, in NumPy. most: the songs that it was exported for."""

    def __init__(self, model: PythonModel, most: int) -> None:
        self._model, self._most = model, min(most, len(model.index))

    def recommend_ids(self, histories: list[list[str]], k: int) -> list[Answer]:
        """Returns answers as `Model` says."""
        found = self._model.wished(histories, min(k, self._most), NO_WISHES)
        ids = self._model.catalogue.ids(found.songs)
        rows = zip(ids, found.scores.tolist(), found.known, strict=True)
        return [Answer(*row) for row in rows]
