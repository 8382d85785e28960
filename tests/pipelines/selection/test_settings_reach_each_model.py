"""Whether songs repeat, the metric, k and the songs left out count for each model that is compared.

Twelve songs in splits of a playlist for each song: see `asks`.
"""

import logging
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyRelation

from next_song.evaluation.cross_fitting import compared
from next_song.evaluation.metrics import Metric
from next_song.evaluation.rivals import AS_PUBLISHED, VECTORS_ALONE
from next_song.evaluation.scorecard import compare, rank_figures
from next_song.grid import base_parameters, candidate_names
from next_song.parameters import Protocol
from next_song.pipelines.modeling import nodes as modeling
from next_song.pipelines.modeling.nodes import score
from next_song.pipelines.selection import create_pipeline, nodes, testing
from next_song.retrieval.candidate import Candidate, Scored, Trained
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_space import Ints, SongSpace
from next_song.retrieval.tables import held_out, validation

SONGS = 12
PROTOCOL = Protocol(
    targets="last",
    repeats=False,
    k=[1, 2],
    max_validation_queries=99,
    looks=1,
    seed=1,
    scores_mib=1,
)
REPEATS = PROTOCOL.model_copy(update={"repeats": True})
SPACE = {"space": {"kind": "vectors", "decay": 0, "weight": 1}}
FIT = {"queries": 99, "least": 1, "candidates": SONGS, "spread": 1}
RETRIEVAL = Retrieval.model_validate({"weights": "fitted", "fit": FIT, "parts": SPACE})
NO_PAIRS = duckdb.sql(
    "select 0::integer as song, 0::integer as other, 0::float as next, 0::float as later, "
    "0::float as earlier, 0::float as together where false"
)
TABLE = duckdb.sql(
    "select unnest(range(12))::integer as song, 'song ' || song as song_id, 3 as plays, "
    "1 as recent_plays, 1 as late_plays"
)
WORD2VEC = base_parameters()["modeling"]["near"]["word2vec"]


def asks(step: int) -> DuckDBPyRelation:
    """Splits that all ask for the song so many steps after the one in the history."""
    return duckdb.sql(
        "select split, [song, (song + $step) % 12]::integer[] as songs, 0 as first_target, "
        "song as ordinal from (select unnest(['validation', 'test', 'train']) as split) "
        "cross join (select unnest(range(12))::integer as song)",
        params={"step": step},
    )


def knows(step: int) -> SongSpace:
    """A space in which the nearest song is the one so many steps after, the next one less so."""
    unit = np.eye(SONGS, dtype=np.float32)
    near = unit + 0.5 * np.roll(unit, 1, axis=0)
    return SongSpace(unit, np.ascontiguousarray(np.roll(near, step, axis=0)), np.full(SONGS, 3))


def rings() -> SongSpace:
    """Even songs on a ring and odd ones on another: next to each are those two steps away."""
    angles = np.pi / 6 * np.arange(SONGS)
    places = np.stack([np.cos(angles), np.sin(angles)], 1)
    vectors = np.zeros((SONGS, 4), np.float32)
    vectors[::2, :2], vectors[1::2, 2:] = places[::2], places[1::2]
    return SongSpace(vectors, vectors, np.full(SONGS, 3))


def trained(space: SongSpace, protocol: Protocol, step: int) -> Candidate:
    made = Trained(pd.DataFrame(), WORD2VEC, space)
    scored = score(made, NO_PAIRS, asks(step), TABLE, RETRIEVAL, protocol, None)
    return Candidate(scored.scorecard, scored.ranks, WORD2VEC, lambda: space)


def ranked(ranks: list[int]) -> Candidate:
    """A candidate with these ranks, whatever its space."""
    asked = validation(asks(1), PROTOCOL)
    card = rank_figures(np.array(ranks), asked, PROTOCOL, SONGS)
    more = {"retrieval": {"repeats": False, "parts": SPACE}, "standardised": {"space": 1.0}}
    return Candidate(card | more, np.array(ranks), WORD2VEC, lambda: knows(1))


FIRST_OR_NOT = ranked([0] * 7 + [9] * 5)  # hit rate and MRR 7/12
SECOND = ranked([1] * SONGS)  # hit rate at two 1, MRR 1/2


