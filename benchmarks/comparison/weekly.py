"""One run of a series of weekly ones over nowplaying, with one candidate of the grid."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from comparison.finished import ROOT, context
from comparison.tested import tested
from next_song.parameters import Export, Protocol, Word2VecGrid
from next_song.pipelines.export.nodes import export_model
from next_song.pipelines.modeling.nodes import Training, score
from next_song.pipelines.selection.refitting import refit
from next_song.retrieval.candidate import Candidate, Scored
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import held_out
from next_song.runs import run_pipeline

CANDIDATE, SLICES, QUERIES, K = "near", 10, 20_000, 20
SPLIT = """
copy (
    select
        sequence_id, position, item_id,
        case when slice < $last - 2 then 'train' when slice < $last - 1 then 'validation'
        else 'test' end as split
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
        week = context(folder, "nowplaying", input=given["input"])
        self.load: Callable[[str], Any] = week.catalog.load
        params: Any = week.params
        self._grid = Word2VecGrid.model_validate(params["modeling"][CANDIDATE]["word2vec"])
        self.protocol = Protocol.model_validate(params["protocol"])
        self._refit = params["selection"]["refit"]
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
            *again, playlists, songs, trained.space, champion, self._refit, start_from,
            **{CANDIDATE: candidate},
        )  # fmt: skip
        seconds += time.process_time() - began
        made = Made(space, seconds, tested(self.load, champion, space, self.queries, self.protocol))
        self._exported(made, champion, archive)
        return made

    def _exported(self, made: Made, champion: dict[str, Any], archive: Path) -> None:
        card = made.tested.scorecard | {"model": CANDIDATE}
        pairs, *tables = (
            self.load(f"refit_{name}") for name in ("song_pairs", "playlists", "songs")
        )
        given = (made.space, pairs, champion, *tables, card, self._export, self.protocol)
        export_model(*given).pack(archive)
