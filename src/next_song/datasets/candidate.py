"""What modeling makes of a candidate: several files, but one box in a picture of the pipeline."""

from typing import Any

from kedro.io import AbstractDataset
from safetensors.numpy import load_file, save_file

from next_song.datasets.files import exists, local_file, whole_file
from next_song.datasets.reports import CSVDataset, JSONDataset
from next_song.datasets.song_space import SongSpaceDataset
from next_song.retrieval.candidate import Candidate, Scored, Trained
from next_song.retrieval.song_space import Ints


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


class CandidateDataset(AbstractDataset[Scored, Candidate]):
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
        self._scorecard = JSONDataset(filepath=scorecard, save_args={"indent": 2})
        self._ranks = str(ranks)
        self._word2vec = JSONDataset(filepath=word2vec)
        self._vectors = SongSpaceDataset(filepath=vectors)
        self.metadata = metadata

    def load(self) -> Candidate:  # noqa: D102
        (ranks,) = _load_ranks(self._ranks).values()
        scorecard, word2vec = self._scorecard.load(), self._word2vec.load()
        return Candidate(scorecard, ranks, word2vec, self._vectors.load)

    def save(self, data: Scored) -> None:  # noqa: D102
        _save_ranks(self._ranks, {"ranks": data.ranks})
        self._scorecard.save(data.scorecard)

    def _exists(self) -> bool:
        parts = (self._scorecard, self._word2vec, self._vectors)
        return exists(self._ranks) and all(part.exists() for part in parts)

    def _describe(self) -> dict[str, Any]:
        return {"scorecard": str(self._scorecard._filepath)}


class RivalsDataset(AbstractDataset[dict[str, Scored], dict[str, Scored]]):
    """Scored models by name, in two files: their scorecards, and their ranks of the targets."""

    def __init__(
        self, *, scorecards: str, ranks: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._scorecards = JSONDataset(filepath=scorecards, save_args={"indent": 2})
        self._ranks = str(ranks)
        self.metadata = metadata

    def load(self) -> dict[str, Scored]:  # noqa: D102
        ranks = _load_ranks(self._ranks)
        return {name: Scored(card, ranks[name]) for name, card in self._scorecards.load().items()}

    def save(self, data: dict[str, Scored]) -> None:  # noqa: D102
        _save_ranks(self._ranks, {name: scored.ranks for name, scored in data.items()})
        self._scorecards.save({name: scored.scorecard for name, scored in data.items()})

    def _exists(self) -> bool:
        return exists(self._ranks) and self._scorecards.exists()

    def _describe(self) -> dict[str, Any]:
        return {"scorecards": str(self._scorecards._filepath)}


def _load_ranks(path: str) -> dict[str, Ints]:
    ranks: dict[str, Ints] = load_file(local_file(path))
    return ranks


def _save_ranks(path: str, ranks: dict[str, Ints]) -> None:
    with whole_file(path) as part:
        save_file(ranks, part)
