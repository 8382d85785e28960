"""Rows and columns of tables, as Kedro-Viz shows them."""

import json
from pathlib import Path

import pytest
from kedro.io import DataCatalog, MemoryDataset

from next_song import sql
from next_song.datasets.relation import RelationDataset
from next_song.datasets.stats import write_stats


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataCatalog:
    monkeypatch.chdir(tmp_path)
    table = RelationDataset(filepath=str(tmp_path / "songs.parquet"))
    table.save(sql.connection().sql("select range as song, 'x' as name from range(7)"))
    missing = RelationDataset(filepath=str(tmp_path / "missing.parquet"))
    return DataCatalog({"songs": table, "missing": missing, "other": MemoryDataset(1)})


def test_tables_that_are_there_are_added_to_the_file(catalog: DataCatalog, tmp_path: Path) -> None:
    stats = tmp_path / ".viz/stats.json"
    stats.parent.mkdir()
    stats.write_text('{"leaderboard": {"rows": 3}}')
    write_stats(catalog, {"songs", "missing", "other", "unknown"})
    size = (tmp_path / "songs.parquet").stat().st_size
    songs = {"rows": 7, "columns": 2, "file_size": size}
    assert json.loads(stats.read_text()) == {"leaderboard": {"rows": 3}, "songs": songs}


def test_without_kedro_viz_nothing_is_written(catalog: DataCatalog, tmp_path: Path) -> None:
    write_stats(catalog, {"songs"})
    assert not (tmp_path / ".viz").exists()
