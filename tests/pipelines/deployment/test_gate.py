from typing import Any

import numpy as np
import pytest
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.grid import base_parameters
from next_song.parameters import Deployment, Protocol
from next_song.pipelines.deployment.nodes import (
    check_baselines,
    check_gate,
    compare_with_production,
)
from next_song.serving.endpoint import production

METRIC = ("hit_rate", 20)
DEPLOYMENT = Deployment.model_validate(base_parameters()["deployment"])
PROTOCOL = Protocol.model_validate(base_parameters()["protocol"])
PLAYLISTS = 20


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
    passed = check_baselines(scorecard(0.01), *METRIC, DEPLOYMENT)
    assert passed == "hit_rate@20 0.3000, baselines: popularity 0.0200, item_knn 0.2800"


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_what_chance_may_explain_is_refused(low: float) -> None:
    with pytest.raises(InputError) as error:
        check_baselines(scorecard(low), *METRIC, DEPLOYMENT)
    expected = f"0.3000 for champion wide, {low:+.4f} to +0.0600 from the baseline item_knn"
    assert expected in str(error.value)
    assert "deployment.only_if_better_than_baselines=false" in str(error.value)


def test_a_person_may_deploy_it_all_the_same() -> None:
    anyway = DEPLOYMENT.model_copy(update={"only_if_better_than_baselines": False})
    assert "0.3000" in check_baselines(scorecard(-0.1), *METRIC, anyway)


class Served:
    """An archive that finds the next song after the first so many songs; it knows those alone."""

    url, scorecard = "s3://bucket/models/0.tar.gz", {"model": "last week's"}

    def __init__(self, knows: int, k: int | None = None) -> None:
        self.knows, self.k = knows, k

    def answer(self, histories: list[list[str]]) -> dict[str, Any]:
        last = [int(history[-1]) for history in histories]
        return {
            "song_ids": np.array([[str(n + 1 if n < self.knows else -1)] for n in last], object)
        }


def held_out() -> tuple[DuckDBPyRelation, DuckDBPyRelation]:
    """Playlists `n, n + 1` of the test split, and their songs."""
    playlists = sql.connection().sql(
        "select 'test' as split, [range::int, range::int + 1] as songs, 1::bigint as first_target "
        "from range($playlists)",
        params={"playlists": PLAYLISTS},
    )
    songs = sql.connection().sql(
        "select range as song, range::text as song_id from range($songs)",
        params={"songs": PLAYLISTS + 1},
    )
    return playlists, songs


def compared(
    monkeypatch: pytest.MonkeyPatch, new: int, old: int | None, looks: int = 1
) -> dict[str, Any]:
    """What is found of two archives that know so many songs."""
    served = None if old is None else Served(old)
    monkeypatch.setattr(production, "served_archive", lambda _: served)
    archive: Any = Served(new)
    protocol = PROTOCOL.model_copy(update={"looks": looks})
    return compare_with_production(archive, *held_out(), *METRIC, DEPLOYMENT, protocol)


def gate(found: dict[str, Any], deployment: Deployment = DEPLOYMENT) -> str:
    card = {"model": "wide", "hit_rate": {"20": 0.3}}
    return check_gate("beside baselines", card, found, *METRIC, deployment)


def test_looks_at_the_test_split_widen_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    once, often = (compared(monkeypatch, 20, 5, looks) for looks in (1, 9))
    assert often["ahead"]["low"] < once["ahead"]["low"]
    assert often["interval"]["hit_rate"]["20"][1] > once["interval"]["hit_rate"]["20"][1]


def test_nothing_in_production_is_no_hindrance(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(monkeypatch, 20, None)
    assert found == {}
    assert gate(found) == "beside baselines; in production: nothing"


def test_the_model_in_production_answers_the_same_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(monkeypatch, 20, 5)
    assert found["hit_rate"]["20"] == 0.25  # it knows 5 of the 20 songs that are asked for
    assert found["model"] == "last week's"
    assert found["ahead"]["difference"] == 0.75
    assert found["ahead"]["low"] > 0
    assert gate(found).startswith("beside baselines; in production: 0.2500, ahead by +0.")


@pytest.mark.parametrize("new", [20, 19])
def test_as_good_as_production_by_chance_passes(monkeypatch: pytest.MonkeyPatch, new: int) -> None:
    found = compared(monkeypatch, new, 20)
    assert found["ahead"]["low"] < 0 <= found["ahead"]["high"]
    assert "in production: 1.0000" in gate(found)


def test_a_difference_that_may_be_none_passes() -> None:
    made = {"hit_rate": {"20": 0.31}, "ahead": {"low": -0.2, "high": 0.0}}
    passed = gate(made)
    assert passed == "beside baselines; in production: 0.3100, ahead by -0.2000 to +0.0000"
    made["ahead"]["high"] = -0.0001
    with pytest.raises(InputError, match=r"-0\.2000 to -0\.0001 from 0\.3100 of the model"):
        gate(made)


def test_worse_than_production_beyond_chance_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(monkeypatch, 5, 20)
    with pytest.raises(InputError) as error:
        gate(found)
    text = str(error.value)
    assert "found hit_rate@20 0.3000 for champion wide, -0." in text
    assert "from 1.0000 of the model that endpoint next-song serves" in text
    assert "deployment.only_if_not_worse_than_production=false" in text
    anyway = DEPLOYMENT.model_copy(update={"only_if_not_worse_than_production": False})
    assert "in production: 1.0000" in gate(found, anyway)


@pytest.mark.parametrize(("k", "anyway"), [(20, False), (None, False), (19, True)])
def test_a_model_in_production_that_answers_with_as_many_songs_is_compared(
    k: int | None, anyway: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(production, "served_archive", lambda _: Served(5, k))
    archive: Any = Served(20)
    given = DEPLOYMENT.model_copy(update={"only_if_not_worse_than_production": not anyway})
    found = compare_with_production(archive, *held_out(), *METRIC, given, PROTOCOL)
    assert found["ahead"]["difference"] == 0.75


def test_one_that_answers_with_fewer_songs_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(production, "served_archive", lambda _: Served(5, 19))
    archive: Any = Served(20)
    told = (
        r"found 19 songs in an answer of endpoint .*; expected at least 20, to compare hit_rate@20"
    )
    with pytest.raises(InputError, match=told):
        compare_with_production(archive, *held_out(), *METRIC, DEPLOYMENT, PROTOCOL)


class Second(Served):
    """It finds as many songs, each in the second place."""

    def answer(self, histories: list[list[str]]) -> dict[str, Any]:
        found = super().answer(histories)["song_ids"]
        return {"song_ids": np.hstack([np.full_like(found, "-2"), found])}


def test_how_far_it_is_ahead_is_in_the_metric_that_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(production, "served_archive", lambda _: Second(20))
    archive: Any = Served(20)
    for metric, ahead in (("hit_rate", 0), ("mrr", 0.5)):
        found = compare_with_production(archive, *held_out(), metric, 20, DEPLOYMENT, PROTOCOL)
        assert found["ahead"]["difference"] == ahead
        assert "unknown" not in found  # that is known of the songs of the new archive alone
