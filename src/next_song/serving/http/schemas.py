"""What the plain routes read and write; the page of the API describes it."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from next_song.characters import whole

MOST_SONGS = 1000  # of all histories of a request, and of each list of its rules


FEW = 10  # songs of an answer, unless `k` says how many


class Song(BaseModel):
    """A song."""

    song_id: str
    name: str


class Scored(Song):
    """A recommended song; the higher the score, the better.

    If an explanation was asked for: its probability among all songs that may be an answer, and why.
    """

    score: float
    probability: float | None = None
    why: str | None = None


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


Text = Annotated[str, AfterValidator(whole)]


Texts = Annotated[list[Text], Field(max_length=MOST_SONGS)]


class Histories(BaseModel):
    """Histories to be continued, and rules for all of them.

    Songs are song ids, or names as "artist - title".
    """

    model_config = ConfigDict(extra="forbid")

    histories: Annotated[
        list[list[Text]],
        Field(min_length=1, max_length=MOST_SONGS, description="Songs, oldest first."),
    ]
    k: Annotated[
        int | None,
        Field(
            ge=1,
            description=f"How many songs follow each; at most {FEW} if it is left out.",
        ),
    ] = None
    artists: Annotated[
        list[list[Text]],
        Field(
            description="A list for each history: artists, if no song of it is known. Without "
            'them, those of names as "artist - title".'
        ),
    ] = []
    exclude: Annotated[Texts, Field(description="Songs to leave out.")] = []
    only: Annotated[
        Texts | None, Field(min_length=1, description="Songs to choose from; without, all.")
    ] = None
    exclude_set: Annotated[Text, Field(description="A set of the model to leave out.")] = ""
    only_set: Annotated[Text, Field(description="A set of the model to choose from.")] = ""
    per_artist: Annotated[
        int | None, Field(ge=1, description="The most songs by one artist; without, any number.")
    ] = None
    explain: Annotated[bool, Field(description="Also say why, and how probable it is.")] = False

    @field_validator("histories")
    @classmethod
    def _are_few(cls, histories: list[list[str]]) -> list[list[str]]:
        """A name takes up to some milliseconds to be found."""
        if sum(map(len, histories)) > MOST_SONGS:
            raise ValueError(f"expected at most {MOST_SONGS:,} songs in all histories")
        return histories

    @field_validator("artists")
    @classmethod
    def _are_few_and_as_many(
        cls, artists: list[list[str]], info: ValidationInfo
    ) -> list[list[str]]:
        if sum(map(len, artists)) > MOST_SONGS:
            raise ValueError(f"expected at most {MOST_SONGS:,} artists in all lists")
        count = len(info.data.get("histories", artists))
        if artists and len(artists) != count:
            raise ValueError(f"expected {count} lists, one for each history; found {len(artists)}")
        return artists


class Recommendations(BaseModel):
    """One answer for each history, in their order."""

    answers: list[Recommendation]
