"""The parameters of conf/: their names, types and ranges, checked before a run begins."""

import re
from itertools import product
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from next_song.errors import InputError
from next_song.versions import minor, tensorflow_version

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
LEAST_KB = 128_000  # of DuckDB's memory
Names = str | int | list[str | int] | None
TIME_DIRECTIVES = frozenset("aAbBcdfgGHIjmMnpqSuUVwWxXyYzZ%")
Precision = Literal["float32", "float16"]
START_FROM = "selection.start_from"  # names an archive, which is read


class Parameters(BaseModel):
    """A group of parameters, which cannot be changed. Unknown keys are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Validates as pydantic does, but raises InputError with all errors in one line."""
        try:
            return super().model_validate(obj, **kwargs)
        except ValidationError as error:
            raise InputError("; ".join(_one_line(found) for found in error.errors())) from None


def _one_line(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "values"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: found {error['input']!r}; {message[:1].lower()}{message[1:]}"


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


class Columns(Parameters):
    """The columns of the input: for each, one name, or several of which the first found is used.

    `playlist` and `song` are required; a history that is cut into sessions needs no `playlist`.
    Songs are ordered by `position`; without it by `time`; without both by row. If `user` is given,
    playlists of different users are different playlists. `duration` is how long the song was
    played, in seconds, or in milliseconds if the name of the column says `ms`. `time_format`
    is the format of `time`, or several that are tried in turn, in strptime's notation.
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
            if unknown or not directives:
                raise ValueError("expected a format such as '%d/%m/%Y %H:%M'")
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

    @model_validator(mode="after")
    def _leaves_a_training_share(self) -> Self:
        if self.validation + self.test >= 1:
            raise ValueError("validation + test should be less than 1, so that some are left")
        return self


class PairCounts(Parameters):
    """Which songs count as played next to each other; song_pairs.sql says how they are counted.

    near: the largest distance of the rates later and earlier, in songs. window: that of together.
    most: the number of pairs kept for each song.
    """

    near: Annotated[int, Field(ge=2, le=10_000)]
    window: Annotated[int, Field(ge=1, le=10_000)]
    most: Count


class Word2Vec(Parameters):
    """The Word2Vec hyper-parameters of a candidate, by gensim's names.

    The ranges are wider than anyone needs: beyond them gensim overflows, or would not end.
    """

    sg: Literal[0, 1]
    vector_size: Annotated[int, Field(ge=1, le=4096)]
    window: Annotated[int, Field(ge=1, le=10_000)]
    epochs: Annotated[int, Field(ge=1, le=100_000)]
    negative: Annotated[int, Field(ge=1, le=1000)]
    ns_exponent: Annotated[float, Field(ge=-5, le=5)]
    sample: Annotated[float, Field(ge=0, le=1)]
    min_count: Count
    alpha: Annotated[float, Field(gt=0, le=1)]
    seed: Seed
    workers: Annotated[int, Field(ge=1, le=1024)] = 1

    def __str__(self) -> str:
        """Returns a short description for logs: `skip-gram, 64 dimensions, window 10, min 1`."""
        kind = "skip-gram" if self.sg else "CBOW"
        return f"{kind}, {self.vector_size} dimensions, window {self.window}, min {self.min_count}"


class Word2VecGrid(Parameters):
    """Word2Vec hyper-parameters, of which any may be a list of values to try."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Validates the grid and each of its points. Raises InputError."""
        grid = super().model_validate(obj, **kwargs)
        grid.points()
        return grid

    def points(self) -> list[Word2Vec]:
        """Returns every combination of the values; the last hyper-parameter varies fastest."""
        given = self.model_extra or {}
        for name, value in given.items():
            if value == []:
                raise InputError(f"{name}: found []; expected a value, or a list of some to try")
        values = [value if isinstance(value, list) else [value] for value in given.values()]
        return [
            Word2Vec.model_validate(dict(zip(given, point, strict=True)))
            for point in product(*values)
        ]


class Protocol(Parameters):
    """How models are evaluated: the targets, and the metrics computed from the answers.

    looks: how many results are read from one test split, this one included; intervals on test are
    wider, so that all of them hold (`next_song.evaluation.uncertainty.level`).
    """

    targets: Literal["last", "every"]
    repeats: bool
    k: Annotated[list[Count], Field(min_length=1)]
    max_validation_queries: Count
    looks: Count
    seed: Seed
    scores_mib: Count

    @field_validator("k")
    @classmethod
    def _differ(cls, k: list[int]) -> list[int]:
        if len(set(k)) < len(k):
            raise ValueError("expected different numbers")
        return k


class DuckDB(Parameters):
    """How much memory DuckDB may use; the names are DuckDB's.

    memory_limit: what a process holds before it spills to files. temp_directory: the folder for
    these files; null is the system's temporary folder.
    """

    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$")]
    temp_directory: str | None

    @field_validator("memory_limit")
    @classmethod
    def _is_enough(cls, given: str) -> str:
        number, unit = re.fullmatch(r"([\d.]+) ?([KMGT])i?B", given).groups()  # type: ignore[union-attr]
        if float(number) * 1000 ** "KMGT".index(unit) < LEAST_KB:
            raise ValueError(f"expected at least {LEAST_KB // 1000}MB, which DuckDB needs to read")
        return given


class Selection(Parameters):
    """The metric on validation that chooses the champion, and the baselines it must beat.

    baselines: names from `next_song.evaluation.baselines.BASELINES`. tutorial: candidates that are
    also tested with the retrieval of the public tutorial; the best of them is one more baseline.
    Names that the grid lacks are ignored.
    refit: how the champion is trained with validation, from its own vectors or from random ones.
    start_from: the archive of a model whose training is continued; None trains all candidates anew.
    """

    metric: Literal["hit_rate", "mrr", "ndcg"]
    k: Count
    baselines: list[
        Literal[
            "popularity",
            "sequential_rules",
            "association_rules",
            "item_knn",
            "session_knn",
            "stan",
            "vstan",
        ]
    ]
    tutorial: list[str]
    refit: Literal["continue", "anew"]
    start_from: Annotated[str, Field(min_length=1)] | None = None

    @field_validator("start_from")
    @classmethod
    def _is_not_forgotten(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given and info.data.get("refit") == "anew":
            raise ValueError(
                "expected null with selection.refit=anew, which would forget the archive: leave "
                "one of them out"
            )
        return given

    @property
    def published(self) -> list[str]:
        """The candidates that are tested as published; none where training is continued."""
        return [] if self.start_from else self.tutorial


class Serverless(Parameters):
    """SageMaker's serverless hosting: the memory of a container, and the most containers."""

    memory_mib: Literal[1024, 2048, 3072, 4096, 5120, 6144]
    max_concurrency: Annotated[int, Field(ge=1, le=200)]


class Alarms(Parameters):
    """What lets SageMaker take an update back, if a minute of it is worse than this.

    client_errors, server_errors: the share of requests that are answered with a status of 4xx or
    5xx. p99_ms: the time that the model takes for 99 of 100 requests, in milliseconds.
    """

    client_errors: Annotated[float, Field(gt=0, le=1)]
    server_errors: Annotated[float, Field(gt=0, le=1)]
    p99_ms: Annotated[float, Field(gt=0)]


class Guardrails(Parameters):
    """How traffic moves to a new model on instances, and what stops it.

    shift: `canary` moves a share of the instances and then the rest, `linear` one share after the
    other, `all_at_once` everything. percent: this share, of at least one instance. bake_seconds:
    how long the alarms watch after each move.
    """

    shift: Literal["canary", "linear", "all_at_once"]
    percent: Annotated[int, Field(ge=10, le=50)]  # SageMaker's limits
    bake_seconds: Annotated[int, Field(ge=60, le=3600)]
    alarms: Alarms


class Vpc(Parameters):
    """The subnets and security groups, by id, that the instances of an endpoint are in."""

    subnets: Annotated[list[str], Field(min_length=1, max_length=16)]
    security_groups: Annotated[list[str], Field(min_length=1, max_length=5)]


class Autoscaling(Parameters):
    """The instances that AWS adds and removes: so many as keep each at a number of invocations.

    invocations_per_instance: requests a minute, which an instance should have.
    """

    min_instances: Annotated[int, Field(ge=1)]
    max_instances: Annotated[int, Field(ge=1)]
    invocations_per_instance: Annotated[int, Field(ge=1)]


class DataCapture(Parameters):
    """Requests and answers that SageMaker keeps in S3. percent: how many of all requests."""

    percent: Annotated[int, Field(ge=1, le=100)]


class Deployment(Parameters):
    """Where and how the champion is deployed.

    image: an image of TensorFlow Serving. NAME:TAG is one of AWS's own, in the region of the
    endpoint; REGISTRY/NAME:TAG is any other. The tag begins with the version of TensorFlow. Its
    minor version must be the installed one, so that the endpoint serves what was tested.
    guardrails: of updates of an endpoint on instances; None updates all at once, without alarms.
    kms_key: the id or ARN of the key that encrypts the disks of instances; None is AWS's own.
    autoscaling: None keeps instance_count. data_capture: None keeps no request.
    """

    # names of models and configurations are longer by up to 27 characters, and at most 63
    endpoint: Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,35}$")]
    role: str | None
    image: str
    instance_type: str
    instance_count: Annotated[int, Field(ge=1)]
    serverless: Serverless | None
    vpc: Vpc | None
    kms_key: str | None
    autoscaling: Autoscaling | None
    data_capture: DataCapture | None
    guardrails: Guardrails | None
    wait_minutes: Annotated[int, Field(ge=1)]
    only_if_better_than_baselines: bool
    only_if_not_worse_than_production: bool

    @model_validator(mode="after")
    def _serverless_has_none(self) -> Self:
        for name in ("vpc", "kms_key", "autoscaling", "data_capture"):
            if self.serverless and getattr(self, name):
                raise ValueError(
                    f"expected {name} null with serverless: SageMaker has it for instances alone"
                )
        return self

    @model_validator(mode="after")
    def _starts_with_what_is_allowed(self) -> Self:
        if scaled := self.autoscaling:
            least, most = scaled.min_instances, scaled.max_instances
            if not least <= self.instance_count <= most:
                raise ValueError(
                    f"expected instance_count {self.instance_count}, with which an endpoint "
                    f"starts, from autoscaling.min_instances {least} to max_instances {most}"
                )
        return self

    @field_validator("image")
    @classmethod
    def _serves_what_is_installed(cls, image: str) -> str:
        if not re.fullmatch(r"([a-z0-9][a-z0-9._-]*/)*[a-z0-9._-]+:\d+\.\d+[A-Za-z0-9._-]*", image):
            raise ValueError(
                "expected NAME:TAG or REGISTRY/NAME:TAG, where the tag begins with the version of "
                f"TensorFlow, such as tensorflow-inference:{tensorflow_version()}-cpu-py312"
            )
        served, installed = minor(image.rsplit(":", 1)[1]), minor(tensorflow_version())
        if served != installed:
            raise ValueError(
                f"expected an image of TensorFlow {installed}, which requirements.lock installs "
                f"and models are tested with, not of {served}: docs/aws.md says how to move to "
                "another version"
            )
        return image


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
    exclude_set: str | None
    only_set: str | None
    per_artist: Count | None
    shard: Annotated[str, Field(pattern=r"^[1-9][0-9]*/[1-9][0-9]*$")] | None
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
