"""Histories of a run for other libraries, the answers to them, and playlists of the same songs."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import load_npz

from many.__main__ import OURS, K, answers, cells, ours
from many.histories import Asked
from many.playlists import sample, write
from next_song import sql
from next_song.pipelines.sample.generator import create_tables
from speed.samples import Size

pytestmark = pytest.mark.slow


@pytest.fixture
def root(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_next_song_has_the_hit_rate_of_the_run(root: Path) -> None:
    asked = Asked.of(root)
    found = ours(root, asked)
    card = json.loads((root / "08_reporting/test_scorecard.json").read_text())
    assert len(asked.targets) == card["queries"]
    assert found["hit_rate"] == card["hit_rate"][str(K)]
    assert found["seconds"] > 0 < found["cpu"]
    written = answers(root / "many_answers.parquet", asked)
    assert written.shape == (len(asked.histories), K)
    assert cells(OURS, found | {"seconds": 2, "cpu": 4}, 8)[:3] == [OURS, "4", "500.00"]


def test_held_out_playlists_come_first_and_lack_their_last_song(tmp_path: Path) -> None:
    (tmp_path / "03_primary").mkdir()
    names = {"song": [0, 1, 2, 3], "artist": [*"abcd"], "track": [*"abcd"], "plays": [3, 2, 2, 0]}
    lists = {"train": [0, 1, 0], "test": [1, 3, 2], "validation": [0]}
    rows = {"split": [*lists, "test"], "songs": [*lists.values(), [2, 0]]}
    for name, columns in (("refit_songs", names), ("refit_playlists", rows)):
        pq.write_table(pa.table(columns), tmp_path / f"03_primary/{name}.parquet")
    asked = Asked.of(tmp_path)
    assert asked.histories == [[1], [2], [0, 1, 0]]
    assert asked.targets.tolist() == [2, 0]
    assert asked.hit_rate(np.array([[0, 2], [1, 2], [1, 2]])) == 0.5  # 1 of 2
    asked.write_matrix(tmp_path / "histories.npz")
    assert load_npz(tmp_path / "histories.npz").toarray().tolist() == [
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 0],
    ]


def test_more_playlists_of_the_same_songs(tmp_path: Path) -> None:
    named = Size(200, 1100, dirty=0)
    write(tmp_path / "more.csv.gz", 300, named)
    with gzip.open(tmp_path / "more.csv.gz", "rt", encoding="utf-8") as file:
        header, *lines = file.read().splitlines()
    assert header.startswith('"user_id"')
    assert len({line.rpartition(',"')[2] + line[:34] for line in lines}) == 300
    create_tables(sql.connection(), sample(named))
    known = {songs for (songs,) in sql.connection().sql("select fields from fake_songs").fetchall()}
    assert {line[35:].rpartition(',"')[0] for line in lines} < known
