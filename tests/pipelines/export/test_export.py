"""The export pipeline: nothing is packed that would not answer where it is served."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from next_song.errors import InputError
from next_song.pipelines.export.nodes import _drawn, _examples
from next_song.retrieval.queries import Histories, Queries
from next_song.serving.archive import ModelArchive
from next_song.serving.contents import Example


def test_a_model_that_fails_in_a_session_is_never_packed(
    finished: Path,
    circle: Path,
    kedro_run: Callable[..., Any],
    anonymous_tables: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    root = shutil.copytree(finished, tmp_path / "run")
    packed = [root / "06_models/model.tar.gz", root / "06_models/unverified/model.tar.gz"]
    for archive in packed:
        archive.unlink()
    export = {
        "input": str(circle),
        "data_root": str(root),
        "run_args": {"pipeline_names": ["export"]},
    }
    with pytest.raises(InputError, match=r"found 'Table not initialized\.' when it was run in a"):
        kedro_run(**export)
    assert not any(archive.exists() for archive in packed)
    monkeypatch.undo()
    kedro_run(**export)
    assert packed[0].read_bytes() == (finished / "06_models/model.tar.gz").read_bytes()


def test_the_archive_carries_held_out_playlists(finished: Path) -> None:
    archive = ModelArchive.unpack(finished / "06_models/model.tar.gz")
    assert len(archive.examples) == 20
    after = {f"Song {song}": f"Song {(song + 1) % 40}" for song in range(40)}  # it is a circle
    for history, target in archive.examples:
        tracks = [song.split("\t")[1] for song in (*history, target)]
        assert len(tracks) == 8
        assert [after[track] for track in tracks[:-1]] == tracks[1:]
    playlists = duckdb.sql(f"from '{finished}/03_primary/playlists.parquet'")
    songs = duckdb.sql(f"from '{finished}/03_primary/songs.parquet'")
    ids = dict(songs.select("song, song_id").fetchall())
    tested = [
        [ids[song] for song in listed]
        for (listed,) in playlists.filter("split = 'test'").select("songs").fetchall()
    ]
    for history, target in archive.examples:
        assert [*history, target] in tested


def test_an_archive_without_examples_has_none_and_is_whole(
    finished: Path,
    circle: Path,
    kedro_run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    root = shutil.copytree(finished, tmp_path / "run")
    run = {"pipeline_names": ["export"]}
    kedro_run(input=str(circle), data_root=str(root), run_args=run, export={"examples": 0})
    archive = ModelArchive.unpack(root / "06_models/model.tar.gz")
    assert archive.examples == []
    assert "1/assets.extra/examples.json" not in [one.name for one in archive.manifest.members]


def test_examples_are_short_enough_to_look_through_and_known_in_part() -> None:
    long, unknown, half, known = list(range(51)), [7, 8], [8, 1], list(range(50))
    histories = Histories.of([long, unknown, half, known])
    queries = Queries(histories, np.array([1, 2, 9, 4], np.int32))
    drawn = _drawn(queries, known=7, most=20, seed=1)
    assert _examples(drawn, np.array([f"id {number}" for number in range(60)], object)) == [
        Example(["id 8", "id 1"], "id 9"),
        Example([f"id {number}" for number in range(50)], "id 4"),
    ]
    assert len(_drawn(queries, known=7, most=1, seed=1)) == 1
    assert len(_drawn(queries[:2], known=7, most=20, seed=1)) == 0


def test_examples_are_drawn_by_the_seed() -> None:
    songs = np.arange(40, dtype=np.int32)
    queries = Queries(Histories(songs, np.arange(39), np.arange(1, 40)), songs[1:])
    drawn = [_drawn(queries, known=40, most=5, seed=seed).targets.tolist() for seed in (1, 2, 2)]
    assert drawn[0] != drawn[1] == drawn[2]
