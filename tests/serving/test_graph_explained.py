"""What the graph says that repeats add, song by song, for a history in which one is repeated."""

from typing import Any

import numpy as np
import pytest
from graphs import asking, before_and_after

from next_song.retrieval.definition import COUNTS, build_index
from next_song.retrieval.explanation import explain
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS, SongPairs
from next_song.retrieval.song_space import SongSpace
from next_song.serving.vocabulary import Vocabulary

WEIGHTS = {"last": -0.5, "older": 2.0, "times": 3.0}
IDS = [f"Träck {number}" for number in range(6)]
COUNTED = np.zeros((len(COUNTS), 3))
HISTORY = ["Träck 1", "Träck 3", "Träck 1", "Träck 2"]  # 1 twice, 2 at last
EXPECTED = {
    "last": [0, 0, -0.5, 0, 0, 0],
    "older": [0, 2, 0, 2, 0, 0],
    "times": [0, 3 * np.log(2), 0, 0, 0, 0],
}


@pytest.fixture(scope="module")
def explanations(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the graph says of all songs: as it is built, and in a session."""
    parts: dict[str, Any] = {"space": {"kind": "vectors", "decay": 0.8, "weight": 1}}
    parts |= {of: {"kind": "repeats", "of": of, "weight": one} for of, one in WEIGHTS.items()}
    vectors = np.random.default_rng(5).standard_normal((2, 6, 4), np.float32)
    score = Score.model_validate({"repeats": True, "parts": parts})
    index = build_index(SongSpace(*vectors, np.arange(6, 0, -1)), NO_PAIRS, np.zeros((2, 6)), score)
    graphs = before_and_after(index, Vocabulary(IDS), 6, tmp_path_factory.mktemp("names"))
    return [ask(**asking(song_ids=np.array([HISTORY], object))) for ask in graphs[:2]]


@pytest.mark.parametrize("of", WEIGHTS)
def test_what_repeats_add(explanations: list[dict[str, Any]], of: str) -> None:
    place = 1 + list(WEIGHTS).index(of)
    for found in explanations:
        songs = [song.decode() for song in found["song_ids"][0]]
        told = dict(zip(songs, found["adds"][0, :, place].tolist(), strict=True))
        assert [told[song] for song in IDS] == pytest.approx(EXPECTED[of], abs=1e-6)


def test_parts_add_up_to_the_score(explanations: list[dict[str, Any]]) -> None:
    for found in explanations:
        np.testing.assert_allclose(found["adds"][0].sum(axis=1), found["scores"][0], atol=1e-5)


@pytest.fixture(scope="module")
def equal_songs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[Any]]:
    """An index in which songs 0 and 2 give the same to song 1, and its graphs."""
    starts = np.array([0, 1, 1, 2])
    pairs = SongPairs(starts, np.array([1, 1]), (np.ones(2, np.float32),) * 4)
    parts: dict[str, Any] = {
        "space": {"kind": "vectors", "decay": 1, "weight": 1},
        "next": {"kind": "pairs", "rate": "next", "decay": 1, "weight": 1},
        "last": {"kind": "repeats", "of": "last", "weight": 1},
    }
    vectors = np.array([[1, 0], [1, 1], [1, 0]], np.float32)
    score = Score.model_validate({"repeats": True, "parts": parts})
    index = build_index(SongSpace(vectors, vectors, np.arange(3, 0, -1)), pairs, COUNTED, score)
    folder = tmp_path_factory.mktemp("equal")
    return index, before_and_after(index, Vocabulary(IDS[:3]), 3, folder)[:2]


@pytest.mark.parametrize("history", [[2, 0], [0, 2], [2, 0, 2, 0], [0, 1, 2], [1, 2, 0]])
def test_of_songs_that_gave_the_same_the_graph_names_the_one_that_numpy_names(
    history: list[int], equal_songs: tuple[Any, list[Any]]
) -> None:
    index, graphs = equal_songs
    names = np.array([*IDS[:3], ""])
    sources = explain(index, Histories.of([history]), np.arange(3)).sources
    assert sources[1, 1] == history[0] or history[0] == 1
    expected = np.where(sources == NO_SONG, "", names[np.maximum(sources, 0)])
    for ask in graphs:
        found = ask(**asking(song_ids=np.array([[IDS[song] for song in history]], object)))
        songs = [IDS.index(song.decode()) for song in found["song_ids"][0]]
        assert sorted(songs) == [0, 1, 2]
        told = np.char.decode(found["sources"][0].astype(bytes), "utf-8")
        assert told.tolist() == expected[songs].tolist()
