"""Six songs, and how much memory the scores of two histories take."""

import numpy as np

from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace

SONGS = 6
SETTING = Score(repeats=False, parts={"space": VectorsPart(kind="vectors", decay=0, weight=1)})
TWO_ROWS = 2 * SONGS / 2**18  # MiB


def index() -> Index:
    """The most played song first; each artist has two."""
    vectors = np.random.default_rng(1).standard_normal((2, SONGS, 3), np.float32)
    space = SongSpace(*vectors, np.arange(SONGS, 0, -1))
    by = np.array([1, 2, 3, 1, 2, 3])
    return build_index(space, NO_PAIRS, np.zeros((2, SONGS)), SETTING, by)
