"""The tutorial as published answers as gensim does, from the last song alone."""

from typing import Any

import numpy as np
import pytest
from gensim.models import KeyedVectors

from next_song.evaluation.rivals import as_published, vectors_alone
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import top_k
from next_song.retrieval.setting import Score
from next_song.retrieval.song_space import SongSpace

SONGS = 40


@pytest.mark.parametrize("history", [[7], [3, 7], [9, 9, 21, 3], [7, SONGS + 5]])
def test_the_tutorial_as_published_is_most_similar_to_the_last_known_song(
    history: list[int],
) -> None:
    vectors = np.random.default_rng(2).standard_normal((2, SONGS, 8), np.float32)
    model = as_published(SongSpace(*vectors, np.arange(SONGS, 0, -1)), repeats=True)
    songs, scores = top_k(model, Histories.of([history]), SONGS)
    last = [song for song in history if song < SONGS][-1]
    inputs = KeyedVectors(8)
    inputs.add_vectors([str(song) for song in range(SONGS)], vectors[0])
    expected = inputs.most_similar(str(last), topn=SONGS - 1)
    assert songs[0, 0] == last
    assert [str(song) for song in songs[0, 1:]] == [song for song, _ in expected]
    assert scores[0, 1:] == pytest.approx([cosine for _, cosine in expected], abs=1e-5)


def test_vectors_alone_keep_the_parts_that_need_no_other_table() -> None:
    parts: Any = {
        "space": {"kind": "vectors", "decay": 0, "weight": 1},
        "again": {"kind": "repeats", "of": "times", "weight": 2},
        "next": {"kind": "pairs", "rate": "next", "decay": 0, "weight": 3},
        "plays": {"kind": "songs", "of": "plays", "weight": 4},
    }
    unit = np.eye(3, dtype=np.float32)
    setting = Score.model_validate({"repeats": True, "parts": parts})
    alone = vectors_alone(SongSpace(unit, unit, np.full(3, 9)), setting)
    assert {*alone.setting.parts} == {"space", "again"}
    assert alone.setting.repeats
