"""The Metaflow flow: a step for each Kedro pipeline, and the same results."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import pipelines
from metaflow.cards import get_cards

from next_song.evaluation.baselines import BASELINES

pytestmark = pytest.mark.slow


@pytest.fixture
def run(survivor: Any) -> Any:
    """The run whose every step was killed once: a run that nothing happens to is that on S3."""
    return survivor.run


def test_every_group_of_nodes_is_a_step(flow: str) -> None:
    groups = {group.name for group in pipelines["__default__"].group_nodes_by("namespace")}
    text = Path(flow).read_text()
    assert groups <= {name for name in groups if f"    def {name}(self" in text}


def test_the_client_reads_what_people_ask_for(run: Any, candidates: list[str]) -> None:
    data = run["end"].task.data
    assert data.candidates == candidates
    assert data.leaderboard["model"][0] == data.champion["model"]
    assert data.test_scorecard["hit_rate"]["10"] == 1
    assert data.model_archive.endswith("/06_models/model.tar.gz")
    scorecards = run["selection"].task.data.scorecards
    assert set(scorecards) == set(candidates)


def test_the_cards_show_what_people_look_for(
    run: Any, card_content: Callable[[str], str], candidates: list[str]
) -> None:
    data = run["end"].task.data
    shown = {}
    for name in ("data_engineering", "selection", "export", "deployment"):
        (card,) = get_cards(run[name].task)
        shown[name] = card_content(card.get())
    assert "# 3,200 of 3,200 plays kept" in shown["data_engineering"]
    assert all(f'"{name}"' in shown["selection"] for name in [*candidates, *BASELINES])
    assert f"Champion: **{data.champion['model']}**" in shown["selection"]
    assert shown["selection"].count('"vegaChart"') == 3
    size = Path(data.model_archive).stat().st_size / 1e6
    assert f"Model archive, {size:.1f} MB" in shown["export"]
    # the certain next song is found by the archive as it was before
    assert '["hit_rate@10", "1.00000", "1.00000"]' in shown["export"]
    assert "# Not deployed" in shown["deployment"]


def test_no_card_asks_for_what_metaflow_does_not_bring(
    run: Any, card_content: Callable[[str], str]
) -> None:
    (card,) = get_cards(run["selection"].task)
    addresses = set(re.findall(r"https?://[^\"]+", card_content(card.get())))
    assert addresses <= {"https://vega.github.io/schema/vega-lite/v6.json"}  # a name, not read
