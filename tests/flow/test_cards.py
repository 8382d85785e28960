"""What cards and charts say of reports, each figure another number."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cards
import charts
import pandas as pd
import pytest
from metaflow.cards import Markdown, Table
from recommend_flow import RecommendFlow


def tables(components: list[Any]) -> list[list[list[str]]]:
    """The rows of each table of a card."""
    return [one._data for one in components if isinstance(one, Table)]


def test_what_was_left_out_is_a_share_of_what_was_read() -> None:
    report = {
        "input": {"files": ["a.csv"], "order": "time"},
        "rows": {"read": 1000, "rejected": 10, "dropped": {"skip": 790}, "kept": 200},
        "songs": {"all": 9, "in_training": 7},
        "splits": {"train": {"playlists": 5, "plays": 6, "songs": 7}},
    }
    left_out, splits = tables(cards.data_engineering(report))
    assert left_out == [["rejected: could not be read", "10", "1.00%"], ["skip", "790", "79.00%"]]
    assert splits == [["train", "5", "6", "7"]]


def test_the_archive_stands_beside_what_was_tested(tmp_path: Path) -> None:
    names = ("hit_rate", "mrr", "ndcg")
    before = {name: {"5": 0.1 + place / 100} for place, name in enumerate(names)}
    measured = {name: {"5": 0.2 + place / 100} for place, name in enumerate(names)}
    example = {"history": ["a"], "next": ["b"], "target": "c", "rank": None}
    example["names"] = dict(zip("abc", "ABC", strict=True))
    report = measured | {"queries": 9, "allowed_difference": 0.1, "example": example}
    (tmp_path / "model.tar.gz").touch()
    card = cards.export(report, before | {"verdict": "good"}, str(tmp_path / "model.tar.gz"))
    _, figures = tables(card)
    assert figures == [
        [f"{name}@5", f"{0.1 + place / 100:.5f}", f"{0.2 + place / 100:.5f}"]
        for place, name in enumerate(names)
    ]


def test_an_endpoint_that_scales_says_what_it_costs_at_most() -> None:
    endpoint = dict.fromkeys(("model", "config", "image", "archive", "gate"), "x") | {
        "endpoint": "songs",
        "usd_per_day": 2.5,
        "usd_per_day_at_most": 10.0,
        "smoke_query": ["a"],
        "instances": 1,
        "instance": "small",
        "autoscaling": "1 to 4",
    }
    told = " ".join(one._text for one in cards.deployment(endpoint) if isinstance(one, Markdown))
    assert "about 2.50 USD a day (1 of small; 1 to 4, 10.00 USD at most)" in told


def test_models_with_any_weight_are_candidates() -> None:
    board = pd.DataFrame(
        [
            {"model": "wide", "low": 0.1, "high": 0.2, "weight.a": 1.0, "weight.b": 2.0},
            {"model": "older", "low": 0.1, "high": 0.2, "weight.a": 1.0},
            {"model": "popularity", "low": 0.0, "high": 0.1},
        ]
    )
    rows = charts.leaderboard(board)._spec["data"]["values"]
    assert [row["kind"] for row in rows] == ["candidate", "candidate", "baseline"]


def test_what_a_job_is_asked_joins_what_its_step_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("next_song.runs.run_pipeline", lambda *_, **given: asked.update(given))
    flow = SimpleNamespace(
        playlists="a.csv", model="m.tar.gz", data_root="runs/1", env="aws",
        overrides={"recommendation": {"k": 50}, "source": "plays", "input": "other.csv"},
    )  # fmt: skip
    RecommendFlow._flow_cls.kedro(
        flow, "answer_histories", recommendation={"shard": "1/2"}, output="o"
    )
    assert asked["params"] == {
        "source": "plays",
        "input": "a.csv",
        "model": "m.tar.gz",
        "data_root": "runs/1",
        "output": "o",
        "recommendation": {"k": 50, "shard": "1/2"},
    }
    assert asked["nodes"] == ("recommendation.answer_histories",)


def test_only_the_champion_has_its_colour() -> None:
    rates = [(f"model {n}", {"hit_rate": {"1": 0.1}}) for n in range(20)]
    scale = charts.hit_rates(rates)._spec["encoding"]["color"]["scale"]
    champion, *others = scale["range"]
    assert (len(scale["domain"]), len(others)) == (20, 19)
    assert champion not in others


def test_validation_and_test_each_tell_their_own_queries() -> None:
    figures = {name: {"5": 0.25} for name in ("hit_rate", "mrr", "ndcg")}
    answers = {name: {"model": 0.5} for name in ("coverage", "gini", "popularity")}
    scorecard = figures | answers | {"model": "wide", "queries": 1234, "verdict": "good"}
    scorecard |= {"baselines": {"popularity": figures}}
    scorecard["slices"] = {"target": {}, "history": {}}
    row = {"model": "wide", "queries": 5678, "hit_rate@5": 0.25, "low": 0.2, "high": 0.3}
    champion = {"model": "wide", "parts": {"space": {"weight": 1.0}}}
    shown = cards.selection(champion, pd.DataFrame([row]), scorecard)
    told = [one._text for one in shown if isinstance(one, Markdown)]
    assert "## Test, 1,234 queries" in told
    assert "## Validation, 5,678 queries" in told
