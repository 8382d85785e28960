"""Random song spaces, followers, retrieval settings and histories."""

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csr_array

from next_song.parameters import Retrieval
from next_song.retrieval.song_space import SongSpace


@st.composite
def spaces(draw: st.DrawFn, min_songs: int = 2, max_songs: int = 30) -> SongSpace:
    songs = draw(st.integers(min_songs, max_songs))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (songs, draw(st.integers(1, 8)))
    plays = np.sort(random.integers(1, 50, songs))[::-1]
    return SongSpace(
        random.standard_normal(shape, np.float32),
        random.standard_normal(shape, np.float32),
        np.ascontiguousarray(plays),
    )


@st.composite
def followers(draw: st.DrawFn, songs: int) -> csr_array:
    """Rates for some pairs of so many songs and a few more, which a space of them lacks."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (songs + draw(st.integers(0, 2)),) * 2
    rates = random.random(shape, np.float32) * (random.random(shape) < draw(st.floats(0, 0.5)))
    return csr_array(rates.astype(np.float32))


retrievals = st.builds(
    Retrieval,
    decay=st.sampled_from([0, 0.5, 0.9, 1]),
    target=st.sampled_from(["input", "output"]),
    popularity=st.sampled_from([0, 0.05]),
    followers=st.sampled_from([0, 0.2]),
    repeats=st.booleans(),
)


def histories(songs: int, max_length: int = 12) -> st.SearchStrategy[list[int]]:
    """Histories with repeats and with songs that the space lacks, or empty."""
    return st.lists(st.integers(0, songs + 3), max_size=max_length)
