import numpy as np
import pytest

from next_song.retrieval.song_space import SongSpace

GOOD = {
    "query_vectors": np.ones((3, 2), np.float32),
    "target_vectors": np.ones((3, 2), np.float32),
    "plays": np.array([3, 2, 2]),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query_vectors": np.ones(3, np.float32)}, r"found shape \(3,\)"),
        ({"query_vectors": np.ones((0, 2), np.float32)}, r"found shape \(0, 2\)"),
        ({"target_vectors": np.ones((2, 2), np.float32)}, r"target_vectors \(2, 2\)"),
        ({"plays": np.array([3, 2])}, r"plays \(2,\)"),
        ({"query_vectors": np.ones((3, 2))}, "query_vectors: found float64"),
        ({"target_vectors": np.full((3, 2), np.nan, np.float32)}, "expected finite float32"),
        ({"plays": np.array([1, 2, 3])}, "highest first"),
        ({"plays": np.array([3, 2, 0])}, "at least 1"),
    ],
)
def test_refuses_at_the_door(change: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SongSpace(**GOOD | change)


def test_length_is_the_number_of_songs() -> None:
    assert len(SongSpace(**GOOD)) == 3
