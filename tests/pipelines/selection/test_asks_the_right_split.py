"""Nodes on three tiny splits: validation asks for the song after, the test split for the second.

Song pairs know the song after; the song space knows the second. So what a node answers, chooses or
fits says which split it asked.
"""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from next_song.evaluation.scorecard import rank_figures
from next_song.parameters import Protocol
from next_song.pipelines.modeling.nodes import score
from next_song.pipelines.selection import nodes, testing
from next_song.retrieval.candidate import Candidate, Trained
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import held_out, validation

SONGS = 12
PROTOCOL = Protocol(
    targets="last", repeats=False, k=[1], max_validation_queries=99, looks=1, seed=1, scores_mib=1
)
METRIC = ("hit_rate", 1)
PARTS = {
    "space": {"kind": "vectors", "decay": 0, "weight": 1},
    "next": {"kind": "pairs", "rate": "next", "decay": 0, "weight": 0.3},
}
RETRIEVAL = Retrieval.model_validate(
    {
        "weights": "fitted",
        "fit": {"queries": 99, "least": 1, "candidates": SONGS, "spread": 1},
        "parts": PARTS,
    }
)
STEPS = {"validation": 1, "test": 2, "train": 3}
PLAYLISTS = duckdb.sql(
    "select split, [song, (song + step) % 12]::integer[] as songs, 0 as first_target, "
    "song as ordinal from (select unnest(['validation', 'test', 'train']) as split, "
    "unnest([1, 2, 3]) as step) cross join (select unnest(range(12))::integer as song)"
)
PAIRS = duckdb.sql(
    "select song, ((song + 1) % 12)::integer as other, 1::float as next, 0::float as later, "
    "0::float as earlier, 0::float as together from (select unnest(range(12))::integer as song)"
)
TABLE = duckdb.sql(
    "select unnest(range(12))::integer as song, 'song ' || song as song_id, 3 as plays, "
    "1 as recent_plays, 1 as late_plays"
)


def knows(step: int) -> SongSpace:
    """A space in which the nearest song is the one so many steps after, the next ones less so."""
    unit = np.eye(SONGS, dtype=np.float32)
    near = unit + 0.5 * np.roll(unit, 1, axis=0)
    return SongSpace(unit, np.ascontiguousarray(np.roll(near, step, axis=0)), np.full(SONGS, 3))


def candidate(step: int, retrieval: Retrieval = RETRIEVAL) -> Candidate:
    trained = Trained(pd.DataFrame(), {}, knows(step))
    made = score(trained, PAIRS, PLAYLISTS, TABLE, retrieval, PROTOCOL, None)
    return Candidate(made.scorecard, made.ranks, {}, lambda: knows(step))


def champion(parts: dict[str, Any]) -> dict[str, Any]:
    setting = {"repeats": False, "parts": parts}
    return {"model": "best", "retrieval": setting, "parts": {}, "tutorial": "best"}


def test_weights_are_fitted_on_validation_and_so_are_figures() -> None:
    card = candidate(2).scorecard
    weights = {name: part["weight"] for name, part in card["retrieval"]["parts"].items()}
    assert weights["next"] > 2 * PARTS["next"]["weight"]  # type: ignore[operator]
    assert weights["space"] < PARTS["space"]["weight"]  # type: ignore[operator]
    assert card["hit_rate"] == {"1": 1.0}
    assert card["queries"] == SONGS


def test_the_champion_is_the_best_on_validation_and_not_on_the_test() -> None:
    # neither looks at song pairs: one knows the answers of the test split, one of validation
    alone = RETRIEVAL.model_copy(update={"parts": {"space": RETRIEVAL.parts["space"]}})
    steps = {"later": 2, "best": 1, "neither": 3}
    candidates = {name: candidate(step, alone) for name, step in steps.items()}
    table = nodes.rank_scorecards({}, PLAYLISTS, PROTOCOL, *METRIC, ["best"], None, **candidates)
    tables = (PAIRS, PLAYLISTS, TABLE, alone, PROTOCOL, *METRIC, None)
    made, space = nodes.choose_champion(table, *tables, **candidates)
    assert made["model"] == "best"
    assert made["validation"]["hit_rate@1"] == 1
    assert made["runner_up"]["difference"] == 1
    # without it all songs are equal, and the lower number is right for the first and the last one
    assert made["parts"]["space"]["worth"] == 10 / 12
    assert (space.target_vectors == knows(1).target_vectors).all()


