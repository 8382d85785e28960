"""Four weekly runs that train anew, beside runs that start from the last archive: `weeks.py DATA`.

DATA is nowplaying.parquet, whose sequences follow the date, in ten slices. Week 1 learns six of
them, the last of which is its validation split, and is tested on the seventh; each later week
learns one more. Candidate CANDIDATE alone is trained. Prints a table in Markdown.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import numpy as np
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from comparison.tables import apart, figure, table
from next_song.evaluation import rivals
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import compare
from next_song.parameters import Export, Protocol, Selection, Word2VecGrid
from next_song.pipelines.export.nodes import export_model
from next_song.pipelines.modeling.nodes import Training, score
from next_song.pipelines.selection.refitting import refit
from next_song.retrieval.candidate import Candidate, Scored
from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Retrieval, Score
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import former_numbers, held_out, pairs_of, song_counts
from next_song.runs import run_pipeline

ROOT = Path(__file__).parents[1]
CANDIDATE, WEEKS, SLICES, QUERIES, K = "near", 4, 10, 20_000, 20
SPLIT = """
copy (
    select * replace (
        case when slice < $last - 2 then 'train' when slice < $last - 1 then 'validation'
        else 'test' end as split
    )
    from (select *, sequence_id * $slices // (max(sequence_id) over () + 1) as slice from $source)
    where slice < $last order by sequence_id, position
) to '$path'
"""


class Made(NamedTuple):
    """What a run made: its song space, CPU seconds of training, and how it does on the test."""

    space: SongSpace
    seconds: float
    tested: Scored


class Week:
    """The data sets and parameters of one weekly run."""

    def __init__(self, source: str, last: int, folder: Path) -> None:
        folder.mkdir()
        given = {"input": str(folder / "plays.parquet"), "data_root": str(folder)}
        values = {"last": last, "slices": SLICES, "source": f"'{source}'", "path": given["input"]}
        statement = SPLIT
        for name, value in values.items():
            statement = statement.replace(f"${name}", str(value))
        duckdb.sql(statement)
        run_pipeline(ROOT, "data_engineering", env="nowplaying", params=given)
        with KedroSession.create(ROOT, env="nowplaying", runtime_params=given) as session:
            context = session.load_context()
            self.load: Callable[[str], Any] = context.catalog.load
            params: Any = context.params
        self._grid = Word2VecGrid.model_validate(params["modeling"][CANDIDATE]["word2vec"])
        self.protocol = Protocol.model_validate(params["protocol"])
        self._selection = Selection.model_validate(params["selection"])
        self._retrieval = Retrieval.model_validate(params["retrieval"])
        self._export = Export.model_validate(params["export"])
        test = held_out(self.load("refit_playlists"), "test", self.protocol)
        self.queries = test.sample(QUERIES, self.protocol.seed)

    def run(self, start_from: str | None, archive: Path) -> Made:
        """Trains, fits, refits, tests and exports the candidate."""
        tables = [self.load(name) for name in ("song_pairs", "playlists", "songs")]
        pairs, playlists, songs = tables
        began = time.process_time()
        trained = Training(CANDIDATE).train_best(
            self.load("train_corpus"), playlists, songs, pairs, self._grid, self._retrieval,
            self.protocol, "hit_rate", K, start_from,
        )  # fmt: skip
        seconds = time.process_time() - began
        scored = score(trained, *tables, self._retrieval, self.protocol, start_from)
        candidate = Candidate(scored.scorecard, scored.ranks, trained.word2vec, lambda: None)
        champion = {"model": CANDIDATE, "retrieval": scored.scorecard["retrieval"]}
        again = [self.load(f"refit_{name}") for name in ("corpus", "playlists", "songs")]
        began = time.process_time()
        space = refit(
            *again, playlists, songs, trained.space, champion, self._selection,
            **{CANDIDATE: candidate},
        )  # fmt: skip
        made = Made(space, seconds + time.process_time() - began, self._tested(space, champion))
        self._exported(made, champion, archive)
        return made

    def _tested(self, space: SongSpace, champion: dict[str, Any]) -> Scored:
        pairs, songs = self.load("refit_song_pairs"), self.load("refit_songs")
        setting = Score.model_validate(champion["retrieval"])
        index = build_index(space, pairs_of(pairs), song_counts(songs), setting)
        return rivals.score(index, self.queries, self.protocol)

    def _exported(self, made: Made, champion: dict[str, Any], archive: Path) -> None:
        card = made.tested.scorecard | {"model": CANDIDATE}
        names = ("refit_playlists", "refit_songs")
        tables = [self.load(name) for name in names]
        pairs = self.load("refit_song_pairs")
        export_model(made.space, pairs, champion, *tables, card, self._export, self.protocol).pack(
            archive
        )


def drift(former: SongSpace, songs: Any, space: SongSpace, now: Any) -> tuple[float, float]:
    """Returns the mean cosine of the songs' vectors with those before: as they are, and turned.

    Turned is by the rotation that fits best (Schönemann, Psychometrika 1966).
    """
    numbers = former_numbers(songs, now)[: len(space)]
    known = (numbers >= 0) & (numbers < len(former))
    before, after = former.query_vectors[numbers[known]], space.query_vectors[known]
    before, after = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (before, after))
    left, _, right = np.linalg.svd(before.T @ after)
    found = [
        float((turned * after).sum(axis=1).mean()) for turned in (before, before @ left @ right)
    ]
    return found[0], found[1]


def main(source: str) -> None:
    """Run the weeks, and print their table."""
    bootstrap_project(ROOT)
    rows, before = [], None
    with TemporaryDirectory(prefix="next-song-weeks-") as folder:
        for number in range(WEEKS):
            week = Week(source, SLICES - WEEKS + number + 1, Path(folder) / str(number))
            archives = [Path(folder) / f"{how}{number}.tar.gz" for how in ("anew", "continued")]
            anew = week.run(None, archives[0])
            made = [anew, anew]
            if before:
                made[1] = week.run(str(Path(folder) / f"continued{number - 1}.tar.gz"), archives[1])
            else:
                archives[0].rename(archives[1])
            rows += _rows(number, week, made, before)
            print(table(HEADER, rows), flush=True)
            before = week, made


HEADER = [
    "week", "training", f"HR@{K}", f"MRR@{K}", "behind anew", "CPU", "cosine", "after a rotation",
]  # fmt: skip


def _rows(number: int, week: Week, made: list[Made], before: Any) -> list[list[str]]:
    rows = []
    for place, how in enumerate(("anew", "continued")):
        one, card = made[place], made[place].tested.scorecard
        hits = [METRICS["hit_rate"](each.tested.ranks, K) for each in (made[0], one)]
        behind = compare(*hits, week.queries, week.protocol.seed) if place else None
        moved = ["", ""]
        if before:
            former, songs = before[1][place].space, before[0].load("refit_songs")
            moved = [f"{x:.2f}" for x in drift(former, songs, one.space, week.load("refit_songs"))]
        figures = [figure(card[name][str(K)]) for name in ("hit_rate", "mrr")]
        rows.append([str(number + 1), how, *figures, apart(behind), f"{one.seconds:.0f} s", *moved])
    return rows if before else rows[:1]


if __name__ == "__main__":
    main(*sys.argv[1:])
