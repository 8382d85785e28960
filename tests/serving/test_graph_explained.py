"""What the graph says that repeats add, song by song, for a history in which one is repeated."""

from typing import Any

import numpy as np
import pytest
from graphs import asking, before_and_after

from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.serving.vocabulary import Vocabulary

WEIGHTS = {"last": -0.5, "older": 2.0, "times": 3.0}
IDS = [f"Träck {number}" for number in range(6)]
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
