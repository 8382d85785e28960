from typing import Any

import duckdb
import numpy as np
import pytest

from next_song.errors import InputError
from next_song.parameters import Protocol, Selection
from next_song.pipelines.selection import nodes
from next_song.song_space import SongSpace

PROTOCOL = Protocol(targets="last", repeats=False, k=[1, 2], max_validation_queries=9, seed=1)
SETTING = {"decay": 0.5, "target": "output", "popularity": 0.0, "followers": 0.0, "repeats": False}
# songs 0, 1, 2 were played 5, 4 and 1 times; after 0 comes 2, and popularity says 1
PLAYLISTS = duckdb.sql(
    "select unnest(['validation', 'test']) as split, [0, 2] as songs, 0 as first_target"
)
FOLLOWERS = duckdb.sql("select 0 as song, 1 as follower, 0.5::float as rate")
SONGS = duckdb.sql("select unnest([0, 1, 2]) as song, unnest([5, 4, 1]) as plays")


def card(hit_rate: float) -> dict[str, Any]:
    by_k = {"1": hit_rate, "2": 1.0}
    return {
        "retrieval": SETTING,
        "queries": 1,
        "unknown": 0.0,
        "hit_rate": by_k,
        "mrr": by_k,
        "ndcg": by_k,
    }


def space(offset: int) -> SongSpace:
    turned = np.roll(np.eye(3, dtype=np.float32), offset, axis=0)
    return SongSpace(np.eye(3, dtype=np.float32), turned, np.array([5, 4, 1]))


def board(**cards: list[dict[str, Any]]) -> Any:
    return nodes.rank_scorecards(
        PLAYLISTS, SONGS, PROTOCOL, Selection(metric="hit_rate", k=1), **cards
    )


def test_best_first_and_equals_in_the_order_of_the_grid() -> None:
    table = board(a=[card(0.2), card(0.5)], b=[card(0.5)])
    assert table["model"].tolist() == ["a", "b", "a", "popularity"]
    assert table["hit_rate@1"].tolist() == [0.5, 0.5, 0.2, 0.0]
    assert table["hit_rate@2"].tolist() == [1, 1, 1, 1]  # popularity: 1, then 2


def test_the_champion_is_never_the_baseline() -> None:
    champion, chosen = nodes.choose_champion(board(a=[card(0.0)]), a=space(1))
    assert champion["model"] == "a"
    assert champion["retrieval"] == SETTING
    assert champion["validation"]["hit_rate@1"] == 0
    assert chosen.target_vectors.tolist() == space(1).target_vectors.tolist()


def test_the_champion_is_tested_beside_the_baseline() -> None:
    champion = {"model": "a", "retrieval": SETTING}
    # output vectors turned by one: song 2 stands where songs after 1 are looked for, by two:
    # where songs after 0 are
    tables = (FOLLOWERS, PLAYLISTS, SONGS, PROTOCOL)
    right = nodes.test_champion(champion, {}, space(1), *tables)
    wrong = nodes.test_champion(champion, {}, space(2), *tables)
    assert [right["hit_rate"]["1"], wrong["hit_rate"]["1"]] == [0.0, 1.0]
    assert right["baselines"]["popularity"]["hit_rate"] == {"1": 0.0, "2": 1.0}
    assert wrong["coverage"] == {"1": 1 / 3, "2": 2 / 3}


def test_the_figure_to_choose_by_must_be_measured() -> None:
    with pytest.raises(InputError, match=r"selection.k: found 5; expected one of protocol.k"):
        nodes.rank_scorecards(PLAYLISTS, SONGS, PROTOCOL, Selection(metric="mrr", k=5))
