"""How playlists are read, cleaned, split and counted."""

import re
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from next_song.parameters.base import Count, Parameters, Share

Names = str | int | list[str | int] | None
DATES = frozenset("bBcdGjmuUVWxyY")  # a format of times needs one of these
TIME_DIRECTIVES = frozenset("aAbBcdfgGhHIjmMnpSTuUVwWxXyYzZ%")


class Columns(Parameters):
    """The columns of the input: for each, one name, or several of which the first found is used.

    `playlist` and `song` are required; a history that is cut into sessions needs no `playlist`.
    Songs are ordered by `position`; without it by `time`; without both by row. If `user` is given,
    playlists of different users are different playlists. `duration` is how long the song was
    played, in seconds, in milliseconds if the name of the column says `ms`, or as 3:20.
    `time_format` is the format of `time`, or several that are tried in turn, in strptime's
    notation.
    """

    playlist: Names
    song: Names
    position: Names = None
    time: Names = None
    artist: Names = None
    track: Names = None
    user: Names = None
    split: Names = None
    duration: Names = None
    time_format: str | list[str] | None = None

    @field_validator("time_format")
    @classmethod
    def _is_a_format(cls, given: str | list[str] | None) -> str | list[str] | None:
        for each in [given] if isinstance(given, str) else given or []:
            directives = re.findall("%(-?.?)", each)
            unknown = [one for one in directives if one.lstrip("-") not in TIME_DIRECTIVES]
            if unknown or not DATES.intersection("".join(directives)):
                raise ValueError("expected a format such as '%d/%m/%Y %H:%M', with a date")
        return given

    def uses(self) -> dict[str, Names]:
        """Returns the names of the column for each use."""
        return {use: names for use, names in self if use != "time_format"}


class Reading(Parameters):
    """How the input is read, where its content does not say so.

    header: whether the first line of delimited text has the names of the columns. input_encoding:
    the encoding of text that is not UTF-8, by Python's name. query: a file with a SELECT.
    """

    header: bool = True
    input_encoding: str | None = None
    query: str | None = None


class Sessions(Parameters):
    """How a history without playlists becomes playlists, and which plays count as skips.

    by: `gap` starts a playlist when a user has played nothing for more than gap_minutes; `day`
    makes one playlist of each day in time_zone. With `gap`, a gap_minutes of null cuts nothing.
    """

    by: Literal["gap", "day"]
    gap_minutes: Annotated[float, Field(gt=0)] | None
    time_zone: str
    min_seconds: Annotated[float, Field(ge=0)]

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        known = available_timezones() or {name}  # empty where the system has no time zones
        if name not in known | {"UTC"}:
            raise ValueError("expected the name of a time zone, such as Europe/Berlin")
        return name

    @property
    def cut(self) -> bool:
        """Whether histories are cut."""
        return self.by == "day" or self.gap_minutes is not None


class Cleaning(Parameters):
    """The rules by which plays and playlists are kept."""

    min_plays: Count
    keep_repeats_in_a_row: bool
    min_songs: Count
    max_songs: Count

    @model_validator(mode="after")
    def _keeps_a_length(self) -> Self:
        if self.min_songs > self.max_songs:
            raise ValueError(f"expected min_songs {self.min_songs} <= max_songs {self.max_songs}")
        return self


class Split(Parameters):
    """How playlists are split into training, validation and test."""

    by: Literal["hash", "time", "leave_last", "column"]
    validation: Share
    test: Share

    @property
    def shares(self) -> dict[str, float] | None:
        """The shares of validation and test, if the split goes by them."""
        by_share = self.by in ("hash", "time")
        return {"validation": self.validation, "test": self.test} if by_share else None

    @model_validator(mode="after")
    def _leaves_a_training_share(self) -> Self:
        if self.validation + self.test >= 1:
            raise ValueError(
                f"expected validation {self.validation} + test {self.test} below 1, so that some "
                "playlists are left to train on"
            )
        return self


class PairCounts(Parameters):
    """Which songs count as played next to each other; song_pairs.sql says how they are counted.

    near: the largest distance of the rates later and earlier, in songs. window: that of together.
    most: the number of pairs kept for each song.
    """

    near: Annotated[int, Field(ge=2, le=10_000)]
    window: Annotated[int, Field(ge=1, le=10_000)]
    most: Count
