"""What modeling makes of a candidate: several files, but one box in a picture of the pipeline."""

from typing import Any, TypeVar

from kedro.io import AbstractDataset

from next_song.datasets.reports import CSVDataset, JSONDataset
from next_song.datasets.song_space import SongSpaceDataset
from next_song.retrieval.candidate import Candidate, Trained

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class _FilesDataset(AbstractDataset[Saved, Loaded]):
    """Several files: one of its own, and the hyper-parameters and song space of a candidate."""

    def __init__(
        self, own: CSVDataset | JSONDataset, word2vec: str, vectors: str, metadata: Any
    ) -> None:
        self._own = own
        self._word2vec = JSONDataset(filepath=word2vec, save_args={"indent": 2})
        self._vectors = SongSpaceDataset(filepath=vectors)
        self.metadata = metadata

    def _exists(self) -> bool:
        return all(part.exists() for part in (self._own, self._word2vec, self._vectors))


class TrainedDataset(_FilesDataset[Trained, Trained]):
    """A trained candidate in three files: trials, hyper-parameters and song space."""

    def __init__(
        self, *, trials: str, word2vec: str, vectors: str, metadata: dict[str, Any] | None = None
    ) -> None:
        own = CSVDataset(filepath=trials, save_args={"index": False})
        super().__init__(own, word2vec, vectors, metadata)

    def load(self) -> Trained:  # noqa: D102
        return Trained(self._own.load(), self._word2vec.load(), self._vectors.load())

    def save(self, data: Trained) -> None:  # noqa: D102
        self._own.save(data.trials)
        self._word2vec.save(data.word2vec)
        self._vectors.save(data.space)

    def _describe(self) -> dict[str, Any]:
        return {"vectors": self._vectors._filepath}


class CandidateDataset(_FilesDataset[list[dict[str, Any]], Candidate]):
    """A candidate: saving writes its scorecards, loading adds what training wrote before."""

    def __init__(
        self,
        *,
        scorecards: str,
        word2vec: str,
        vectors: str,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        own = JSONDataset(filepath=scorecards, save_args={"indent": 2})
        super().__init__(own, word2vec, vectors, metadata)

    def load(self) -> Candidate:  # noqa: D102
        return Candidate(self._word2vec.load(), self._own.load(), self._vectors.load)

    def save(self, data: list[dict[str, Any]]) -> None:  # noqa: D102
        self._own.save(data)

    def _describe(self) -> dict[str, Any]:
        return {"scorecards": str(self._own._filepath)}
