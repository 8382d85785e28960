import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import histories, pairs_where, settings, song_counts, song_pairs, spaces

from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NO_SONG, NOT_RANKED, ranks, top_k
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace

# three songs at right angles; in the output vectors each stands where its follower is looked for
CIRCLE = SongSpace(
    np.eye(3, dtype=np.float32),
    np.roll(np.eye(3, dtype=np.float32), 1, axis=0),
    np.array([3, 2, 1]),
)
COUNTS = np.array([[0, 1, 4], [2, 0, 0.5]])  # recent and late plays


def setting(*, repeats: bool = False, **parts: dict[str, object]) -> Score:
    return Score.model_validate({"repeats": repeats, "parts": parts})


VECTORS = {"kind": "vectors", "decay": 0.5, "weight": 1}
SETTING = setting(space=VECTORS)


def ask(history: list[int], target: int, score: Score = SETTING) -> int:
    queries = Queries(Histories.of([history]), np.array([target], np.int32))
    return int(ranks(build_index(CIRCLE, NO_PAIRS, COUNTS, score), queries)[0])


def test_the_follower_comes_first() -> None:
    assert [ask([song], (song + 1) % 3) for song in range(3)] == [0, 0, 0]


def test_scores_by_hand() -> None:
    score = setting(
        repeats=True,
        space={"kind": "vectors", "decay": 0.5, "weight": 2},
        next={"kind": "pairs", "rate": "next", "decay": 0.5, "weight": 0.3},
        later={"kind": "pairs", "rate": "later", "decay": 0, "weight": 0.7},
        recent={"kind": "songs", "of": "recent_plays", "weight": 0.1},
        late={"kind": "songs", "of": "late_plays", "weight": 0.6},
        last={"kind": "repeats", "of": "last", "weight": -1},
        older={"kind": "repeats", "of": "older", "weight": 3},
        again={"kind": "repeats", "of": "times", "weight": 4},
    )
    # song 2 directly follows 1 in one play of ten, and 0 in one of five; later, 0 follows 1
    rates = np.zeros((3, 3, 4))
    rates[1, 2, 0], rates[0, 2, 0], rates[1, 0, 1] = 0.1, 0.2, 0.4
    # q = e1 + 0.5 e0 + 0.25 e0, length sqrt(1 + 0.75²); target vectors of songs 0, 1, 2: e2, e0, e1
    expected = 2 * np.array([0, 0.75, 1]) / np.sqrt(1 + 0.75**2)
    expected += 0.3 * np.log(1 + 30 * np.array([0, 0, 0.1 + 0.75 * 0.2]))
    expected += 0.7 * np.log(1 + 30 * np.array([0.4, 0, 0]))
    expected += 0.1 * np.log([1, 2, 5]) + 0.6 * np.log([3, 1, 1.5])
    expected += [3 + 4 * np.log(2), -1, 0]
    index = build_index(CIRCLE, pairs_where(rates), COUNTS, score)
    assert index.score(Histories.of([[0, 0, 1]]))[0] == pytest.approx(expected, abs=1e-6)


def test_a_target_that_was_seen_or_is_unknown_is_a_miss() -> None:
    assert ask([0, 1], 0) == NOT_RANKED
    assert ask([0, 1], 0, SETTING.model_copy(update={"repeats": True})) < 3
    assert ask([0, 1], 3) == NOT_RANKED


def test_a_history_without_a_known_song_gets_the_popularity_ranking() -> None:
    index = build_index(CIRCLE, NO_PAIRS, COUNTS, SETTING)
    songs, scores = top_k(index, Histories.of([[], [7, 8]]), 3)
    assert songs.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert scores == pytest.approx(np.log([[3, 2, 1], [3, 2, 1]]), abs=1e-6)


@given(st.data())
def test_as_the_slow_oracle(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    asked = data.draw(st.lists(histories(len(space)), min_size=1, max_size=4))
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    index = build_index(space, pairs, counts, score)
    found = index.score(Histories.of(asked))
    answers, _ = top_k(index, Histories.of(asked), len(space))
    for row, history in enumerate(asked):
        values = oracle.scores(space, pairs, counts, score, history)
        assert found[row] == pytest.approx(np.array(values), abs=1e-4)
        # on the scores as they were found, the order is exactly the definition's
        expected = oracle.ranking(found[row].tolist())
        assert answers[row].tolist() == expected + [NO_SONG] * (len(space) - len(expected))
        targets = np.arange(len(space) + 1, dtype=np.int32)
        places = ranks(index, Queries(Histories.of([history] * len(targets)), targets))
        assert places.tolist() == [
            expected.index(song) if song in expected else NOT_RANKED for song in targets
        ]


@given(st.data())
def test_the_values_of_parts_add_up_to_the_score(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    asked = [
        [*history, 0]
        for history in data.draw(st.lists(histories(len(space)), min_size=1, max_size=3))
    ]
    index = build_index(space, pairs, counts, score.model_copy(update={"repeats": True}))
    songs = np.tile(np.arange(len(space)), (len(asked), 1))
    values = index.part_values(Histories.of(asked), songs)
    for row, history in enumerate(asked):
        known = [song for song in history if song < len(space)]
        for column, part in enumerate(score.parts.values()):
            slow = [oracle.value(part, space, pairs, counts, known, one) for one in songs[row]]
            assert values[row, :, column] == pytest.approx(np.array(slow), abs=1e-4)
    weights = np.array(list(score.weights.values()))
    scores = index.score(Histories.of(asked))
    assert values @ weights == pytest.approx(scores, abs=1e-4)


@given(st.data())
def test_renumbering_the_songs_renumbers_the_answer(data: st.DataObject) -> None:
    space, score = data.draw(spaces(min_songs=3)), data.draw(settings)
    flat = SongSpace(space.query_vectors, space.target_vectors, np.full(len(space), 5))
    order = np.array(data.draw(st.permutations(range(len(space)))))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    rates = (
        random.random((len(space), len(space), 4))
        * (random.random((len(space),) * 2) < 0.3)[..., None]
    )
    counts = random.integers(0, 9, (2, len(space)))
    turned = SongSpace(flat.query_vectors[order], flat.target_vectors[order], flat.plays)
    history = [song for song in data.draw(histories(len(space))) if song < len(space)]
    renumbered = [int(np.flatnonzero(order == song)[0]) for song in history]
    before = build_index(flat, pairs_where(rates), counts, score)
    after = build_index(turned, pairs_where(rates[order][:, order]), counts[:, order], score)
    expected = before.score(Histories.of([history]))[0][order]
    assert after.score(Histories.of([renumbered]))[0] == pytest.approx(expected, abs=1e-4)


def test_another_score_gives_what_an_index_made_for_it_gives() -> None:
    score = setting(space=VECTORS, plays={"kind": "songs", "of": "plays", "weight": 0.5})
    other = score.weighted({"space": 2, "plays": -3})
    found, expected = (
        index.score(Histories.of([[0], [1]]))
        for index in (
            build_index(CIRCLE, NO_PAIRS, COUNTS, score).weighted(other),
            build_index(CIRCLE, NO_PAIRS, COUNTS, other),
        )
    )
    assert found.tolist() == expected.tolist()
