"""Draws the users, names, lengths and routes of playlists, before their songs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.parameters import Sample
from next_song.pipelines.sample.faults import PlaylistFault, spread_faults
from next_song.pipelines.sample.library import GENRE_EXPONENT, GENRE_OFFSET, weigh
from next_song.pipelines.sample.walk import LONGEST_DRIFT, SHORTEST_DRIFT, Routes

# Standard deviation of the logarithm of the length; mean = median * exp(SPREAD ** 2 / 2).
SPREAD = 0.6
# SHORTEST in songs, LONGEST as a multiple of the mean.
SHORTEST, LONGEST = 3, 8
SECOND_GENRE = 0.5
NAME_EXPONENT, NAME_OFFSET = 0.8, 2


def draw_heads(sample: Sample, names: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Returns columns playlist, user, name (0 to names - 1) and fault, in file order.

    The playlists of one user are consecutive; a user may draw the same name twice.
    """
    opens = rng.random(sample.playlists) < 1 / sample.playlists_per_user
    popularity = weigh(np.arange(names), NAME_EXPONENT, NAME_OFFSET)
    return {
        "playlist": np.arange(sample.playlists, dtype=np.int32),
        "user": np.cumsum(opens).astype(np.int32),
        "name": rng.choice(names, sample.playlists, p=popularity / popularity.sum()),
        "fault": spread_faults(PlaylistFault, sample.playlists, sample.dirty, rng),
    }


def draw_routes(sample: Sample, faults: NDArray[np.uint8], rng: np.random.Generator) -> Routes:
    """Returns the routes of all playlists; faults has shape (playlists,)."""
    size = sample.playlists
    median = sample.mean_length / np.exp(SPREAD**2 / 2)
    length = np.round(rng.lognormal(np.log(median), SPREAD, size))
    length = np.clip(length, SHORTEST, max(SHORTEST, LONGEST * sample.mean_length))
    length = np.where(faults == PlaylistFault.SHORT, rng.integers(1, 3, size), length)
    drift = rng.uniform(SHORTEST_DRIFT, LONGEST_DRIFT, size)
    return Routes(
        length=length.astype(np.int64),
        genre=draw_genres(sample.genres, size, rng),
        second_genre=draw_genres(sample.genres, size, rng),
        mix=np.where(rng.random(size) < SECOND_GENRE, rng.uniform(0.2, 0.5, size), 0.0),
        start=rng.random(size) * (1 - drift),
        drift=drift,
    )


def draw_genres(genres: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Returns a genre for each of `size` playlists, in proportion to its expected artists."""
    weights = weigh(np.arange(genres), GENRE_EXPONENT, GENRE_OFFSET)
    return rng.choice(genres, size, p=weights / weights.sum())
