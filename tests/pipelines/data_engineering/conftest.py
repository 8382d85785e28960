"""data_engineering on a few rows, each step by itself."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyRelation
from kedro.config import OmegaConfigLoader

from next_song import sql
from next_song.parameters import Cleaning, Columns, PairCounts, Sessions, Split
from next_song.pipelines.data_engineering import nodes
from next_song.pipelines.data_engineering.pairs import count_pairs

ROOT = Path(__file__).parents[3]
NUMBERS = count()


@pytest.fixture(scope="session")
def defaults() -> dict[str, Any]:
    conf = OmegaConfigLoader(str(ROOT / "conf"), base_env="base", default_run_env="base")
    return conf["parameters"]


@pytest.fixture
def prepare(defaults: dict[str, Any]) -> Iterator[Callable[..., dict[str, Any]]]:
    """Run all steps with conf/base's parameters, changed where said; give what each makes.

    Tables come as lists of rows, dicts by column. What few tests ask for is made when it is asked
    for: do not compare whole results.
    """
    before = next(NUMBERS)

    def run(
        *paths: Path,
        source: str = "plays",
        columns: dict[str, Any] | None = None,
        sessions: dict[str, Any] | None = None,
        cleaning: dict[str, Any] | None = None,
        split: dict[str, Any] | None = None,
        pairs: dict[str, Any] | None = None,
        **reading: Any,
    ) -> dict[str, Any]:
        names = [str(path) for path in paths]
        plays, rejected, understood = nodes.prepare_plays(
            names,
            source,
            Columns.model_validate(defaults["columns"] | (columns or {})),
            Sessions.model_validate(defaults["sessions"] | (sessions or {})),
            Cleaning.model_validate(defaults["cleaning"] | (cleaning or {})),
            Split.model_validate(defaults["split"] | (split or {})),
            **reading,
        )
        stored = _stored(plays)
        training, refit = nodes.TrainingTables("train"), nodes.TrainingTables("train", "validation")
        songs = _stored(training.number_songs(stored))
        playlists = _stored(training.list_playlists(stored, songs))
        counted = PairCounts.model_validate(defaults["song_pairs"] | (pairs or {}))
        return Prepared(
            report=nodes.report(understood, stored, rejected, playlists, songs),
            plays=_rows(stored),
            rejected=_rows(rejected),
            songs=_rows(songs),
            playlists=_rows(playlists),
            later={
                "song_pairs": lambda: _rows(count_pairs(playlists, counted)),
                "corpus": lambda: [line for (line,) in nodes.write_corpus(playlists).fetchall()],
                "refit_songs": lambda: _rows(refit.number_songs(stored)),
                "refit_playlists": lambda: _rows(
                    refit.list_playlists(stored, _stored(refit.number_songs(stored)))
                ),
            },
        )

    yield run
    for number in range(before + 1, next(NUMBERS)):
        sql.connection().execute(f'drop table {sql.KEPT}."stored_{number}"')


class Prepared(dict[str, Any]):
    """What the steps make, by name; of `later`, what is asked for."""

    def __init__(self, later: dict[str, Callable[[], Any]], **made: Any) -> None:
        super().__init__(made)
        self._later = later

    def __missing__(self, name: str) -> Any:
        self[name] = self._later[name]()
        return self[name]


def _stored(relation: DuckDBPyRelation) -> DuckDBPyRelation:
    """A table of its own: relations are lazy and read others by name, which the next ones take."""
    return sql.materialized(relation, f"stored_{next(NUMBERS)}")


def _rows(table: Any) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file of this name and text."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write
