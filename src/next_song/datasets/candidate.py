"""What modeling makes of a candidate: several files, but one box in a picture of the pipeline."""

from typing import Any

from kedro.io import AbstractDataset
from safetensors.numpy import load_file, save_file

from next_song.datasets.files import exists, local_file, whole_file
from next_song.datasets.reports import CSVDataset, JSONDataset
from next_song.datasets.song_space import SongSpaceDataset
from next_song.retrieval.candidate import Candidate, Scored, Trained


class TrainedDataset(AbstractDataset[Trained, Trained]):
    """A trained candidate in three files: trials, hyper-parameters and song space."""

    def __init__(
        self, *, trials: str, word2vec: str, vectors: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._trials = CSVDataset(filepath=trials, save_args={"index": False})
        self._word2vec = JSONDataset(filepath=word2vec, save_args={"indent": 2})
        self._vectors = SongSpaceDataset(filepath=vectors)
        self.metadata = metadata

    def load(self) -> Trained:  # noqa: D102
        return Trained(self._trials.load(), self._word2vec.load(), self._vectors.load())

    def save(self, data: Trained) -> None:  # noqa: D102
        self._trials.save(data.trials)
        self._word2vec.save(data.word2vec)
        self._vectors.save(data.space)

    def _exists(self) -> bool:
        return all(part.exists() for part in (self._trials, self._word2vec, self._vectors))

    def _describe(self) -> dict[str, Any]:
        return {"vectors": self._vectors._filepath}


class ScoredDataset(AbstractDataset[Scored, Scored]):
    """A scored model in two files: its scorecard, and the ranks of the targets."""

    def __init__(
        self, *, scorecard: str, ranks: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._scorecard = JSONDataset(filepath=scorecard, save_args={"indent": 2})
        self._ranks = str(ranks)
        self.metadata = metadata

    def load(self) -> Scored:  # noqa: D102
        return Scored(self._scorecard.load(), load_file(local_file(self._ranks))["ranks"])

    def save(self, data: Scored) -> None:  # noqa: D102
        with whole_file(self._ranks) as part:
            save_file({"ranks": data.ranks}, part)
        self._scorecard.save(data.scorecard)

    def _exists(self) -> bool:
        return exists(self._ranks) and self._scorecard.exists()

    def _describe(self) -> dict[str, Any]:
        return {"scorecard": str(self._scorecard._filepath)}


class CandidateDataset(ScoredDataset):
    """A candidate: saving writes how it scored, loading adds what training wrote before."""

    def __init__(
        self,
        *,
        scorecard: str,
        ranks: str,
        word2vec: str,
        vectors: str,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(scorecard=scorecard, ranks=ranks, metadata=metadata)
        self._word2vec = JSONDataset(filepath=word2vec)
        self._vectors = SongSpaceDataset(filepath=vectors)

    def load(self) -> Candidate:  # noqa: D102
        scored = super().load()
        word2vec = self._word2vec.load()
        return Candidate(scored.scorecard, scored.ranks, word2vec, self._vectors.load)

    def _exists(self) -> bool:
        return super()._exists() and self._word2vec.exists() and self._vectors.exists()
