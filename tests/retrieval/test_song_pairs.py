"""Song pairs among the first songs, by hand."""

import numpy as np
import pytest

from next_song.retrieval.song_pairs import NO_PAIRS, RATES, SongPairs

# song 0 with 1 and 2, song 1 with none, song 2 with 0, 1 and 3, song 3 with 2
PAIRS = SongPairs(
    np.array([0, 2, 2, 5, 6]),
    np.array([1, 2, 0, 1, 3, 2], np.int32),
    tuple(np.arange(1, 7, dtype=np.float32) * 10**n for n in range(len(RATES))),
)


@pytest.mark.parametrize(
    ("songs", "starts", "others", "rates"),
    [
        (1, [0, 0], [], []),
        (2, [0, 1, 1], [1], [1]),
        (3, [0, 2, 2, 4], [1, 2, 0, 1], [1, 2, 3, 4]),
        (4, [0, 2, 2, 5, 6], [1, 2, 0, 1, 3, 2], [1, 2, 3, 4, 5, 6]),
        (6, [0, 2, 2, 5, 6, 6, 6], [1, 2, 0, 1, 3, 2], [1, 2, 3, 4, 5, 6]),
    ],
)
def test_pairs_among_the_first_songs(
    songs: int, starts: list[int], others: list[int], rates: list[float]
) -> None:
    found = PAIRS.among(songs)
    assert (len(found), found.starts.tolist(), found.others.tolist()) == (songs, starts, others)
    assert [one.tolist() for one in found.rates] == [
        [rate * 10**n for rate in rates] for n in range(len(RATES))
    ]


@pytest.mark.parametrize(("place", "rate"), [*enumerate(RATES)])
def test_a_matrix_has_one_rate(place: int, rate: str) -> None:
    rows = [[0, 1, 2, 0], [0, 0, 0, 0], [3, 4, 0, 5], [0, 0, 6, 0]]
    found = PAIRS.matrix(rate)
    assert (found.toarray() / 10**place).tolist() == rows
    assert np.shares_memory(found.data, PAIRS.rates[place])
    assert np.shares_memory(found.indices, PAIRS.others)  # a copy would take gigabytes


def test_no_pairs_are_those_of_no_song() -> None:
    assert len(NO_PAIRS) == 0
    assert NO_PAIRS.among(2).starts.tolist() == [0, 0, 0]
    assert NO_PAIRS.among(2).matrix("next").toarray().tolist() == [[0, 0], [0, 0]]
