"""A run that starts from the archive of an earlier one, with new playlists and a new song."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cards
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from next_song import sql
from next_song.datasets.model_archive import open_archive
from next_song.errors import InputError
from next_song.evaluation.baselines import BASELINES
from next_song.grid import candidate_names
from next_song.parameters import START_FROM
from next_song.pipelines.modeling import former
from next_song.serving.archive import ModelArchive
from next_song.serving.former import LENGTH, start_of
from next_song.serving.stored_index import read_index

pytestmark = pytest.mark.slow

Run = Callable[..., dict[str, Any]]
NEW = [
    f'"new{user}","Artist {song % 5}","Song {song}","Mix"'
    for user in range(60)
    for song in (38, 39, 99)
]


@pytest.fixture(scope="module")
def more(circle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The circle, with 60 more playlists, whose last song is new."""
    path = tmp_path_factory.mktemp("more") / "more.csv.gz"
    lines = gzip.decompress(circle.read_bytes()).decode()
    path.write_bytes(gzip.compress((lines + "\n".join(NEW) + "\n").encode()))
    return path


@pytest.fixture(scope="module")
def given(finished: Path, more: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The parameters of a run that starts from the archive of `finished`; the archive is a copy."""
    folder = tmp_path_factory.mktemp("continued")
    archive = shutil.copy(finished / "06_models/model.tar.gz", folder)
    root = str(folder / "data")
    return {"input": str(more), "data_root": root, "selection": {"start_from": str(archive)}}


@pytest.fixture(scope="module")
def continued(kedro_run: Run, given: dict[str, Any]) -> Path:
    """The data root of such a run."""
    kedro_run(**given)
    return Path(given["data_root"])


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_candidate_of_the_archive_goes_on_and_the_others_are_left_out(
    finished: Path, continued: Path
) -> None:
    model = read(finished / "08_reporting/champion.json")["model"]
    board = pd.read_csv(continued / "08_reporting/leaderboard.csv")
    assert set(board["model"]) == {model, f"{model}, vectors alone", *BASELINES}
    for name in candidate_names():
        files = load_file(continued / f"06_models/{name}/vectors.safetensors")
        assert bool(files) == (name == model)


def test_what_it_was_made_from_is_in_champion_scorecard_and_archive(
    finished: Path, continued: Path, given: dict[str, Any]
) -> None:
    start = ModelArchive.unpack(finished / "06_models/model.tar.gz")
    expected = {
        "archive": given["selection"]["start_from"],
        "sha256": start.digest,
        "model": start.scorecard["model"],
    }
    assert read(continued / "08_reporting/champion.json")["started_from"] == expected
    made = ModelArchive.unpack(continued / "06_models/model.tar.gz")
    assert made.scorecard["started_from"] == expected
    assert "started_from" not in start.scorecard
    assert made.score == start.score  # validation playlists were learned: no weights from them


def test_the_card_of_the_flow_says_it(continued: Path, given: dict[str, Any]) -> None:
    reports = continued / "08_reporting"
    champion, card = (read(reports / f"{name}.json") for name in ("champion", "test_scorecard"))
    shown = cards.selection(champion, pd.read_csv(reports / "leaderboard.csv"), card)
    said = f"**{champion['model']}**, continued from {champion['model']} in "
    assert f"{said}`{given['selection']['start_from']}`" in str(shown[1].render())


def test_it_knows_the_new_song_and_has_moved_little(finished: Path, continued: Path) -> None:
    first, made = (
        ModelArchive.unpack(root / "06_models/model.tar.gz") for root in (finished, continued)
    )
    numbers = start_of(first, made.songs).former
    new = made.songs.filter("track = 'Song 99'").fetchall()
    assert [row[0] for row in new] == np.flatnonzero(numbers == -1).tolist()
    before, after = (read_index(one)[0].query_units for one in (first, made))
    known = numbers >= 0
    same = (before[numbers[known]] * after[known]).sum(axis=1)
    assert same.min() > 0.8


def test_it_is_the_same_to_the_byte_and_refuses_another_archive(
    continued: Path, kedro_run: Run, given: dict[str, Any], finished: Path
) -> None:
    model = read(finished / "08_reporting/champion.json")["model"]
    vectors = continued / f"06_models/{model}/vectors.safetensors"
    before, archive = vectors.read_bytes(), Path(given["selection"]["start_from"])
    partial = given | {"run_args": {"namespaces": [f"modeling.{model}"]}}
    kedro_run(**partial)
    assert vectors.read_bytes() == before
    export = given | {"run_args": {"pipeline_names": ["export"]}}
    kept = archive.rename(archive.with_suffix(".kept"))
    kedro_run(**export)  # it needs the archive no more
    with pytest.raises(InputError, match=r"selection.start_from: found no file .*model.tar.gz"):
        kedro_run(**partial)
    archive.write_bytes(kept.read_bytes()[::-1])  # of the same size
    with pytest.raises(InputError, match=r"made from another selection\.start_from; expected"):
        kedro_run(**export)
    kept.rename(archive)


def test_vectors_of_another_size_are_refused(
    kedro_run: Run, continued: Path, given: dict[str, Any], finished: Path
) -> None:
    model = read(finished / "08_reporting/champion.json")["model"]
    other = {"modeling": {model: {"word2vec": {"vector_size": 8}}}}
    nodes = {"node_names": [f"modeling.{model}.train_{model}"]}
    with pytest.raises(InputError) as error:
        kedro_run(**given, **other, run_args=nodes)
    assert str(error.value) == (
        "selection.start_from: found vectors of size 16 in the archive; expected 8, the "
        f"vector_size of candidate {model}: change it to that of the archive, or leave start_from "
        "out to train anew"
    )


def test_a_model_of_a_candidate_that_the_grid_lacks_is_refused(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = str(finished / "06_models/model.tar.gz")
    model = read(finished / "08_reporting/champion.json")["model"]
    monkeypatch.setattr(former, "candidate_names", lambda: ["close", "far"])
    with pytest.raises(InputError) as error:
        former.former_model(archive, "close", repeats=False)
    expected = f"found a model of candidate {model} in {archive}; expected one of the grid, close,"
    assert str(error.value).startswith(f"selection.start_from: {expected} far: give")


def test_a_start_has_the_vectors_of_the_archive_by_the_new_numbers(finished: Path) -> None:
    archive = ModelArchive.unpack(finished / "06_models/model.tar.gz")
    index, _ = read_index(archive)
    connection = sql.connection()
    archive.songs.create_view("songs_of_archive", replace=True)
    songs = connection.sql(
        "select 40 - song as song, song_id from songs_of_archive union all select 0, 'new'"
    )
    start = start_of(archive, songs)
    assert start.former.tolist() == [-1, *reversed(range(40))]
    assert start.space.query_vectors == pytest.approx(LENGTH * index.query_units)
    assert start.space.target_vectors == pytest.approx(LENGTH * index.target_units.T)


def test_a_damaged_archive_is_told_by_the_parameter_that_gives_it(tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"^selection\.start_from"):
        open_archive(str(path), START_FROM)
    with pytest.raises(InputError, match=r"^model"):
        open_archive(str(path))
