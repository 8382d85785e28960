"""Measure what docs/RESULTS.md and docs/tuning.md report: `results.py DATA OUT [NAME...]`.

Each data set is run as a person runs it, `kedro run --env NAME`; then, on the same test queries,
the tutorial's way, other seeds of the champion, and the exported model with and without
followers. What was measured is kept in OUT/NAME/results.json; page.py and tuning.py write it down.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from scipy.sparse import csr_array

from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import compare, figures
from next_song.grid import candidate_names
from next_song.parameters import Export, Protocol, Retrieval, Selection, Word2Vec
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.definition import build_index
from next_song.retrieval.ranking import ranks
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import follower_rates, held_out, validation
from next_song.retrieval.training import train
from next_song.serving.archive import ModelArchive
from page import FIGURES

ROOT = Path(__file__).parents[1]
TUTORIAL = {"decay": 0, "target": "input", "popularity": 0, "followers": 0}
SEEDS = (1, 2, 3, 4, 5)
QUESTIONS = 300


def run(name: str, data: Path, root: Path) -> dict[str, Any]:
    """`kedro run` on a data set: seconds, and the largest process's memory."""
    given = f"input={data / name}.parquet,data_root={root}"
    command = ["kedro", "run", "--env", name, "--runner=ParallelRunner", "--params", given]
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"kedro run --env {name} failed")
    return {"seconds": time.monotonic() - started, "peak_gib": usage.ru_maxrss / 2**20}


class Measured:
    """A finished run, and what else is measured on it."""

    def __init__(self, session: KedroSession) -> None:
        context = session.load_context()
        self.load, self.params = context.catalog.load, context.params
        self.protocol: Protocol = Protocol.model_validate(self.params["protocol"])
        self.selection: Selection = Selection.model_validate(self.params["selection"])
        self.export: Export = Export.model_validate(self.params["export"])
        self.champion, self.test = self.load("champion"), self.load("test_scorecard")

    def results(self) -> dict[str, Any]:
        """Everything that the page shows."""
        return {
            "metric": self.selection.metric,
            "k": str(self.selection.k),
            "data": self.load("data_report"),
            "champion": self.champion,
            "test": self.test,
            "tutorial": self.tutorial(),
            "leaderboard": self.load("leaderboard").to_dict("records"),
            "seeds": self.seeds(),
            "training": self.training(),
            "export": self.exported(),
        }

    def tutorial(self) -> dict[str, Any]:
        """The tutorial's way: its best candidate on validation, last song, input vectors.

        As it was trained, and trained anew with validation as the champion is.
        """
        board = self.load("leaderboard")
        rows = board[board["model"].str.startswith("tutorial_")]
        rows = rows[(rows[list(TUTORIAL)] == list(TUTORIAL.values())).all(axis=1)]
        name = rows.iloc[0]["model"]
        before = self._ask(self.candidate(name).load_space(), "playlists", TUTORIAL)
        tables = (self.load(f"refit_{table}") for table in ("corpus", "playlists", "songs"))
        after = self._ask(train(*tables, self.word2vec(name)), "refit_playlists", TUTORIAL)
        return {"model": name, "before_refit": before} | after

    def candidate(self, name: str) -> Candidate:
        """What modeling made of a candidate."""
        return self.load(f"{name}_candidate")

    def word2vec(self, name: str, **changed: int) -> Word2Vec:
        """The hyper-parameters of a candidate, with some of them changed."""
        return Word2Vec.model_validate(self.candidate(name).word2vec | changed)

    def seeds(self) -> list[float]:
        """The champion's figure on validation with other seeds of its training."""
        tables = [self.load(name) for name in ("train_corpus", "playlists", "songs")]
        queries, rates = (
            validation(tables[1], self.protocol),
            follower_rates(self.load("followers")),
        )
        setting, found = Retrieval.model_validate(self.champion["retrieval"]), []
        for seed in SEEDS:
            params = self.word2vec(self.champion["model"], seed=seed)
            space = self.load("chosen_vectors") if seed == SEEDS[0] else train(*tables, params)
            places = ranks(build_index(space, rates, setting), queries)
            found.append(float(METRICS[self.selection.metric](places, self.selection.k).mean()))
        return found

    def training(self) -> dict[str, float]:
        """Seconds of one processor that each candidate trains for, from one epoch of it."""
        tables, found = [self.load(name) for name in ("train_corpus", "playlists", "songs")], {}
        for name in candidate_names():
            params = self.word2vec(name, epochs=1)
            started = time.process_time()
            train(*tables, params)
            found[name] = self.word2vec(name).epochs * (time.process_time() - started)
        return found

    def exported(self) -> dict[str, Any]:
        """Size and answer time of the archive, and of one without followers or prior."""
        from next_song.serving import graph

        archive: ModelArchive = self.load("model_archive")
        songs = archive.songs.order("song").select("song_id").fetchnumpy()["song_id"]
        bare = ModelArchive()
        vocabulary = bare.folder / "song_ids.txt"
        vocabulary.write_text("\n".join(songs) + "\n", "utf-8")
        setting = self.champion["retrieval"] | {"followers": 0, "popularity": 0}
        space: SongSpace = self.load("champion_vectors")
        index = build_index(space, csr_array((1, 1)), Retrieval.model_validate(setting))
        graph.export(index, vocabulary, min(self.export.k, len(index)), bare.model)
        return {"songs": len(index), "dimensions": space.query_vectors.shape[1]} | {
            kind: {"mib": _mib(model.model), "p50_ms": _p50(model, songs)}
            for kind, model in (("archive", archive), ("vectors_alone", bare))
        }

    def _ask(self, space: SongSpace, playlists: str, setting: dict[str, Any]) -> dict[str, Any]:
        """Figures on the test, and how far they are behind the champion's."""
        queries = held_out(self.load(playlists), "test", self.protocol)
        retrieval = Retrieval.model_validate(setting | {"repeats": self.protocol.repeats})
        index = build_index(space, csr_array((1, 1)), retrieval)
        values = METRICS[self.selection.metric](ranks(index, queries), self.selection.k)
        best = build_index(
            self.load("champion_vectors"),
            follower_rates(self.load("refit_followers")),
            Retrieval.model_validate(self.champion["retrieval"]),
        )
        asked = held_out(self.load("refit_playlists"), "test", self.protocol)
        theirs = METRICS[self.selection.metric](ranks(best, asked), self.selection.k)
        behind = compare(theirs, values, queries, self.protocol.seed)
        return figures(index, queries, self.protocol) | {"behind": behind}


def _mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _p50(archive: ModelArchive, songs: Any) -> float:
    """Median of the milliseconds of one question of twenty songs, in process."""
    random, times = np.random.default_rng(1), []
    for _ in range(QUESTIONS):
        history = list(random.choice(songs[: len(songs) // 2], 20))
        started = time.perf_counter()
        archive.answer([history])
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[20:])


def main(data: str, out: str, *names: str) -> None:
    """Run and measure the data sets of these names, or all, and keep what they make in OUT."""
    bootstrap_project(ROOT)
    for name in names or FIGURES:
        root = (Path(out) / name).resolve()
        cost = run(name, Path(data).resolve(), root)
        given = {"input": f"{Path(data).resolve() / name}.parquet", "data_root": str(root)}
        with KedroSession.create(ROOT, env=name, runtime_params=given) as session:
            measured = Measured(session).results() | {"cost": cost}
        (root / "results.json").write_text(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
