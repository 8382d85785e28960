"""A whole run on playlists of which each split has an answer of its own: see `splits`.

What is learned from a split, and what is asked of it, shows in exact figures.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
import splits

from next_song.evaluation.baselines import BASELINES
from next_song.pipelines.export import create_pipeline as export
from next_song.pipelines.selection import create_pipeline as selection
from next_song.progress.tasks import Task

LEARNED = set(BASELINES) - {"popularity"}


@pytest.fixture(scope="module")
def tasks() -> Iterator[list[Task]]:
    """The tasks of the run that have ended; what is polled is polled for a terminal alone."""
    ended: list[Task] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Task, "end", lambda task: ended.append(task) if task.unit else None)
        yield ended


@pytest.fixture(scope="module")
def reports(
    kedro_run: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory, tasks: list[Task]
) -> dict[str, Any]:
    """The reports of a run up to the test, and the leaderboard by model."""
    root = tmp_path_factory.mktemp("apart")
    kedro_run(
        run_args={"to_outputs": ["test_scorecard", "data_report"]},
        input=str(splits.write(splits.plays_apart(), root / "apart.csv")),
        data_root=str(root),
        split={"by": "column"},
        cleaning={"min_songs": 1},
        protocol={"k": [1, 2, 3]},
        selection={"k": 1},
    )
    folder = root / "08_reporting"
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    table = pd.read_csv(folder / "leaderboard.csv").set_index("model")
    return found | {"leaderboard": table["hit_rate@1"].to_dict()}


def test_on_validation_baselines_know_training_alone(reports: dict[str, Any]) -> None:
    figures = reports["leaderboard"]
    # of four parts, `known` and the most played song of training; popularity has the latter
    assert {name: figures[name] for name in LEARNED} == dict.fromkeys(LEARNED, 1 / 2)
    assert figures["popularity"] == 1 / 4
    assert max(figures.values()) == 1 / 2  # `only` and `taught` are for nobody to know


def test_on_the_test_split_they_know_validation_and_not_the_test(reports: dict[str, Any]) -> None:
    found = {
        name: card["hit_rate"]["1"] for name, card in reports["test_scorecard"]["baselines"].items()
    }
    # of three parts, `taught` and the most played song of training and validation
    assert {name: found[name] for name in LEARNED} == dict.fromkeys(LEARNED, 2 / 3)
    assert found["popularity"] == 1 / 3
    assert found["tutorial"] >= 1 / 3  # it was trained again as well


def test_the_champion_is_refitted_with_validation_and_never_with_the_test(
    reports: dict[str, Any],
) -> None:
    before, after = reports["before_refit"], reports["test_scorecard"]
    assert before["hit_rate"]["1"] == 0  # on validation it would be a quarter at least
    assert before["tutorial"]["hit_rate"]["1"] == 0
    assert after["hit_rate"]["1"] == 2 / 3
    assert before["queries"] == after["queries"] == 18 * splits.TRIGGERS
    assert after["before_refit"] == before
    assert reports["champion"]["validation"]["queries"] == 16 * splits.TRIGGERS


def test_the_champion_is_the_best_on_validation(reports: dict[str, Any]) -> None:
    assert reports["champion"]["validation"]["hit_rate@1"] == 1 / 2


def test_every_long_task_ends_with_all_of_it_done(
    reports: dict[str, Any], tasks: list[Task]
) -> None:
    assert {task.what for task in tasks} >= {"comparing", "scoring"}
    assert [(task.what, task.done) for task in tasks] == [(task.what, task.total) for task in tasks]


def test_what_is_made_before_the_refit_stays_before_it() -> None:
    before = {"train_corpus", "playlists", "songs", "song_pairs", "chosen_vectors"}
    assert selection().inputs() & before == before - {"train_corpus", "chosen_vectors"}
    assert not export().inputs() & before
    refitted = {node.name: set(node.inputs) for node in selection().nodes}
    for name in ("selection.test_baselines", "selection.test_champion", "selection.test_tutorial"):
        assert not refitted[name] & before
    assert {"playlists", "songs"} < refitted["selection.test_before_refit"]


def test_the_report_counts_songs_of_training_alone(reports: dict[str, Any]) -> None:
    plays = splits.plays_apart()
    trained = {song for _, song, split, _ in plays if split == "train"}
    known = {song for _, song, split, _ in plays if split != "test"}
    assert len(known) > len(trained)
    assert reports["data_report"]["songs"]["in_training"] == len(trained)
