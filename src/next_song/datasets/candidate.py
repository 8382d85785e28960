"""What modeling makes of a candidate: several files, but one box in a picture of the pipeline."""

from typing import Any, TypeVar

from kedro.io import AbstractDataset

from next_song.datasets.arrays import ArraysDataset, SongSpaceDataset
from next_song.datasets.reports import CSVDataset, JSONDataset
from next_song.retrieval.candidate import Candidate, Scored, Trained
from next_song.retrieval.song_space import SongSpace

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")
File = dict[str, str]


class FilesDataset(AbstractDataset[Saved, Loaded]):
    """Several files, each with its `filepath`: it exists if all of them do.

    Kedro looks for that name, and takes it from the project's folder on.
    """

    def __init__(self, metadata: dict[str, Any] | None = None, **files: File) -> None:
        self._paths = {name: str(file["filepath"]) for name, file in files.items()}
        self._files = {name: self._file(name, path) for name, path in self._paths.items()}
        self.metadata = metadata

    def _file(self, name: str, path: str) -> Any:
        if name == "vectors":
            return SongSpaceDataset(filepath=path)
        if name == "ranks":
            return ArraysDataset(filepath=path)
        if name == "trials":
            return CSVDataset(filepath=path, save_args={"index": False})
        return JSONDataset(filepath=path, save_args={"indent": 2})

    def _exists(self) -> bool:
        return all(each.exists() for each in self._files.values())

    def _describe(self) -> dict[str, Any]:
        return dict(self._paths)


class TrainedDataset(FilesDataset[Trained, Trained]):
    """A trained candidate in three files: trials, hyper-parameters and song space.

    The song space of a candidate that was left out is a file without arrays.
    """

    def __init__(
        self, *, trials: File, word2vec: File, vectors: File, metadata: dict[str, Any] | None = None
    ) -> None:
        super().__init__(metadata, trials=trials, word2vec=word2vec, vectors=vectors)
        # Kedro saves no None
        self._files["vectors"] = ArraysDataset(filepath=self._paths["vectors"])

    def load(self) -> Trained:  # noqa: D102
        trials, word2vec = self._files["trials"].load(), self._files["word2vec"].load()
        arrays = self._files["vectors"].load()
        return Trained(trials, word2vec, SongSpace(**arrays) if arrays else None)

    def save(self, data: Trained) -> None:  # noqa: D102
        self._files["trials"].save(data.trials)
        self._files["word2vec"].save(data.word2vec)
        self._files["vectors"].save({} if data.space is None else vars(data.space))


class CandidateDataset(FilesDataset[Scored, Candidate]):
    """A candidate: saving writes how it scored, loading adds what training wrote before."""

    def __init__(
        self,
        *,
        scorecard: File,
        ranks: File,
        word2vec: File,
        vectors: File,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            metadata, scorecard=scorecard, ranks=ranks, word2vec=word2vec, vectors=vectors
        )

    def load(self) -> Candidate:  # noqa: D102
        (ranks,) = self._files["ranks"].load().values()
        scorecard, word2vec = self._files["scorecard"].load(), self._files["word2vec"].load()
        return Candidate(scorecard, ranks, word2vec, self._files["vectors"].load)

    def save(self, data: Scored) -> None:  # noqa: D102
        self._files["ranks"].save({"ranks": data.ranks})
        self._files["scorecard"].save(data.scorecard)


class RivalsDataset(FilesDataset[dict[str, Scored], dict[str, Scored]]):
    """Scored models by name, in two files: their scorecards, and their ranks of the targets."""

    def __init__(
        self, *, scorecards: File, ranks: File, metadata: dict[str, Any] | None = None
    ) -> None:
        super().__init__(metadata, scorecards=scorecards, ranks=ranks)

    def load(self) -> dict[str, Scored]:  # noqa: D102
        cards, ranks = (self._files[name].load() for name in ("scorecards", "ranks"))
        return {name: Scored(card, ranks[name]) for name, card in cards.items()}

    def save(self, data: dict[str, Scored]) -> None:  # noqa: D102
        self._files["ranks"].save({name: scored.ranks for name, scored in data.items()})
        self._files["scorecards"].save({name: scored.scorecard for name, scored in data.items()})
