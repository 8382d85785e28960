"""Random song spaces, song pairs, scores and histories."""

import numpy as np
from hypothesis import strategies as st

from next_song.retrieval.definition import COUNTS
from next_song.retrieval.rules import Rules
from next_song.retrieval.setting import PairsPart, RepeatsPart, Score, SongsPart, VectorsPart
from next_song.retrieval.song_pairs import SongPairs
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


def pairs_where(rates: np.ndarray) -> SongPairs:
    """Pairs with rates (n, n, 4) where any is not 0."""
    songs, others = np.nonzero(rates.any(axis=2))
    starts = np.searchsorted(songs, np.arange(len(rates) + 1))
    found = rates[songs, others].T.astype(np.float32)
    return SongPairs(starts, others.astype(np.int32), tuple(each.copy() for each in found))


@st.composite
def song_pairs(draw: st.DrawFn, songs: int) -> SongPairs:
    """Rates for some pairs of so many songs, or a few more or less than a space of them has."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (max(1, songs + draw(st.integers(-2, 2))),) * 2
    some = random.random((*shape, 1)) < draw(st.floats(0, 0.5))
    return pairs_where(random.random((*shape, 4)) * some * (random.random((*shape, 4)) < 0.7))


def song_counts(songs: int) -> st.SearchStrategy[np.ndarray]:
    """Counts of so many songs and of a few that a space of them lacks."""
    row = st.lists(st.integers(0, 9), min_size=songs + 2, max_size=songs + 2)
    return st.lists(row, min_size=len(COUNTS), max_size=len(COUNTS)).map(np.array)


decays = st.sampled_from([0, 0.5, 0.9, 1])
weights = st.sampled_from([-1.5, 0, 0.2, 1, 5])
rates = st.sampled_from(["next", "later", "earlier", "together"])
parts = st.one_of(
    st.builds(VectorsPart, kind=st.just("vectors"), decay=decays, weight=weights),
    st.builds(PairsPart, kind=st.just("pairs"), rate=rates, decay=decays, weight=weights),
    st.builds(
        SongsPart,
        kind=st.just("songs"),
        of=st.sampled_from(["plays", *COUNTS]),
        weight=weights,
    ),
    st.builds(
        RepeatsPart,
        kind=st.just("repeats"),
        of=st.sampled_from(["last", "older", "times"]),
        weight=weights,
    ),
)
settings = st.builds(
    Score,
    repeats=st.booleans(),
    parts=st.lists(parts, min_size=1, max_size=9).map(
        lambda found: {f"part{number}": part for number, part in enumerate(found)}
    ),
)


def histories(songs: int, max_length: int = 12) -> st.SearchStrategy[list[int]]:
    """Histories with repeats and with songs that the space lacks, or empty."""
    return st.lists(st.integers(0, songs + 3), max_size=max_length)


def artists(songs: int) -> st.SearchStrategy[np.ndarray]:
    """The artist of each of so many songs; 0 for none."""
    return st.lists(st.integers(0, 4), min_size=songs, max_size=songs).map(np.array)


@st.composite
def rules(draw: st.DrawFn, songs: int) -> Rules:
    """Rules that leave out any of so many songs, or none."""
    some = st.lists(st.integers(0, songs - 1), unique=True).map(lambda one: np.array(one, np.int64))
    return Rules(draw(some), draw(st.none() | some), draw(st.none() | st.integers(1, 3)))