def chosen(metric: str, **candidates: Candidate) -> dict[str, Any]:
    table = nodes.rank_scorecards({}, asks(1), PROTOCOL, metric, 2, [], None, **candidates)
    tables = (NO_PAIRS, asks(1), TABLE, RETRIEVAL, PROTOCOL, metric, 2, None)
    return nodes.choose_champion(table, *tables, **candidates)[0]


def champion(protocol: Protocol, **more: str) -> dict[str, Any]:
    retrieval = {"repeats": protocol.repeats, "parts": SPACE}
    return {"model": "best", "retrieval": retrieval, "parts": {}, "tutorial": "best"} | more


def scorecard_of(
    space: SongSpace, step: int, metric: str = "hit_rate", k: int = 1, **rivals: Scored
) -> dict[str, Any]:
    """The scorecard of a champion."""
    tables = (NO_PAIRS, asks(step), TABLE)
    return testing.test_champion(
        champion(PROTOCOL), {}, space, *tables, rivals, {}, PROTOCOL, metric, k, None
    )


def test_where_songs_repeat_each_model_may_answer_one_of_the_history(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    playlists, best = asks(0), trained(knows(0), REPEATS, 0)
    assert best.scorecard["hit_rate"]["1"] == 1
    baselines = nodes.score_baselines(playlists, TABLE, REPEATS, ["popularity"])
    assert baselines["popularity"].scorecard["hit_rate"]["1"] == 1 / SONGS
    how = ("hit_rate", 1)
    table = nodes.rank_scorecards(
        baselines, playlists, REPEATS, *how, ["best"], None, best=best
    ).set_index("model")["hit_rate@1"]
    for name in ("best", f"best{AS_PUBLISHED}", f"best{VECTORS_ALONE}"):
        assert table[name] == 1
    made, _ = nodes.choose_champion(
        table.reset_index(), NO_PAIRS, playlists, TABLE, RETRIEVAL, REPEATS, *how, None, best=best
    )
    assert made["parts"]["space"]["worth"] == (SONGS - 1) / SONGS
    asked = (playlists, TABLE)
    before = testing.test_before_refit(
        champion(REPEATS), knows(0), NO_PAIRS, *asked, REPEATS, None, best=best
    )
    monkeypatch.setattr(testing, "train", lambda *_: knows(0))
    again = testing.test_tutorial(tmp_path, *asked, champion(REPEATS), REPEATS, None, best=best)[
        "tutorial"
    ]
    assert before["tutorial"]["hit_rate"]["1"] == again.scorecard["hit_rate"]["1"] == 1


@pytest.mark.parametrize(
    ("metric", "first", "second", "behind"),
    [("hit_rate", "sure", "early", 5 / 12), ("mrr", "early", "sure", 1 / 12)],
)
def test_the_metric_chooses_and_says_how_far_the_next_one_is_behind(
    metric: str, first: str, second: str, behind: float
) -> None:
    made = chosen(metric, early=FIRST_OR_NOT, sure=SECOND)
    assert made["model"] == first
    assert made["runner_up"]["model"] == second
    assert made["runner_up"]["difference"] == pytest.approx(behind)


@pytest.mark.parametrize(("metric", "behind"), [("hit_rate", 0), ("mrr", 1 / 2)])
def test_rivals_are_behind_in_the_metric(metric: str, behind: float) -> None:
    found = scorecard_of(knows(1), 1, metric, 2, popularity=SECOND)["baselines"]["popularity"]
    assert found["behind"]["difference"] == behind


def test_slices_and_the_warning_are_of_the_k_that_decides(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = scorecard_of(knows(1), 2)  # whose second answer is right
    assert second["hit_rate"] == {"1": 0, "2": 1}
    assert {one["hit_rate"] for part in second["slices"].values() for one in part.values()} == {0}
    (said,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert said.getMessage() == (
        "the result is no better than a random draw, whose hit rate at 1 is 8.3 %: check the "
        "columns and the order"
    )
    caplog.clear()
    assert scorecard_of(knows(1), 1)["hit_rate"]["1"] == 1
    assert not caplog.records


def test_before_the_refit_the_tutorial_is_its_own_model_without_the_songs_left_out(
    tmp_path: Path,
) -> None:
    listed = tmp_path / "exclude.txt"
    listed.write_text("song 5\n")  # which is asked for once
    candidates = {"best": trained(knows(1), PROTOCOL, 2), "rings": trained(rings(), PROTOCOL, 2)}
    for exclude, figure in ((None, 1), (str(listed), 11 / 12)):
        card = testing.test_before_refit(
            champion(PROTOCOL, tutorial="rings"),
            knows(1),
            NO_PAIRS,
            asks(2),
            TABLE,
            PROTOCOL,
            exclude,
            **candidates,
        )
        assert card["hit_rate"]["1"] == pytest.approx(1 - figure)  # one has no first answer
        assert card["tutorial"]["hit_rate"]["2"] == figure


def test_looks_widen_the_intervals_of_the_tutorial(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    often, best = PROTOCOL.model_copy(update={"looks": 9}), trained(rings(), PROTOCOL, 2)
    monkeypatch.setattr(testing, "train", lambda *_: rings())
    made = testing.test_tutorial(
        tmp_path, asks(2), TABLE, champion(PROTOCOL), often, None, best=best
    )["tutorial"]
    asked: Any = held_out(asks(2), "test", often)
    ranks: Ints = made.ranks
    assert made.scorecard == rank_figures(ranks, asked, often, SONGS, looks=9)
    assert made.scorecard != rank_figures(ranks, asked, often, SONGS)


def test_a_champion_that_goes_on_with_an_archive_has_no_worth_of_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nodes, "_origin", lambda _: {})
    best = trained(knows(1), PROTOCOL, 1)
    table = nodes.rank_scorecards({}, asks(1), PROTOCOL, "mrr", 2, [], "m.tar.gz", best=best)
    tables = (NO_PAIRS, asks(1), TABLE, RETRIEVAL, PROTOCOL, "mrr", 2, "m.tar.gz")
    made, _ = nodes.choose_champion(table, *tables, best=best)
    assert set(made["parts"]["space"]) == {"weight", "standardised"}


def test_what_chooses_the_champion_reads_nothing_that_was_refitted() -> None:
    before = create_pipeline().to_nodes("selection.choose_champion")
    names = {name for node in before.nodes for name in node.inputs}
    assert names >= {"song_pairs", "songs", "playlists", f"{candidate_names()[0]}_candidate"}
    assert not [name for name in names if name.startswith("refit") or "test" in name]


def test_words_and_warning_are_of_the_k_that_decides(caplog: pytest.LogCaptureFixture) -> None:
    second = scorecard_of(knows(1), 2, "hit_rate", 2)  # whose second answer is right
    assert "among its first 2 for 100 % of" in second["verdict"]
    assert not [one for one in caplog.records if one.levelno == logging.WARNING]


def test_the_seed_draws_what_is_compared_and_how_sure_differences_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeds: list[int] = []

    def spying(*given: Any) -> Any:
        seeds.append(given[-1])
        return compared(*given)

    for where in (modeling, nodes):
        monkeypatch.setattr(where, "compared", spying)
    other = PROTOCOL.model_copy(update={"seed": 5})
    trained(knows(1), other, 1)
    both = {"early": FIRST_OR_NOT, "sure": SECOND}
    table = nodes.rank_scorecards({}, asks(1), other, "mrr", 2, [], None, **both)
    tables = (NO_PAIRS, asks(1), TABLE, RETRIEVAL, other, "mrr", 2, None)
    made, _ = nodes.choose_champion(table, *tables, **both)
    assert seeds == [5, 5]
    early, sure = (Metric("mrr", 2).values(one.ranks) for one in both.values())
    runner_up = compare(early, sure, validation(asks(1), other), 5)
    assert made["runner_up"] == {"model": "sure"} | runner_up


def test_the_seed_draws_how_sure_it_is_that_a_baseline_is_behind() -> None:
    other = PROTOCOL.model_copy(update={"seed": 5})
    rivals = {"early": FIRST_OR_NOT}
    tables = (NO_PAIRS, asks(2), TABLE, rivals, {})
    after = testing.test_champion(champion(other), {}, knows(1), *tables, other, "mrr", 2, None)
    early, sure = (Metric("mrr", 2).values(one.ranks) for one in (FIRST_OR_NOT, SECOND))
    behind = compare(sure, early, held_out(asks(2), "test", other), 5)
    assert after["baselines"]["early"]["behind"] == behind
