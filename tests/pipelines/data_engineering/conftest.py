"""data_engineering on a few rows, each step by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from next_song.parameters import Cleaning, Columns, PairCounts, Sessions, Split
from next_song.pipelines.data_engineering import nodes
from next_song.pipelines.data_engineering.pairs import count_pairs

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def defaults() -> dict[str, Any]:
    conf = OmegaConfigLoader(str(ROOT / "conf"), base_env="base", default_run_env="base")
    return conf["parameters"]


@pytest.fixture
def prepare(defaults: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Run all steps with conf/base's parameters, changed where said; give what each makes.

    Tables come as lists of rows, dicts by column.
    """

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
        training = nodes.TrainingTables("train")
        songs = training.number_songs(plays)
        playlists = training.list_playlists(plays, songs)
        report = nodes.report(understood, plays, rejected, playlists, songs)
        counted = PairCounts.model_validate(defaults["song_pairs"] | (pairs or {}))
        tables = {
            "plays": plays,
            "rejected": rejected,
            "songs": songs,
            "playlists": playlists,
            "song_pairs": count_pairs(playlists, counted),
        }
        corpus = [line for (line,) in nodes.write_corpus(playlists).fetchall()]
        rows = {name: _rows(table) for name, table in tables.items()}
        # relations are lazy and read tables by name: only now may these take the names
        refit_tables = nodes.TrainingTables("train", "validation")
        songs = refit_tables.number_songs(plays)
        playlists = refit_tables.list_playlists(plays, songs)
        refit = {"refit_songs": _rows(songs), "refit_playlists": _rows(playlists)}
        return rows | refit | {"report": report, "corpus": corpus}

    return run


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
