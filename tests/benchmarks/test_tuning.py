from typing import Any

from next_song.grid import candidate_names
from tuning import PAGE, TABLES, candidates, costs, filled, refit, weights, worth


def row(model: str, figure: float) -> dict[str, Any]:
    return {"model": model, "hit_rate@20": figure}


def card(figure: float, *behind: float) -> dict[str, Any]:
    names = ("difference", "low", "high")
    return {"hit_rate": {"20": figure}, "behind": dict(zip(names, behind, strict=True))}


RUNS: dict[str, Any] = {
    "one": {
        "metric": "hit_rate",
        "k": "20",
        "leaderboard": [
            *(row(name, 0.25 - n / 100) for n, name in enumerate(candidate_names())),
            row("popularity", 0.9),  # a baseline is no candidate
        ],
        "champion": {"parts": {"space": {"weight": 5, "standardised": 0.5}}},
        "ablation": {
            "everything": card(0.25, 0, 0, 0),
            "vectors alone": card(0.2, 0.05, 0.04, 0.06),
            "without `space`": card(0.249, 0.001, -0.001, 0.003),
        },
        "test": {"hit_rate": {"20": 0.4}, "before_refit": {"hit_rate": {"20": 0.35}}},
        "training": {"wide": 61.7},
        "export": {
            "with_pairs": {"mib": 10, "p50_ms": 1.25},
            "without_pairs": {"mib": 6, "p50_ms": 0.8},
        },
    },
}
RUNS["two"] = RUNS["one"] | {
    "champion": {"parts": {"space": {"standardised": 0.25}, "last": {"standardised": -1.5}}},
    "ablation": {"everything": card(0.5, 0, 0, 0), "without `last`": card(0.4, 0.1, 0.05, 0.15)},
}


def test_weights_of_each_part_even_if_a_run_lacks_it() -> None:
    assert weights(RUNS).splitlines()[2:] == ["| `space` | 0.50 | 0.25 |", "| `last` |  | -1.50 |"]


def test_what_parts_are_worth_is_bold_beyond_chance() -> None:
    assert worth(RUNS).splitlines()[2:] == [
        "| everything | .250 | .500 |",
        "| without `space` | 0.0010 (-0.0010 to 0.0030) |  |",
        "| without `last` |  | **0.1000** (0.0500 to 0.1500) |",
        "| vectors alone | **0.0500** (0.0400 to 0.0600) |  |",
    ]


def test_each_candidate_and_what_it_is() -> None:
    lines = candidates(RUNS).splitlines()
    what = "sg 0, window 10, vector_size 48, min_count 3"
    assert lines[2] == f"| `tutorial_3` | {what} | **.250** | **.250** |"
    assert len(lines) == 2 + len(candidate_names())


def test_costs_and_refit() -> None:
    assert "| train `wide` | 62 s | 62 s |" in costs(RUNS)
    assert "| no song pairs | 6 MiB, 0.8 ms | 6 MiB, 0.8 ms |" in costs(RUNS)
    assert refit(RUNS).endswith("| trained again with it | .400 | .400 |")


def test_the_page_has_a_place_for_each_table_and_keeps_its_words() -> None:
    text = PAGE.read_text("utf-8")
    made = filled(text, RUNS)
    assert [line for line in made.splitlines() if line.startswith("<!-- table")] == [
        f"<!-- table: {name} -->" for name in TABLES
    ]
    assert made.split("<!--")[0] == text.split("<!--")[0]
    assert filled(made, RUNS) == made
