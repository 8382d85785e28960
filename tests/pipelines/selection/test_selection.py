from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from next_song.evaluation.rivals import best_published
from next_song.evaluation.uncertainty import interval
from next_song.parameters import Protocol
from next_song.pipelines.selection import nodes, testing
from next_song.retrieval.candidate import Candidate, Scored
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_space import SongSpace

PROTOCOL = Protocol(
    targets="last", repeats=False, k=[1, 2], max_validation_queries=9, looks=1, seed=5, scores_mib=1
)
SETTING = {
    "repeats": False,
    "parts": {"space": {"kind": "vectors", "decay": 0.5, "weight": 1.0}},
}
RETRIEVAL = Retrieval.model_validate(
    {
        "weights": "fitted",
        "fit": {"queries": 9, "least": 1, "candidates": 3, "spread": 1},
        "parts": SETTING["parts"],
    }
)
METRIC, BASELINES = ("hit_rate", 1), ["popularity"]
# songs 0, 1, 2 were played 5, 4 and 1 times; after 0 comes 2, and popularity says 1
PLAYLISTS = duckdb.sql(
    "select unnest(['train', 'validation', 'test']) as split, [0, 2] as songs, 0 as first_target"
)
PAIRS = duckdb.sql(
    "select 0 as song, 1::integer as other, "
    "0.5::float as next, 0::float as later, 0::float as earlier, 0.5::float as together"
)
SONGS = duckdb.sql(
    "select unnest([0, 1, 2]) as song, unnest([5, 4, 1]) as plays, "
    "unnest([1, 0, 1]) as recent_plays, unnest([2, 1, 1]) as late_plays"
)


def card(hit_rate: float) -> dict[str, Any]:
    by_k = {"1": hit_rate, "2": 1.0}
    names = ("hit_rate", "mrr", "ndcg")
    bounds = {k: [0.0, 1.0] for k in by_k}
    interval = {"interval": dict.fromkeys(names, bounds)}
    counts = {"queries": 1, "unknown": 0.0}
    scored = {"retrieval": SETTING, "standardised": {"space": 0.5}}
    return scored | counts | dict.fromkeys(names, by_k) | interval


def space(offset: int) -> SongSpace:
    turned = np.roll(np.eye(3, dtype=np.float32), offset, axis=0)
    return SongSpace(np.eye(3, dtype=np.float32), turned, np.array([5, 4, 1]))


def candidate(made: dict[str, Any], made_space: SongSpace, rank: int = 0) -> Candidate:
    return Candidate(made, np.array([rank]), {}, lambda: made_space)


def board(**cards: dict[str, Any]) -> Any:
    candidates = {name: candidate(made, space(0)) for name, made in cards.items()}
    baselines = nodes.score_baselines(PLAYLISTS, SONGS, PROTOCOL, BASELINES)
    return nodes.rank_scorecards(baselines, PLAYLISTS, PROTOCOL, *METRIC, ["a"], None, **candidates)


def choose(leaderboard: Any, **candidates: Candidate) -> Any:
    tables = (PAIRS, PLAYLISTS, SONGS, RETRIEVAL, PROTOCOL, *METRIC, None)
    return nodes.choose_champion(leaderboard, *tables, **candidates)


def test_best_first_and_equals_in_the_order_of_the_grid() -> None:
    table = board(c=card(0.2), a=card(0.5), b=card(0.5))
    assert table["model"].tolist()[:4] == ["a", "b", "c", "popularity"]
    assert set(table["model"][4:]) == {"a, as published", "a, vectors alone"}
    assert table["hit_rate@1"].tolist() == [0.5, 0.5, 0.2, 0.0, 0.0, 0.0]
    assert table["hit_rate@2"].tolist() == [1] * 6  # popularity: 1, then 2
    assert table["low"].tolist()[:3] == [0, 0, 0]
    assert table["weight.space"].tolist()[:3] == [0.5] * 3
    assert table["weight.space"].isna().tolist()[3:] == [True] * 3


def test_equal_hit_rates_go_by_the_place() -> None:
    better = card(0.5) | {"mrr": {"1": 0.6, "2": 0.7}}
    assert board(a=card(0.5), b=better)["model"].tolist()[:2] == ["b", "a"]


def test_the_champion_is_never_a_rival() -> None:
    lost = candidate(card(0.0), space(1))
    champion, chosen = choose(board(a=card(0.0)), a=lost)
    assert champion["model"] == "a"
    assert champion["retrieval"] == SETTING
    assert champion["validation"]["hit_rate@1"] == 0
    assert champion["tutorial"] == "a"
    assert chosen.target_vectors.tolist() == space(1).target_vectors.tolist()
    assert "runner_up" not in champion


def test_the_runner_up_is_asked_the_same_queries() -> None:
    right, wrong = candidate(card(0.9), space(2)), candidate(card(0.1), space(1), rank=1)
    champion, _ = choose(board(a=card(0.9), b=card(0.1)), a=right, b=wrong)
    expected = {"model": "b", "difference": 1.0, "low": -1.0, "high": 1.0}  # one playlist alone
    assert champion["runner_up"] == expected


