"""The generated songs: their artists, albums and popularity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from next_song.parameters import Sample

TRACKS_OF_ALBUM = 11
# The popularity of the artist with rank r is (r + offset) ** -exponent: Zipf-Mandelbrot.
ARTIST_EXPONENT, ARTIST_OFFSET = 0.9, 60
SONG_EXPONENT, SONG_OFFSET = 1.6, 0.5
GENRE_EXPONENT, GENRE_OFFSET = 0.6, 2


@dataclass(frozen=True)
class Library:
    """Songs sorted by genre, artist and track, so that neighbours are similar.

    artist_of, track, album_ends: (songs,), each song's artist, its position among the artist's
    songs, and whether it is the last of an album. Edges are cumulative popularity from 0 to 1:
    song s is between song_edges[s] and song_edges[s + 1]; an artist is between the edges of its
    first song and of the next artist's first song, and so is a genre.
    """

    artist_of: NDArray[np.int32]
    track: NDArray[np.int32]
    album_ends: NDArray[np.bool_]
    song_edges: NDArray[np.float64]
    artist_edges: NDArray[np.float64]
    genre_edges: NDArray[np.float64]
    first_song: NDArray[np.int64]


def weigh(ranks: NDArray[np.int64], exponent: float, offset: float) -> NDArray[np.float64]:
    """Returns the Zipf-Mandelbrot weights of ranks from 0, not normalised."""
    weights: NDArray[np.float64] = (ranks + 1.0 + offset) ** -exponent
    return weights


def build_library(sample: Sample, rng: np.random.Generator) -> Library:
    """Returns songs for every artist of every genre, with their popularity."""
    genre_of = draw_genres(sample, rng)
    popularity = weigh(rng.permutation(sample.artists), ARTIST_EXPONENT, ARTIST_OFFSET)
    popularity /= popularity.sum()
    roots = np.sqrt(popularity)
    songs_of = 1 + rng.multinomial(sample.songs - sample.artists, roots / roots.sum())
    first = np.concatenate([[0], np.cumsum(songs_of)])
    artist_of = np.repeat(np.arange(sample.artists, dtype=np.int32), songs_of)
    masses = popularity[artist_of] * share_among_songs(artist_of, first, rng)
    song_edges = np.concatenate([[0.0], np.cumsum(masses)]) / masses.sum()
    track = (np.arange(sample.songs) - first[artist_of]).astype(np.int32)
    return Library(
        artist_of=artist_of,
        track=track,
        album_ends=end_albums(track),
        song_edges=song_edges,
        artist_edges=song_edges[first],
        genre_edges=song_edges[first][np.searchsorted(genre_of, np.arange(sample.genres + 1))],
        first_song=first,
    )


def end_albums(track: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Returns whether each track ends an album: every eleventh of an artist, and the last."""
    last = np.append(track[1:] == 0, True)
    return np.logical_or(last, track % TRACKS_OF_ALBUM == TRACKS_OF_ALBUM - 1)


def draw_genres(sample: Sample, rng: np.random.Generator) -> NDArray[np.int64]:
    """Returns the genre of each artist, (artists,), ascending; every genre has an artist."""
    weights = weigh(np.arange(sample.genres), GENRE_EXPONENT, GENRE_OFFSET)
    others = rng.choice(sample.genres, sample.artists - sample.genres, p=weights / weights.sum())
    return np.sort(np.concatenate([np.arange(sample.genres), others]))


def share_among_songs(
    artist_of: NDArray[np.int32], first: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns each song's share of its artist's plays, (songs,); random tracks are the hits."""
    order = np.lexsort((rng.random(len(artist_of)), artist_of))
    ranks = np.empty(len(artist_of), dtype=np.int64)
    ranks[order] = np.arange(len(artist_of)) - first[artist_of]
    weights = weigh(ranks, SONG_EXPONENT, SONG_OFFSET)
    totals: NDArray[np.float64] = np.add.reduceat(weights, first[:-1])
    return weights / totals[artist_of]
