from typing import Any

from next_song.grid import candidate_names
from tuning import PAGE, TABLES, candidates, costs, filled, refit, retrieval


def row(model: str, figure: float, **setting: Any) -> dict[str, Any]:
    full = {"decay": None, "target": None, "popularity": None, "followers": None} | setting
    return {"model": model, "hit_rate@20": figure, "low": 0.2, "high": 0.3} | full


SETTING = {"decay": 0.5, "target": "output", "popularity": 0.0, "followers": 0.2}
RUNS: dict[str, Any] = {
    "one": {
        "metric": "hit_rate",
        "k": "20",
        "leaderboard": [
            *(row(name, 0.25 - n / 100, **SETTING) for n, name in enumerate(candidate_names())),
            row("wide", 0.2, **SETTING | {"decay": 0.0}),
            row("near", 0.1, **SETTING | {"decay": 0.0}),
            row("popularity", 0.9),  # a baseline has no setting
        ],
        "test": {"hit_rate": {"20": 0.4}, "before_refit": {"hit_rate": {"20": 0.35}}},
        "training": {"wide": 61.7},
        "export": {
            "archive": {"mib": 10, "p50_ms": 1.25},
            "vectors_alone": {"mib": 6, "p50_ms": 0.8},
        },
    }
}


def test_the_best_figure_with_each_value() -> None:
    lines = retrieval(RUNS).splitlines()
    assert lines[0] == "|  | one, HR@20 |"
    assert lines[2:4] == ["| `decay: 0` | .200 |", "| `decay: 0.5` | **.250** |"]
    assert lines[-1] == "| 95 % interval of the best | .200 to .300 |"


def test_each_candidate_and_what_it_is() -> None:
    lines = candidates(RUNS).splitlines()
    what = "sg 0, window 10, vector_size 48, min_count 3"
    assert lines[2] == f"| `tutorial_3` | {what} | **.250** |"
    assert len(lines) == 2 + len(candidate_names())


def test_costs_and_refit() -> None:
    assert "| train `wide` | 62 s |" in costs(RUNS)
    assert "| without followers | 6 MiB, 0.8 ms |" in costs(RUNS)
    assert refit(RUNS).endswith("| chosen on validation | .350 |\n| trained again with it | .400 |")


def test_the_page_has_a_place_for_each_table_and_keeps_its_words() -> None:
    text = PAGE.read_text("utf-8")
    made = filled(text, RUNS)
    assert [line for line in made.splitlines() if line.startswith("<!-- table")] == [
        f"<!-- table: {name} -->" for name in TABLES
    ]
    assert made.split("<!--")[0] == text.split("<!--")[0]
    assert filled(made, RUNS) == made
