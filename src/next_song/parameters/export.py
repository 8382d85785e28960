"""What an exported model answers with, and how it answers many histories."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from next_song.parameters.base import Count, Parameters

Precision = Literal["float32", "float16"]


class Export(Parameters):
    """The exported model: how many songs it answers with, and how it stores numbers.

    examples: held-out playlists that its archive carries for the playground; 0 for none. exclude:
    a file with one song id per line, songs that are never answers. sets: such files, by the name
    that a request gives.
    """

    k: Count
    precision: Precision
    examples: Annotated[int, Field(ge=0)]
    exclude: str | None
    sets: dict[Annotated[str, Field(min_length=1)], str]


class Recommendation(Parameters):
    """How an exported model answers many histories.

    k: songs for each. rows: one row per song, or per playlist. exclude_set, only_set: names of
    sets of songs that the model holds. per_artist: the most songs by one artist. shard: `I/N`
    answers the I-th of N parts of the input, from 1. parts: a folder for what is done, which an
    interrupted job leaves; resume: continue from it.
    """

    k: Count
    rows: Literal["songs", "playlists"]
    exclude_set: Annotated[str, Field(min_length=1)] | None
    only_set: Annotated[str, Field(min_length=1)] | None
    per_artist: Count | None
    shard: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}$")] | None
    parts: str | None
    resume: bool

    @model_validator(mode="after")
    def _is_one_of_the_shards(self) -> Self:
        shard, shards = self.shard_of
        if shard >= shards:
            raise ValueError(f"shard {self.shard}: expected I/N with I from 1 to N")
        return self

    @property
    def shard_of(self) -> tuple[int, int]:
        """The number of the shard, from 0, and of all shards; -1 and 1 for the whole input."""
        if self.shard is None:
            return -1, 1
        shard, shards = self.shard.split("/")
        return int(shard) - 1, int(shards)
