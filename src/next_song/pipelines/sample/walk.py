"""Draws the songs of many playlists at once: each walks through the library, step by step."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from next_song.pipelines.sample.library import Library

Songs = NDArray[np.int64]
# These constants make the songs before the last one informative as well: sequence models beat
# popularity, and a history with decay beats the last song alone.
SAME_ARTIST = 0.55
# Steps back to the artist that returns: mean and maximum.
RECALL, MEMORY = 6.0, 20
START_ALBUM, SHORTEST_RUN, LONGEST_RUN = 0.02, 3, 9
# In the units of Routes.start.
SCATTER = 0.05
SHORTEST_DRIFT, LONGEST_DRIFT = 0.1, 0.5
# Steps relative to the wanted length, since songs that come again are dropped.
SPARE = 1.6


@dataclass(frozen=True)
class Routes:
    """The routes of playlists through the library; every array has shape (playlists,).

    length: the wanted number of plays. genre, second_genre, mix: a share `mix` of the steps is in
    the second genre, the rest in the first. start, drift: the position within the genre at the
    first step, and how far it moves until the last, in units of the genre's cumulative popularity,
    which runs from 0 to 1.
    """

    length: NDArray[np.int64]
    genre: NDArray[np.int64]
    second_genre: NDArray[np.int64]
    mix: NDArray[np.float64]
    start: NDArray[np.float64]
    drift: NDArray[np.float64]

    def __getitem__(self, chosen: NDArray[np.int64] | slice) -> "Routes":
        """Returns the routes of the chosen playlists."""
        return Routes(*(values[chosen] for values in vars(self).values()))


def walk(
    library: Library, routes: Routes, noise: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Returns the playlist number and the song of every play, in play order; shapes (plays,).

    No playlist has a song twice. A playlist that runs out of new songs is shorter than wanted.
    """
    order = np.argsort(-routes.length, kind="stable")
    steps = np.ceil(routes.length[order] * SPARE).astype(np.int64) + 2
    songs = np.full((len(steps), steps[0]), -1, dtype=np.int32)
    for step, heard in enumerate(take_steps(library, routes[order], steps, noise, rng)):
        songs[order[: len(heard)], step] = heard
    playlist, _ = np.nonzero(songs >= 0)
    kept = keep_first_plays(playlist, songs[songs >= 0], routes.length)
    return playlist[kept], songs[songs >= 0][kept]


def take_steps(
    library: Library, routes: Routes, steps: Songs, noise: float, rng: np.random.Generator
) -> Iterator[Songs]:
    """Yields the songs of step 0, 1, ... of the unfinished playlists; steps must descend."""
    past = np.zeros((MEMORY, len(steps)), dtype=np.int64)
    song = np.zeros(len(steps), dtype=np.int64)
    run = np.zeros(len(steps), dtype=np.int64)
    for step in range(steps[0]):
        going = int(np.searchsorted(-steps, -step))
        past, song, run = past[:, :going], song[:going], run[:going]
        near = find_near_artists(library, routes[slice(going)], step / steps[:going], rng)
        returns = (rng.random(going) < SAME_ARTIST) & (step > 0)
        artist = np.where(returns, library.artist_of[recall(past, step, rng)], near)
        follows = (run > 0) & ~library.album_ends[song]
        song = np.where(follows, song + 1, pick_songs(library, artist, rng))
        past[step % MEMORY] = song
        run = count_down(run, follows, rng)
        # A stray song is played once; the walk continues from where it would have been.
        astray = rng.random(going) < noise
        yield np.where(astray, find(library.song_edges, rng.random(going)), song)


def recall(past: Songs, step: int, rng: np.random.Generator) -> Songs:
    """Returns one of the latest songs of each playlist, the last one most often.

    past: (MEMORY, playlists), the song of step i in row i % MEMORY.
    """
    ago = 1 + rng.exponential(RECALL, past.shape[1]).astype(np.int64)
    ago = np.minimum(ago, max(1, min(step, MEMORY)))
    songs: Songs = past[(step - ago) % MEMORY, np.arange(past.shape[1])]
    return songs


def find_near_artists(
    library: Library, routes: Routes, progress: NDArray[np.float64], rng: np.random.Generator
) -> Songs:
    """Returns for each playlist an artist close to its current position."""
    point = routes.start + routes.drift * progress + rng.laplace(0, SCATTER, len(progress))
    point = 1 - np.abs(1 - np.abs(point) % 2)  # reflected at both ends of the genre
    strays = rng.random(len(progress)) < routes.mix
    genre = np.where(strays, routes.second_genre, routes.genre)
    low, high = library.genre_edges[genre], library.genre_edges[genre + 1]
    return find(library.artist_edges, low + point * (high - low))


def pick_songs(library: Library, artist: Songs, rng: np.random.Generator) -> Songs:
    """Returns for each artist one of its songs, popular ones more often."""
    low, high = library.artist_edges[artist], library.artist_edges[artist + 1]
    song = find(library.song_edges, low + rng.random(len(artist)) * (high - low))
    return np.clip(song, library.first_song[artist], library.first_song[artist + 1] - 1)


def find(edges: NDArray[np.float64], points: NDArray[np.float64]) -> Songs:
    """Returns the number of the interval between edges that contains each point."""
    return np.clip(np.searchsorted(edges, points, side="right") - 1, 0, len(edges) - 2)


def count_down(run: Songs, follows: NDArray[np.bool_], rng: np.random.Generator) -> Songs:
    """Returns how many more songs of the album follow; a few playlists begin a new run."""
    begins = rng.random(len(run)) < START_ALBUM
    length = rng.integers(SHORTEST_RUN, LONGEST_RUN + 1, len(run))
    return np.where(follows, run - 1, np.where(begins, length, 0))


def keep_first_plays(playlist: Songs, song: NDArray[np.int32], length: Songs) -> Songs:
    """Returns the plays to keep, ascending: songs new to the playlist, up to its length."""
    keys = playlist * (song.max() + np.int64(1)) + song
    order = np.argsort(keys, kind="stable")
    fresh = np.concatenate([[True], np.diff(keys[order]) > 0])
    kept = np.sort(order[fresh])
    starts = np.searchsorted(playlist[kept], np.arange(len(length)))
    places = np.arange(len(kept)) - starts[playlist[kept]]
    return np.compress(places < length[playlist[kept]], kept)
