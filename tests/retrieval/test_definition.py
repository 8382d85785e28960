import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from strategies import followers, histories, retrievals, spaces

from next_song.parameters import Retrieval
from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NO_SONG, NOT_RANKED, ranks, top_k
from next_song.retrieval.song_space import SongSpace

# three songs at right angles; in the output vectors each stands where its follower is looked for
CIRCLE = SongSpace(
    np.eye(3, dtype=np.float32),
    np.roll(np.eye(3, dtype=np.float32), 1, axis=0),
    np.array([3, 2, 1]),
)
SETTING = Retrieval(decay=0.5, target="output", popularity=0, followers=0, repeats=False)
NONE = csr_array((3, 3), dtype=np.float32)


def ask(history: list[int], target: int, setting: Retrieval = SETTING) -> int:
    queries = Queries(Histories.of([history]), np.array([target], np.int32))
    return int(ranks(build_index(CIRCLE, NONE, setting), queries)[0])


def test_the_follower_comes_first() -> None:
    assert [ask([song], (song + 1) % 3) for song in range(3)] == [0, 0, 0]


def test_scores_by_hand() -> None:
    # q = 1 * e1 + 0.5 * e0, length sqrt(1.25); output vectors of songs 0, 1, 2: e2, e0, e1
    setting = Retrieval(decay=0.5, target="output", popularity=0.1, followers=0.3, repeats=True)
    # song 2 follows 1 in one play of ten, and 0 in one of five
    rates = csr_array(np.array([[0, 0, 0.2], [0, 0, 0.1], [0, 0, 0]], np.float32))
    follows = np.array([0, 0, 0.5 * 0.2 + 0.1])
    expected = np.array([0, 0.5, 1]) / np.sqrt(1.25) + 0.1 * np.log([3, 2, 1])
    expected += 0.3 * np.log(1 + 30 * follows)
    found = build_index(CIRCLE, rates, setting).score(Histories.of([[0, 1]]))[0]
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_target_that_was_seen_or_is_unknown_is_a_miss() -> None:
    assert ask([0, 1], 0) == NOT_RANKED
    assert ask([0, 1], 0, SETTING.model_copy(update={"repeats": True})) < 3
    assert ask([0, 1], 3) == NOT_RANKED


def test_a_history_without_a_known_song_gets_the_popularity_ranking() -> None:
    index = build_index(CIRCLE, NONE, SETTING)
    songs, scores = top_k(index, Histories.of([[], [7, 8]]), 3)
    assert songs.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert scores == pytest.approx(np.log([[3, 2, 1], [3, 2, 1]]), abs=1e-6)


@given(st.data())
def test_as_the_slow_oracle(data: st.DataObject) -> None:
    space, setting = data.draw(spaces()), data.draw(retrievals)
    asked = data.draw(st.lists(histories(len(space)), min_size=1, max_size=4))
    rates = data.draw(followers(len(space)))
    index = build_index(space, rates, setting)
    found = index.score(Histories.of(asked))
    answers, _ = top_k(index, Histories.of(asked), len(space))
    for row, history in enumerate(asked):
        values = oracle.scores(space, rates, setting, history)
        assert found[row] == pytest.approx(np.array(values), abs=1e-5)
        # on the scores as they were found, the order is exactly the definition's
        expected = oracle.ranking(found[row].tolist())
        assert answers[row].tolist() == expected + [NO_SONG] * (len(space) - len(expected))
        targets = np.arange(len(space) + 1, dtype=np.int32)
        places = ranks(index, Queries(Histories.of([history] * len(targets)), targets))
        assert places.tolist() == [
            expected.index(song) if song in expected else NOT_RANKED for song in targets
        ]


@given(st.data())
def test_renumbering_the_songs_renumbers_the_answer(data: st.DataObject) -> None:
    space, setting = data.draw(spaces(min_songs=3)), data.draw(retrievals)
    flat = SongSpace(space.query_vectors, space.target_vectors, np.full(len(space), 5))
    order = np.array(data.draw(st.permutations(range(len(space)))))
    rates = data.draw(followers(len(space)))[: len(space), : len(space)]
    turned = SongSpace(flat.query_vectors[order], flat.target_vectors[order], flat.plays)
    history = [song for song in data.draw(histories(len(space))) if song < len(space)]
    renumbered = [int(np.flatnonzero(order == song)[0]) for song in history]
    before = build_index(flat, rates, setting).score(Histories.of([history]))[0]
    after = build_index(turned, rates[order][:, order], setting).score(Histories.of([renumbered]))[
        0
    ]
    assert after == pytest.approx(before[order], abs=1e-5)
