"""Tables of the catalog as arrays, row by row."""

import duckdb
import pytest
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import Protocol
from next_song.retrieval.tables import (
    artists_of,
    former_numbers,
    pairs_of,
    song_counts,
    split_songs,
    validation,
)

PAIRS = """
    from (values (1::integer, 0::integer, 0.1::float, 0.2::float, 0.3::float, 0.4::float),
        (1, 3, 0.5, 0.6, 0.7, 0.8), (2, 1, 1, 1, 1, 1))
    t(song, other, next, later, earlier, together)
"""


def test_the_pairs_of_each_song() -> None:
    found = pairs_of(duckdb.sql(PAIRS))
    assert found.starts.tolist() == [0, 0, 2, 3]
    assert found.others.tolist() == [0, 3, 1]
    assert [rate[:2].tolist() for rate in found.rates] == [
        pytest.approx(rates) for rates in ([0.1, 0.5], [0.2, 0.6], [0.3, 0.7], [0.4, 0.8])
    ]


def test_without_pairs_there_is_no_song_with_any() -> None:
    found = pairs_of(duckdb.sql(PAIRS).filter("false"))
    assert (len(found), found.starts.tolist()) == (0, [0])


def test_counts_are_in_the_order_of_the_song_numbers() -> None:
    songs = duckdb.sql("from (values (1, 5, 7), (0, 6, 8)) t(song, recent_plays, late_plays)")
    assert song_counts(songs).tolist() == [[6, 5], [8, 7]]


def test_playlists_of_a_split_one_after_the_other() -> None:
    playlists = duckdb.sql(
        "from (values ('test', [4, 5], 1), ('train', [6], 0), ('test', [7], 0))"
        " t(split, songs, first_target)"
    )
    songs, offsets, firsts = split_songs(playlists, "test")
    assert (songs.tolist(), offsets.tolist(), firsts.tolist()) == ([4, 5, 7], [0, 2, 3], [1, 0])


@pytest.mark.parametrize(("most", "kept"), [(3, 3), (10, 10), (11, 10)])
def test_no_more_queries_compare_candidates_than_asked_for(most: int, kept: int) -> None:
    playlists = duckdb.sql(
        "select unnest(['test', 'validation']) as split, [number, 99] as songs, 0 as first_target"
        " from (select unnest(range(10)) as number)"
    )
    given = {"targets": "last", "repeats": False, "k": [1], "looks": 1, "seed": 1, "scores_mib": 1}
    queries = validation(playlists, Protocol(max_validation_queries=most, **given))
    assert len({*queries.histories.flat()[1].tolist()}) == len(queries) == kept
    others = [
        validation(playlists, Protocol(max_validation_queries=most, **given | {"seed": seed}))
        for seed in range(2, 9)
    ]
    drawn = {tuple(one.histories.flat()[1].tolist()) for one in [queries, *others]}
    assert (len(drawn) > 1) == (most < 10)


def numbered(*songs: tuple[str, int, int]) -> DuckDBPyRelation:
    values = ", ".join(map(str, songs))
    return sql.connection().sql(f"from (values {values}) t(song_id, song, plays)")


def test_former_numbers_are_those_of_the_songs_that_were_trained() -> None:
    former = numbered(("a", 0, 9), ("b", 1, 1), ("c", 2, 0))
    songs = numbered(("c", 3, 1), ("b", 0, 9), ("d", 1, 2), ("a", 2, 1))
    assert former_numbers(former, songs).tolist() == [1, -1, 0, -1]


def test_artists_are_numbered_in_alphabetical_order_after_nobody() -> None:
    names, numbers = artists_of(["b", None, "a", "", "b", "x\ny", "x\ry"])
    assert names == ["", "a", "b"]
    assert numbers.tolist() == [2, 0, 1, 0, 2, 0, 0]
