import few_songs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import histories, settings, song_counts, song_pairs, spaces

from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import (
    LOWEST,
    NO_SONG,
    NOT_RANKED,
    Without,
    blocks,
    highest,
    ranks,
    top_k,
)
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace

THREE = SongSpace(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32), np.array([3, 2, 1]))
SETTING = Score(repeats=False, parts={"space": VectorsPart(kind="vectors", decay=0.5, weight=1)})
NONE = NO_PAIRS, np.zeros((2, 4))


def test_ties_go_to_the_lower_number() -> None:
    same = np.ones((4, 2), np.float32)
    index = build_index(SongSpace(same, same, np.array([2, 2, 2, 2])), *NONE, SETTING)
    assert top_k(index, Histories.of([[2]]), 4)[0].tolist() == [[0, 1, 3, NO_SONG]]
    queries = Queries(Histories.of([[2]] * 4), np.arange(4, dtype=np.int32))
    assert ranks(index, queries).tolist() == [0, 1, NOT_RANKED, 2]


def test_where_no_song_is_left_the_answer_says_so() -> None:
    songs, scores = top_k(build_index(THREE, *NONE, SETTING), Histories.of([[0, 1, 2]]), 2)
    assert songs.tolist() == [[NO_SONG, NO_SONG]]
    assert (scores == LOWEST).all()


def test_songs_that_a_model_is_without_are_no_answers() -> None:
    model = Without(build_index(THREE, *NONE, SETTING), np.array([1, 3]))  # 3 is not in the space
    histories = Histories.of([[0]] * 3)
    assert top_k(model, histories, 3)[0].tolist() == [[2, NO_SONG, NO_SONG]] * 3
    queries = Queries(histories, np.arange(3, dtype=np.int32))
    assert ranks(model, queries).tolist() == [NOT_RANKED, NOT_RANKED, 0]


@pytest.mark.parametrize("k", [0, 4])
def test_k_out_of_range(k: int) -> None:
    with pytest.raises(ValueError, match=f"found {k}, expected 1 to 3"):
        top_k(build_index(THREE, *NONE, SETTING), Histories.of([[0]]), k)


@pytest.mark.parametrize(
    ("songs", "scores_mib", "rows"), [(2**16, 1, 4), (2**16, 1.5, 6), (2**17 + 1, 1, 1), (5, 0, 1)]
)
def test_the_scores_of_a_block_take_so_many_mebibytes(
    songs: int, scores_mib: float, rows: int
) -> None:
    found = [*blocks(range(songs), 10, scores_mib)]
    assert [one.start for one in found] == [*range(0, 10, rows)]
    assert {one.stop - one.start for one in found} == {rows}


@given(st.data())
def test_blocks_do_not_change_the_answer(data: st.DataObject) -> None:
    space, setting = data.draw(spaces()), data.draw(settings)
    asked = data.draw(st.lists(histories(len(space)), min_size=1, max_size=9))
    targets = np.array([data.draw(st.integers(0, len(space))) for _ in asked], np.int32)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    index = build_index(space, pairs, counts, setting)
    queries = Queries(Histories.of(asked), targets)
    one_by_one = np.concatenate(
        [ranks(index, queries[slice(row, row + 1)]) for row in range(len(asked))]
    )
    assert ranks(index, queries, scores_mib=8 * len(space) / 2**20).tolist() == one_by_one.tolist()


@pytest.mark.parametrize("k", [1, 3, 30, 31, 2000])
@pytest.mark.parametrize("different", [1, 3, 50, 10**6])
def test_highest_is_a_stable_sort(k: int, different: int) -> None:
    random = np.random.default_rng(different)
    scores = random.integers(0, different, 2000).astype(np.float32)
    scores[random.integers(0, 2000, 700)] = -np.inf
    assert (highest(scores, k) == np.argsort(-scores, kind="stable")[:k]).all()


def test_the_best_songs_of_every_block_are_of_its_histories() -> None:
    asked = Histories.of([[0], [1], [2], [3], [4]])
    whole, apart = (
        top_k(few_songs.index(), asked, 3),
        top_k(few_songs.index(), asked, 3, few_songs.TWO_ROWS),
    )
    assert apart[0].tolist() == whole[0].tolist()
    assert apart[1] == pytest.approx(whole[1], abs=1e-5)
