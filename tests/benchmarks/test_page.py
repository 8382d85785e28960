import json
from pathlib import Path
from typing import Any

import pytest

import page
from comparison.data_sets import FIGURES, PROTOCOL
from comparison.literature import BOTH, NOTES, PUBLISHED, TRAINING
from comparison.tables import figure
from page import main, section

METRICS = ("hit_rate", "mrr", "ndcg")


def card(value: float, behind: tuple[float, float, float] | None = None) -> dict[str, Any]:
    figures = {metric: dict.fromkeys(("10", "20", "100"), value) for metric in METRICS}
    ends = {
        metric: {k: [value - 0.01, value + 0.01] for k in values}
        for metric, values in figures.items()
    }
    names = ("difference", "low", "high")
    apart = {"behind": dict(zip(names, behind, strict=True))} if behind else {}
    return figures | {"interval": ends, "queries": 900, "unknown": 0.001} | apart


RUN: dict[str, Any] = {
    "metric": "hit_rate",
    "k": "20",
    "data": {"splits": {"train": {"playlists": 10_000}, "test": {"playlists": 90}}},
    "cost": {"seconds": 600, "peak_gib": 1.25},
    "champion": {
        "model": "wide",
        "parts": {"space_last": {"standardised": 0.5}},
        "runner_up": {"model": "near", "difference": 0.01, "low": -0.01, "high": 0.02},
    },
    "test": card(0.4)
    | {
        "model": "wide",
        "before_refit": card(0.36) | {"tutorial": card(0.18)},
        "vectors_alone": card(0.3),
        "baselines": {
            "popularity": card(0.1, (0.3, 0.2, 0.4)),
            "session_knn": card(0.39, (0.01, 0.001, 0.02)),
            "tutorial": card(0.2, (0.2, 0.1, 0.3)),
        },
        "slices": {"target": {"head": {"queries": 900, "hit_rate": 0.4}}},
    },
    "ablation": {
        "everything": card(0.35, (0, 0, 0)),
        "without `recent`": card(0.34, (0.01, 0.005, 0.015)),
    },
    "seeds": [0.35, 0.36],
    "export": {
        "songs": 1000,
        "dimensions": 64,
        "with_pairs": {"mib": 10, "p50_ms": 1.2},
        "without_pairs": {"mib": 6, "p50_ms": 1},
    },
}  # fmt: skip


def lines_of(name: str) -> list[str]:
    return section(name, RUN).splitlines()


def test_rivals_best_first_and_what_each_was_trained_on() -> None:
    lines = lines_of("movielens")
    shown = [line.split(" | ")[:2] for line in lines if TRAINING in line.partition("|")[2]]
    assert shown == [
        ["| **next-song**: `wide`", BOTH],
        ["| **the same before its refit**", TRAINING],
        ["| vectors alone", BOTH],
        ["| session knn", BOTH],
        ["| the tutorial as published", BOTH],
        ["| popularity", BOTH],
        ["| the tutorial as published", TRAINING],
    ]
    (line,) = [line for line in lines if "session knn" in line]
    assert line.endswith("| .390 (.380 to .400) | 0.0100 (0.0010 to 0.0200) |")


def test_how_many_times_the_tutorial() -> None:
    assert any(
        "HR@20 is 2.00 times that of the tutorial as published, trained on the same plays, and "
        "2.00 times before the refit of both; the difference is beyond chance." in line
        for line in lines_of("movielens")
    )


def test_published_rows_that_leak_are_named_with_the_reason() -> None:
    text = section("nowplaying", RUN)
    assert "| *STAN* (a public repository, second-hand, **not comparable**) |" in text
    assert "The published figures of VSTAN and STAN are not comparable: the prefixes" in text
    assert "not comparable" not in section("beauty", RUN)


def test_what_parts_are_worth() -> None:
    lines = lines_of("movielens")
    assert "| everything | .350 | .350 | .350 |  |" in lines
    assert "| without `recent` | .340 | .340 | .340 | 0.0100 (0.0050 to 0.0150) |" in lines


def test_data_sets_and_published_rows_fit_together() -> None:
    assert set(FIGURES) == set(PROTOCOL) == set(PUBLISHED)
    for name, shown in FIGURES.items():
        assert all(2 <= len(one.figures) <= len(shown) for one in PUBLISHED[name])
        assert (name in NOTES) == bool(PUBLISHED[name])


def test_the_page_has_what_was_measured_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    with pytest.raises(SystemExit, match=r"found no NAME/results\.json"):
        main(str(tmp_path))
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys/results.json").write_text(json.dumps(RUN))
    main(str(tmp_path))
    text = (tmp_path / "docs/RESULTS.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## toys"]


def test_figures_are_written_as_in_the_field() -> None:
    assert [figure(value) for value in (0.2374, 0, 1, -0.01, None)] == [
        ".237",
        ".000",
        "1.000",
        "-.010",
        "",
    ]
