"""Rules leave songs out, and change nothing else: against a filter of the whole ranking."""

import few_songs
import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import artists, histories, rules, settings, song_counts, song_pairs, spaces

from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import LOWEST, NO_SONG, top_k
from next_song.retrieval.rules import FREE, Rules, places, recommend


@given(st.data())
def test_an_answer_is_the_whole_ranking_filtered(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    by = data.draw(artists(len(space)))
    index = build_index(space, pairs, counts, score, by)
    asked = data.draw(st.lists(histories(len(space)), min_size=1, max_size=4))
    given = [data.draw(rules(len(space))) for _ in asked]
    named = Histories.of([data.draw(st.lists(st.integers(0, 5), max_size=3)) for _ in asked])
    k = data.draw(st.integers(1, len(space)))
    songs, scores = recommend(index, Histories.of(asked), k, given, named)
    whole = index.score(Histories.of(asked), named)
    for row, rule in enumerate(given):
        only = None if rule.only is None else rule.only.tolist()
        ranking = oracle.ranking(whole[row].tolist())
        expected = oracle.under_rules(
            ranking, rule.exclude.tolist(), only, rule.per_artist, by.tolist()
        )[:k]
        assert songs[row].tolist() == expected + [NO_SONG] * (k - len(expected))
        assert scores[row, : len(expected)].tolist() == whole[row, expected].tolist()
        assert (scores[row, len(expected) :] == LOWEST).all()


@given(st.data())
def test_without_a_known_song_those_of_the_artists_come_first(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    by = data.draw(artists(len(space)))
    named = data.draw(st.lists(st.integers(0, 5), max_size=3))
    index = build_index(space, pairs, counts, score, by)
    asked = [[], [len(space)], [0]]
    found = index.score(Histories.of(asked), Histories.of([named] * 3))
    for row, history in enumerate(asked):
        slow = oracle.scores(space, pairs, counts, score, history, by.tolist(), named)
        assert found[row] == pytest.approx(np.array(slow), abs=1e-4)


@given(st.data())
def test_excluded_songs_are_never_answers(data: st.DataObject) -> None:
    space, score = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    index = build_index(space, pairs, counts, score)
    left_out = data.draw(rules(len(space))).exclude
    asked = Histories.of(data.draw(st.lists(histories(len(space)), min_size=1, max_size=3)))
    songs, _ = top_k(index.excluding(left_out), asked, len(space))
    expected, _ = recommend(index, asked, len(space), [type(FREE)(exclude=left_out)])
    assert songs.tolist() == expected.tolist()
    assert not np.isin(songs, left_out).any()
    unknown = np.append(left_out, [len(space), len(space) + 7])  # as of a rare song in a list
    assert (index.excluding(unknown).excluded == index.excluding(left_out).excluded).all()


@given(st.lists(st.integers(0, 4)))
def test_places_within_an_artist(given: list[int]) -> None:
    slow = [given[:at].count(one) if one else 0 for at, one in enumerate(given)]
    assert places(np.array(given, np.int64)).tolist() == slow


def test_each_history_has_its_own_rules_and_artists_in_every_block() -> None:
    asked = Histories.of([[], [0], [few_songs.SONGS], [2], []])
    by = Histories.of([[1], [], [2], [], [3]])
    own = [Rules(exclude=np.array([song])) for song in (0, 1, 1, 4, 2)]
    whole = recommend(few_songs.index(), asked, 3, own, by)
    apart = recommend(few_songs.index(), asked, 3, own, by, scores_mib=few_songs.TWO_ROWS)
    assert apart[0].tolist() == whole[0].tolist()
    assert apart[1] == pytest.approx(whole[1], abs=1e-5)
    assert whole[0][[0, 2, 4]].tolist() == [[3, 1, 2], [4, 0, 2], [5, 0, 1]]
