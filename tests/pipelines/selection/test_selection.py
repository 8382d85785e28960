from typing import Any

import duckdb
import numpy as np
import pytest

from next_song.errors import InputError
from next_song.parameters import Protocol, Selection
from next_song.pipelines.selection import nodes
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.song_space import SongSpace

PROTOCOL = Protocol(
    targets="last", repeats=False, k=[1, 2], max_validation_queries=9, seed=1, scores_mib=1
)
SETTING = {"decay": 0.5, "target": "output", "popularity": 0.0, "followers": 0.0, "repeats": False}
SELECTION = Selection(metric="hit_rate", k=1, baselines=["popularity"])
# songs 0, 1, 2 were played 5, 4 and 1 times; after 0 comes 2, and popularity says 1
PLAYLISTS = duckdb.sql(
    "select unnest(['train', 'validation', 'test']) as split, [0, 2] as songs, 0 as first_target"
)
FOLLOWERS = duckdb.sql("select 0 as song, 1 as follower, 0.5::float as rate")
SONGS = duckdb.sql("select unnest([0, 1, 2]) as song, unnest([5, 4, 1]) as plays")


def card(hit_rate: float) -> dict[str, Any]:
    by_k = {"1": hit_rate, "2": 1.0}
    names = ("hit_rate", "mrr", "ndcg")
    bounds = {k: [0.0, 1.0] for k in by_k}
    interval = {"interval": dict.fromkeys(names, bounds)}
    counts = {"queries": 1, "unknown": 0.0}
    return {"retrieval": SETTING} | counts | dict.fromkeys(names, by_k) | interval


def space(offset: int) -> SongSpace:
    turned = np.roll(np.eye(3, dtype=np.float32), offset, axis=0)
    return SongSpace(np.eye(3, dtype=np.float32), turned, np.array([5, 4, 1]))


def board(**cards: list[dict[str, Any]]) -> Any:
    candidates = {name: Candidate({}, made, lambda: space(0)) for name, made in cards.items()}
    return nodes.rank_scorecards(PLAYLISTS, SONGS, PROTOCOL, SELECTION, **candidates)


def choose(leaderboard: Any, **spaces: SongSpace) -> Any:
    tables = (FOLLOWERS, PLAYLISTS, PROTOCOL, SELECTION)
    candidates = {name: Candidate({}, [], lambda made=made: made) for name, made in spaces.items()}
    return nodes.choose_champion(leaderboard, *tables, **candidates)


def test_best_first_and_equals_in_the_order_of_the_grid() -> None:
    table = board(a=[card(0.2), card(0.5)], b=[card(0.5)])
    assert table["model"].tolist() == ["a", "b", "a", "popularity"]
    assert table["hit_rate@1"].tolist() == [0.5, 0.5, 0.2, 0.0]
    assert table["hit_rate@2"].tolist() == [1, 1, 1, 1]  # popularity: 1, then 2
    assert table["low"].tolist() == [0, 0, 0, 0]


def test_equal_hit_rates_go_by_the_place() -> None:
    better = card(0.5) | {"mrr": {"1": 0.6, "2": 0.7}}
    assert board(a=[card(0.5)], b=[better])["model"].tolist()[:2] == ["b", "a"]


def test_the_champion_is_never_a_baseline() -> None:
    champion, chosen = choose(board(a=[card(0.0)]), a=space(1))
    assert champion["model"] == "a"
    assert champion["retrieval"] == SETTING
    assert champion["validation"]["hit_rate@1"] == 0
    assert chosen.target_vectors.tolist() == space(1).target_vectors.tolist()
    assert "runner_up" not in champion


def test_the_runner_up_is_asked_the_same_queries() -> None:
    # with output vectors turned by two, what follows 0 stands where it is looked for
    champion, _ = choose(board(a=[card(0.9)], b=[card(0.1)]), a=space(2), b=space(1))
    expected = {"model": "b", "difference": 1.0, "low": -1.0, "high": 1.0}  # one playlist alone
    assert champion["runner_up"] == expected


def test_the_champion_is_tested_beside_the_baseline() -> None:
    champion = {"model": "a", "retrieval": SETTING}
    tables = (FOLLOWERS, PLAYLISTS, SONGS, PROTOCOL, SELECTION)
    wrong = nodes.test_champion(champion, {}, space(1), *tables)
    right = nodes.test_champion(champion, {"queries": 1}, space(2), *tables)
    assert [wrong["hit_rate"]["1"], right["hit_rate"]["1"]] == [0.0, 1.0]
    popularity = right["baselines"]["popularity"]
    assert popularity["hit_rate"] == {"1": 0.0, "2": 1.0}
    assert popularity["behind"] == {"difference": 1.0, "low": -1.0, "high": 1.0}
    assert right["coverage"] == {"1": 1 / 3, "2": 2 / 3}
    assert right["before_refit"] == {"queries": 1}


def test_the_figure_to_choose_by_must_be_measured() -> None:
    selection = Selection(metric="mrr", k=5, baselines=[])
    with pytest.raises(InputError, match=r"selection.k: found 5; expected one of protocol.k"):
        nodes.rank_scorecards(PLAYLISTS, SONGS, PROTOCOL, selection)
