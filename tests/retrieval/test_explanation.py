"""Explanations: what parts add is the score, and the song that gave most gave most."""

import tracemalloc
from types import SimpleNamespace
from typing import Any

import few_songs
import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from strategies import histories, settings, song_counts, song_pairs, spaces

from next_song.retrieval.definition import COUNTS, build_index
from next_song.retrieval.explanation import _shares, explain
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import Rules
from next_song.retrieval.setting import PairsPart, Score
from next_song.retrieval.song_pairs import SongPairs
from next_song.retrieval.song_space import SongSpace


@how(deadline=None)
@given(st.data())
def test_parts_add_up_and_chances_are_a_softmax(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    history = data.draw(histories(len(space)))
    index = build_index(space, pairs, counts, score)
    told = explain(index, Histories.of([history]), np.arange(len(space)))
    scores = index.score(Histories.of([history]))[0].astype(float)
    left = np.isfinite(scores)
    known = [song for song in history if song < len(space)]
    if known:
        assert told.adds.sum(axis=1)[left] == pytest.approx(scores[left], abs=1e-4)
    else:
        assert not told.adds.any()
    if left.any():
        expected = np.exp(scores) / np.exp(scores).sum()
        assert told.chances == pytest.approx(expected, abs=1e-6)


@how(deadline=None)
@given(st.data())
def test_the_source_is_the_song_that_gave_most(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    history = [*data.draw(histories(len(space))), 0]
    index = build_index(space, pairs, counts, score)
    told = explain(index, Histories.of([history]), np.arange(len(space)))
    known = [song for song in history if song < len(space)]
    for column, part in enumerate(score.parts.values()):
        for song in range(len(space)):
            source = told.sources[song, column]
            if part.kind == "songs" or not part.weight:
                assert source == NO_SONG
                continue
            gave = oracle.gave(part, space, pairs, known, song)
            most = max(gave.values())
            if source == NO_SONG:
                assert most <= 1e-6
            else:  # rounding decides between equal ones
                assert gave[source] == pytest.approx(most, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("history", "source"), [([2, 0], 2), ([0, 2], 0), ([2, 0, 2], 2)])
def test_of_songs_that_gave_the_same_the_first_of_the_history_is_named(
    history: list[int], source: int
) -> None:
    """As the exported graph does."""
    pairs = SongPairs(np.array([0, 1, 1, 2]), np.array([1, 1]), (np.ones(2, np.float32),) * 4)
    part = {"kind": "pairs", "rate": "next", "decay": 1, "weight": 1}
    score = Score.model_validate({"repeats": False, "parts": {"next": part}})
    unit = np.eye(3, dtype=np.float32)
    index = build_index(SongSpace(unit, unit, np.ones(3)), pairs, np.zeros((len(COUNTS), 3)), score)
    told = explain(index, Histories.of([history]), np.array([1]))
    if history.count(2) == history.count(0):
        assert told.sources[0, 0] == source
    else:
        assert told.sources[0, 0] == 2  # it gave twice


def test_songs_that_rules_leave_out_have_no_chance() -> None:
    rules, asked = Rules(exclude=np.array([3, 4])), Histories.of([[0]])
    told = explain(few_songs.index(), asked, np.arange(few_songs.SONGS), rules)
    assert told.chances[[0, 3, 4]].tolist() == [0, 0, 0]
    assert told.chances.sum() == pytest.approx(1)


def test_shares_take_memory_for_the_answer_and_not_for_all_songs() -> None:
    """Of 400 songs of a history among 100,000, all shares would take 160 MB."""
    count = 100_000
    others = (np.arange(count, dtype=np.int32) + 1) % count
    pairs = SongPairs(np.arange(count + 1), others, (np.ones(count, np.float32),) * 4)
    index: Any = SimpleNamespace(pairs=pairs)
    part = PairsPart(kind="pairs", rate="next", decay=1, weight=1)
    tracemalloc.start()
    try:
        shares = _shares(index, part, np.arange(400), np.array([7, 5, 90_000]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.argwhere(shares).tolist() == [[4, 1], [6, 0]]
    assert peak < 20 * 2**20
