"""A finished run on a public data set, and what else is measured on it."""

import time
from typing import Any

from comparison.ablation import Asked, ablation
from comparison.archives import mib, p50, song_ids
from next_song.evaluation.metrics import Metric
from next_song.grid import candidate_names
from next_song.parameters import Export, Protocol, Selection, Word2Vec
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.setting import Retrieval, Score
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import pairs_of, song_counts, validation
from next_song.retrieval.training import train
from next_song.serving.archive import ModelArchive

SEEDS = (1, 2, 3, 4, 5)


class Measured:
    """The datasets and parameters of a finished run. context: that of its Kedro session."""

    def __init__(self, context: Any) -> None:
        self.load, params = context.catalog.load, context.params
        self.protocol: Protocol = Protocol.model_validate(params["protocol"])
        self.selection: Selection = Selection.model_validate(params["selection"])
        self.retrieval: Retrieval = Retrieval.model_validate(params["retrieval"])
        self.k = Export.model_validate(params["export"]).k
        self.champion = self.load("champion")
        metric = Metric(self.selection.metric, self.selection.k)
        queries = validation(self.load("playlists"), self.protocol)
        self.asked = Asked(queries, self.retrieval, self.protocol, metric)

    def results(self) -> dict[str, Any]:
        """Returns everything that the pages show."""
        board = self.load("leaderboard")
        return {
            "metric": self.selection.metric,
            "k": str(self.selection.k),
            "refit": self.selection.refit,
            "data": self.load("data_report"),
            "champion": self.champion,
            "test": self.load("test_scorecard"),
            "leaderboard": board.astype(object).where(board.notna(), None).to_dict("records"),
            "ablation": self.ablation(),
            "seeds": self.seeds(),
            "training": self.training(),
            "export": self.exported(),
        }

    def ablation(self) -> dict[str, Any]:
        """Returns what the parts of the champion's score add on validation."""
        name, index = self.champion["tutorial"], self._index(self.load("chosen_vectors"))
        tutorial = self.load(f"{name}_candidate").load_space() if name else None
        return ablation(self.asked, index, tutorial)

    def seeds(self) -> list[float]:
        """Returns the champion's figure on validation with other seeds of its training."""
        name, tables, found = self.champion["model"], self._tables(), []
        for seed in SEEDS:
            params = self._word2vec(name, seed=seed)
            space = self.load("chosen_vectors") if seed == SEEDS[0] else train(*tables, params)
            ranks = self.asked.ranks(self._index(space), self.retrieval.weights == "fitted")
            found.append(self.asked.figure(ranks))
        return found

    def training(self) -> dict[str, float]:
        """Returns seconds of one processor that each candidate trains for, by one epoch of it."""
        tables, found = self._tables(), {}
        for name in candidate_names():
            started = time.process_time()
            train(*tables, self._word2vec(name, epochs=1))
            found[name] = self._word2vec(name).epochs * (time.process_time() - started)
        return found

    def exported(self) -> dict[str, Any]:
        """Returns size and answer time of the archive, and of one without song pairs."""
        from next_song.serving import graph
        from next_song.serving.vocabulary import Vocabulary

        archive: ModelArchive = self.load("model_archive")
        songs, bare = song_ids(archive), ModelArchive()
        setting = Score.model_validate(self.champion["retrieval"]).only(
            "vectors", "songs", "repeats"
        )
        space: SongSpace = self.load("champion_vectors")
        tables = (self.load(f"refit_{name}") for name in ("song_pairs", "songs"))
        index = _index(space, *tables, setting)
        graph.export(index, Vocabulary(songs), min(self.k, len(index)), bare.model)
        return {"songs": len(index), "dimensions": space.query_vectors.shape[1]} | {
            kind: {"mib": mib(model), "p50_ms": p50(model, songs)}
            for kind, model in (("with_pairs", archive), ("without_pairs", bare))
        }

    def _index(self, space: SongSpace) -> Index:
        """Returns a song space with the weights of the parameters, as modeling fits them."""
        setting = self.retrieval.score(self.protocol.repeats)
        return _index(space, self.load("song_pairs"), self.load("songs"), setting)

    def _tables(self) -> list[Any]:
        return [self.load(name) for name in ("train_corpus", "playlists", "songs")]

    def _word2vec(self, name: str, **changed: int) -> Word2Vec:
        found = self.load(f"{name}_candidate").word2vec | changed
        return Word2Vec.model_validate(found)


def _index(space: SongSpace, song_pairs: Any, songs: Any, setting: Score) -> Index:
    return build_index(space, pairs_of(song_pairs), song_counts(songs), setting)
