"""What the graph says that repeats add, song by song, for a history in which one is repeated."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.serving import graph
from next_song.serving.graph_rules import REQUEST
from next_song.serving.vocabulary import Vocabulary

WEIGHTS = {"last": -0.5, "older": 2.0, "times": 3.0}
IDS = [f"Träck {number}" for number in range(6)]
HISTORY = ["Träck 1", "Träck 3", "Träck 1", "Träck 2"]  # 1 twice, 2 at last


@pytest.fixture(scope="module")
def adds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """What each kind of repeats adds to each song."""
    folder: Path = tmp_path_factory.mktemp("names")
    parts: dict[str, Any] = {"space": {"kind": "vectors", "decay": 0.8, "weight": 1}}
    parts |= {of: {"kind": "repeats", "of": of, "weight": one} for of, one in WEIGHTS.items()}
    vectors = np.random.default_rng(5).standard_normal((2, 6, 4), np.float32)
    score = Score.model_validate({"repeats": True, "parts": parts})
    index = build_index(SongSpace(*vectors, np.arange(6, 0, -1)), NO_PAIRS, np.zeros((2, 6)), score)
    model = graph.RetrievalModel(index, Vocabulary(IDS), 6, folder, "float32")
    empty = {
        name: np.array([[""]] if len(spec.shape) == 2 else [""], object)
        for name, spec in REQUEST.items()
    }
    asked = empty | {"song_ids": np.array([HISTORY], object), "per_artist": np.array([0])}
    found = model.explain(**asked)
    songs = [song.decode() for song in found["song_ids"].numpy()[0]]
    assert sorted(songs) == IDS
    told = dict(zip(songs, found["adds"].numpy()[0].tolist(), strict=True))
    scores = dict(zip(songs, found["scores"].numpy()[0].tolist(), strict=True))
    assert {song: sum(each) for song, each in told.items()} == pytest.approx(scores, abs=1e-5)
    return {of: {song: told[song][place] for song in IDS} for place, of in enumerate(WEIGHTS, 1)}


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ("last", [0, 0, -0.5, 0, 0, 0]),
        ("older", [0, 2, 0, 2, 0, 0]),
        ("times", [0, 3 * np.log(2), 0, 0, 0, 0]),
    ],
)
def test_what_repeats_add(
    adds: dict[str, dict[str, float]], of: str, expected: list[float]
) -> None:
    assert list(adds[of].values()) == pytest.approx(expected, abs=1e-6)