@pytest.mark.parametrize(("step", "figure"), [(1, 1.0), (2, 0.0), (3, 0.0)])
def test_rivals_on_the_leaderboard_answer_validation(step: int, figure: float) -> None:
    table = nodes.rank_scorecards(
        {}, PLAYLISTS, PROTOCOL, *METRIC, ["best"], None, best=candidate(step)
    )
    alone = table[table["model"] == "best, vectors alone"]["hit_rate@1"].tolist()
    assert alone == [figure]


@pytest.mark.parametrize(("step", "figure"), [(1, 0.0), (2, 1.0), (3, 0.0)])
def test_before_refit_and_after_it_the_test_split_is_asked(step: int, figure: float) -> None:
    asked, space = champion({"space": PARTS["space"]}), knows(step)
    before = testing.test_before_refit(
        asked, space, PAIRS, PLAYLISTS, TABLE, PROTOCOL, None, best=candidate(1)
    )
    after = testing.test_champion(
        asked, before, space, PAIRS, PLAYLISTS, TABLE, {}, {}, PROTOCOL, *METRIC, None
    )
    for card in (before, after, after["vectors_alone"]):
        assert card["hit_rate"] == {"1": figure}


def test_looks_at_the_test_split_widen_its_intervals_and_no_others() -> None:
    often = PROTOCOL.model_copy(update={"looks": 9})
    names = ["item_knn"]
    before = nodes.score_baselines(PLAYLISTS, TABLE, often, names)["item_knn"]
    asked = validation(PLAYLISTS, often)
    assert before.scorecard == rank_figures(before.ranks, asked, often, SONGS, looks=1)
    after = testing.test_baselines(PLAYLISTS, TABLE, often, names, None)["item_knn"]
    asked = held_out(PLAYLISTS, "test", often)
    assert after.scorecard == rank_figures(after.ranks, asked, often, SONGS, looks=9)
    made = candidate(1)
    assert (
        made.scorecard["interval"]
        == rank_figures(made.ranks, asked, PROTOCOL, SONGS, 1)["interval"]
    )


def scorecards(protocol: Protocol, exclude: str | None) -> list[dict[str, Any]]:
    """All scorecards of a champion that is always right on the test split."""
    asked, space = champion({"space": PARTS["space"]}), knows(2)
    before = testing.test_before_refit(
        asked, space, PAIRS, PLAYLISTS, TABLE, protocol, exclude, best=candidate(2)
    )
    baselines = testing.test_baselines(PLAYLISTS, TABLE, protocol, ["item_knn"], exclude)
    after = testing.test_champion(
        asked, before, space, PAIRS, PLAYLISTS, TABLE, baselines, {}, protocol, *METRIC, exclude
    )
    return [
        before,
        before["tutorial"],
        after,
        after["vectors_alone"],
        after["baselines"]["item_knn"],
    ]


def test_looks_at_the_test_split_widen_each_interval_of_its_scorecards() -> None:
    once, often = (
        scorecards(PROTOCOL, None),
        scorecards(PROTOCOL.model_copy(update={"looks": 9}), None),
    )
    for one, other in zip(once, often, strict=True):
        assert one["hit_rate"] == other["hit_rate"]
        assert one["interval"]["hit_rate"]["1"] != other["interval"]["hit_rate"]["1"]
    assert often[-1]["behind"]["low"] < once[-1]["behind"]["low"]


def test_songs_that_are_left_out_are_left_out_of_each_scorecard(tmp_path: Path) -> None:
    listed = tmp_path / "exclude.txt"
    listed.write_text("song 5\n")  # which is asked for once
    before, _, after, alone, _ = scorecards(PROTOCOL, str(listed))
    assert [card["hit_rate"]["1"] for card in (before, after, alone)] == [11 / 12] * 3


def test_a_history_is_unknown_if_the_model_lacks_its_songs_and_not_if_the_table_does() -> None:
    whole = knows(1)
    half = SongSpace(whole.query_vectors[:6], whole.target_vectors[:6], np.full(6, 3))
    trained = Trained(pd.DataFrame(), {}, half)
    made = score(trained, PAIRS, PLAYLISTS, TABLE, RETRIEVAL, PROTOCOL, None)
    assert made.scorecard["unknown"] == 0.5
    given = (PAIRS, PLAYLISTS, TABLE, {}, {}, PROTOCOL, *METRIC, None)
    after = testing.test_champion(champion({"space": PARTS["space"]}), {}, half, *given)
    assert after["unknown"] == after["vectors_alone"]["unknown"] == 0.5


def test_all_queries_of_the_test_split_are_asked_however_few_compare_candidates() -> None:
    few = PROTOCOL.model_copy(update={"max_validation_queries": 5})
    assert {card["queries"] for card in scorecards(few, None)} == {SONGS}
