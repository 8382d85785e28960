"""The size and nature of generated playlists."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from next_song.parameters.base import Count, Parameters, Seed


class Sample(Parameters):
    """The size and nature of the generated playlists.

    Every artist has one genre and at least one song, so genres <= artists <= songs. mean_length:
    mean plays per playlist, of which a few percent are lost if a small library has no new song to
    add; the median is 0.84 of it. playlists_per_user: a mean. noise: share of plays that are drawn
    by popularity alone. dirty: share of songs, of playlists and of plays that have a fault; above
    0, every kind of fault appears at least once.
    """

    seed: Seed
    playlists: Annotated[int, Field(ge=100)]
    songs: Annotated[int, Field(ge=100, lt=2**22)]  # as many titles as names.py can tell apart
    artists: Annotated[int, Field(ge=1, le=10**6)]
    genres: Count
    mean_length: Annotated[float, Field(ge=3, le=1000)]
    playlists_per_user: Annotated[float, Field(ge=1, le=1000)]
    noise: Annotated[float, Field(ge=0, le=1)]
    dirty: Annotated[float, Field(ge=0, le=0.5)]

    @model_validator(mode="after")
    def _artists_have_songs_and_genres_artists(self) -> Self:
        if not self.genres <= self.artists <= self.songs:
            raise ValueError("expected genres <= artists <= songs")
        return self
