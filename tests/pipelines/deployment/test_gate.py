from typing import Any

import pytest

from next_song.errors import InputError
from next_song.grid import base_parameters
from next_song.parameters import Deployment, Selection
from next_song.pipelines.deployment.nodes import check_gate

SELECTION = Selection(
    metric="hit_rate", k=20, baselines=["popularity", "item_knn"], tutorial=[], refit="anew"
)
DEPLOYMENT = Deployment.model_validate(base_parameters()["deployment"])


def scorecard(low: float) -> dict[str, Any]:
    """A champion far ahead of one baseline, and from `low` on ahead of the other."""
    return {
        "model": "wide",
        "hit_rate": {"20": 0.3},
        "baselines": {
            "popularity": {"hit_rate": {"20": 0.02}, "behind": {"low": 0.25, "high": 0.31}},
            "item_knn": {"hit_rate": {"20": 0.28}, "behind": {"low": low, "high": 0.06}},
        },
    }


def test_better_than_every_baseline_by_more_than_chance_passes() -> None:
    passed = check_gate(scorecard(0.01), SELECTION, DEPLOYMENT)
    assert passed == "hit_rate@20 0.3000, baselines: popularity 0.0200, item_knn 0.2800"


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_what_chance_may_explain_is_refused(low: float) -> None:
    with pytest.raises(InputError) as error:
        check_gate(scorecard(low), SELECTION, DEPLOYMENT)
    expected = f"0.3000 for champion wide, {low:+.4f} to +0.0600 from the baseline item_knn"
    assert expected in str(error.value)
    assert "deployment.only_if_better_than_baselines=false" in str(error.value)


def test_a_person_may_deploy_it_all_the_same() -> None:
    anyway = DEPLOYMENT.model_copy(update={"only_if_better_than_baselines": False})
    assert "0.3000" in check_gate(scorecard(-0.1), SELECTION, anyway)