def test_the_runner_up_is_the_second_of_several() -> None:
    made = {name: card(rate) for name, rate in (("c", 0.2), ("a", 0.9), ("b", 0.5))}
    champion, _ = choose(board(**made), **{name: candidate(made[name], space(2)) for name in made})
    assert (champion["model"], champion["runner_up"]["model"]) == ("a", "b")


@pytest.mark.parametrize(
    ("tutorial", "start_from", "shown"),
    [(["a", "gone"], None, ["a"]), (["gone"], None, []), (["a", "gone"], "model.tar.gz", [])],
)
def test_candidates_of_the_grid_are_scored_as_published_unless_training_continues(
    tutorial: list[str], start_from: str | None, shown: list[str]
) -> None:
    given = (PLAYLISTS, PROTOCOL, *METRIC, tutorial, start_from)
    table = nodes.rank_scorecards({}, *given, a=candidate(card(0.5), space(0)))
    published = [name for name in table["model"] if name.endswith(", as published")]
    assert published == [f"{name}, as published" for name in shown]


def test_weights_that_nothing_fitted_are_not_said_to_be_worth_anything() -> None:
    fixed = RETRIEVAL.model_copy(update={"weights": "fixed"})
    tables = (PAIRS, PLAYLISTS, SONGS, fixed, PROTOCOL, *METRIC, None)
    made = candidate(card(0.9), space(2))
    champion, _ = nodes.choose_champion(board(a=card(0.9)), *tables, a=made)
    assert champion["parts"] == {"space": {"weight": 1.0, "standardised": 0.5}}


def test_each_part_says_what_it_is_worth() -> None:
    champion, _ = choose(board(a=card(0.9)), a=candidate(card(0.9), space(2)))
    # with output vectors turned by two, what follows 0 stands where it is looked for
    assert champion["parts"] == {"space": {"weight": 1.0, "standardised": 0.5, "worth": 1.0}}


def test_the_champion_is_tested_beside_its_rivals() -> None:
    champion = {"model": "a", "retrieval": SETTING, "parts": {}}
    tables = (PAIRS, PLAYLISTS, SONGS)
    baselines = testing.test_baselines(PLAYLISTS, SONGS, PROTOCOL, BASELINES, None)
    published = {"tutorial": Scored(card(0.0), np.array([1]))}
    given = (*tables, baselines, published, PROTOCOL, *METRIC, None)
    wrong = testing.test_champion(champion, {}, space(1), *given)
    right = testing.test_champion(champion, {"queries": 1}, space(2), *given)
    assert [wrong["hit_rate"]["1"], right["hit_rate"]["1"]] == [0.0, 1.0]
    for rival in ("popularity", "tutorial"):
        found = right["baselines"][rival]
        assert found["hit_rate"] == {"1": 0.0, "2": 1.0}
        assert found["behind"] == {"difference": 1.0, "low": -1.0, "high": 1.0}
    assert right["coverage"] == {"1": 1 / 3, "2": 2 / 3}
    assert right["before_refit"] == {"queries": 1}
    assert right["vectors_alone"]["hit_rate"]["1"] == 1.0


def test_intervals_on_validation_are_those_of_one_look() -> None:
    """Only those of the test split are widened for repeated looks."""
    again = PROTOCOL.model_copy(update={"looks": 7, "max_validation_queries": 40})
    many = PLAYLISTS.filter("split <> 'validation'").union(
        duckdb.sql("select 'validation', [0, 1 + number % 2], 0 from range(40) as t (number)")
    )
    baselines = nodes.score_baselines(many, SONGS, again, BASELINES)
    found = candidate(card(0.5), space(0))
    table = nodes.rank_scorecards(baselines, many, again, *METRIC, ["a"], None, a=found)
    values = (baselines["popularity"].ranks < 1)[:, None].astype(float)
    low, high = interval(values, np.arange(len(values)), again.seed)
    assert values.mean() == 0.5
    for name in ("popularity", "a, as published", "a, vectors alone"):
        (row,) = table[table["model"] == name].to_dict("records")
        assert (row["low"], row["high"]) == (low[0], high[0])
    wider = interval(values, np.arange(len(values)), again.seed, looks=2)
    assert wider[0, 0] < low[0] < high[0] < wider[1, 0]


def test_no_song_is_kept_from_baselines_on_validation() -> None:
    asked = duckdb.sql("select 'validation' as split, [1, 0] as songs, 0 as first_target")
    playlists = PLAYLISTS.filter("split = 'train'").union(asked)
    found = nodes.score_baselines(playlists, SONGS, PROTOCOL, BASELINES)["popularity"]
    assert found.ranks.tolist() == [0]


def test_the_best_candidate_as_published_goes_to_the_test() -> None:
    models = ["c", "b, as published", "popularity", "a, as published", "c, vectors alone"]
    assert best_published(pd.DataFrame({"model": models})) == "b"
    assert best_published(pd.DataFrame({"model": ["c", "popularity"]})) is None
