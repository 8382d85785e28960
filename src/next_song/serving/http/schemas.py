"""What the plain routes read and write; the page of the API describes it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, field_validator

MOST_SONGS = 1000  # of a request


class Song(BaseModel):
    """A song."""

    song_id: str
    name: str


class Scored(Song):
    """A recommended song; the higher the score, the better."""

    score: float


class Unknown(BaseModel):
    """A text that names no song, and the names that are spelled most like it."""

    song: str
    nearest: list[Song]


class Recommendation(BaseModel):
    """The songs that follow a history; not known: the most played ones, since no song is known."""

    known: bool
    history: list[Song]
    unknown: list[Unknown]
    songs: list[Scored]


def _whole(text: str) -> str:
    """Returns a text without half characters, which JSON may hold and no song has."""
    return text.encode("utf-8", "replace").decode()


Text = Annotated[str, AfterValidator(_whole)]


class Histories(BaseModel):
    """Histories to be continued: song ids, or names as "artist - title", oldest first."""

    histories: Annotated[list[list[Text]], Field(min_length=1, max_length=MOST_SONGS)]
    k: Annotated[int, Field(ge=1)] = 10

    @field_validator("histories")
    @classmethod
    def _are_few(cls, histories: list[list[str]]) -> list[list[str]]:
        """A name takes up to some milliseconds to be found."""
        if sum(map(len, histories)) > MOST_SONGS:
            raise ValueError(f"expected at most {MOST_SONGS:,} songs in all histories")
        return histories


class Recommendations(BaseModel):
    """One answer for each history, in their order."""

    answers: list[Recommendation]
