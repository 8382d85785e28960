import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from next_song.retrieval.queries import Histories, Queries, queries_of

SONGS = np.array([5, 6, 7, 8, 9], np.int32)  # playlists [5, 6, 7] and [8, 9]
OFFSETS = np.array([0, 3, 5])


def listed(queries: Queries) -> list[tuple[list[int], int]]:
    histories = queries.histories
    return [
        (histories.songs[start:end].tolist(), int(target))
        for start, end, target in zip(
            histories.starts, histories.ends, queries.targets, strict=True
        )
    ]


def test_last() -> None:
    queries = queries_of(SONGS, OFFSETS, np.array([0, 0]), "last")
    assert listed(queries) == [([5, 6], 7), ([8], 9)]


def test_every() -> None:
    queries = queries_of(SONGS, OFFSETS, np.array([0, 0]), "every")
    assert listed(queries) == [([5], 6), ([5, 6], 7), ([8], 9)]


def test_songs_of_an_earlier_split_are_history_only() -> None:
    queries = queries_of(SONGS, OFFSETS, np.array([2, 1]), "every")
    assert listed(queries) == [([5, 6], 7), ([8], 9)]


def test_a_playlist_of_one_song_asks_nothing() -> None:
    queries = queries_of(np.array([4], np.int32), np.array([0, 1]), np.array([0]), "every")
    assert len(queries) == 0


def test_sample_is_seeded_and_in_order() -> None:
    songs = np.arange(100, dtype=np.int32)
    queries = queries_of(songs, np.array([0, 100]), np.array([0]), "every")
    drawn = queries.sample(10, seed=3)
    assert len(drawn) == 10
    assert (np.diff(drawn.targets) > 0).all()
    assert drawn.targets.tolist() == queries.sample(10, seed=3).targets.tolist()
    assert drawn.targets.tolist() != queries.sample(10, seed=4).targets.tolist()
    assert queries.sample(1000, seed=3) is queries


@given(st.lists(st.integers(0, 9), max_size=9), st.integers(0, 10), st.data())
def test_known_songs_of_histories_that_overlap(
    songs: list[int], known: int, data: st.DataObject
) -> None:
    ends = np.array(data.draw(st.lists(st.integers(0, len(songs)), max_size=5)), np.int64)
    starts = np.array([data.draw(st.integers(0, end)) for end in ends.tolist()], np.int64)
    histories = Histories(np.array(songs, np.int32), starts, ends)
    rows, flat = histories.flat()
    assert histories.known(known).tolist() == [
        int((flat[rows == row] < known).sum()) for row in range(len(ends))
    ]


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=6))
def test_flat_goes_by_history_then_place(histories: list[list[int]]) -> None:
    rows, songs = Histories.of(histories).flat()
    expected = [(row, song) for row, history in enumerate(histories) for song in history]
    assert list(zip(rows.tolist(), songs.tolist(), strict=True)) == expected
