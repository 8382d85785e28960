"""The Metaflow flow: a step for each Kedro pipeline, and the same results."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import pipelines
from metaflow.cards import get_cards

from next_song.pipelines.modeling.grid import candidate_names


@pytest.fixture(scope="module")
def run(runner: Callable[..., Any]) -> Any:
    return runner()


def test_every_group_of_nodes_is_a_step(flow: str) -> None:
    groups = {group.name for group in pipelines["__default__"].group_nodes_by("namespace")}
    text = Path(flow).read_text()
    assert groups <= {name for name in groups if f"    def {name}(self" in text}


def test_the_flow_gives_the_bytes_of_kedro_run(
    run: Any, finished: Path, hashes: Callable[[Path], dict[str, str]]
) -> None:
    assert run.successful
    flow, kedro = hashes(Path(run["end"].task.data.data_root)), hashes(finished)
    # names of TensorFlow's functions carry a number that counts up within a process
    different = {path for path in kedro if kedro[path] != flow.get(path)}
    assert {path for path in different if not path.endswith(".tar.gz")} == set()
    assert kedro.keys() == flow.keys()


def test_the_client_reads_what_people_ask_for(run: Any) -> None:
    data = run["end"].task.data
    assert data.candidates == candidate_names()
    assert data.leaderboard["model"][0] == data.champion["model"]
    assert data.test_scorecard["hit_rate"]["10"] == 1
    assert data.model_archive.endswith("/06_models/model.tar.gz")
    scorecards = run["selection"].task.data.scorecards
    assert set(scorecards) == set(candidate_names())


def test_the_card_shows_every_candidate(run: Any, card_content: Callable[[str], str]) -> None:
    (card,) = get_cards(run["selection"].task)
    shown = card_content(card.get())
    assert all(f'"{name}"' in shown for name in candidate_names())
    assert "Champion: " + run["end"].task.data.champion["model"] in shown
