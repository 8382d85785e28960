"""Says how an input is read, from its head, and writes nothing: `next-song inspect`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException
from kedro.io import DatasetError
from kedro.utils import find_kedro_project

from next_song import grid, sql
from next_song.datasets.addresses import check_address
from next_song.datasets.input_files import InputFilesDataset, addresses, parts
from next_song.errors import InputError
from next_song.parameters import Cleaning, Columns, Reading, Sessions
from next_song.pipelines.data_engineering.checks import advice
from next_song.pipelines.data_engineering.cleaning import clean
from next_song.pipelines.data_engineering.sources import Staged, stage
from next_song.pipelines.data_engineering.sources.delimited import guess_columns
from next_song.pipelines.data_engineering.sources.files import InputFile, open_file
from next_song.pipelines.data_engineering.sources.heads import head_of
from next_song.pipelines.data_engineering.sources.uses import MixedError
from next_song.terminal.next_steps import quote

FILES = 20  # whose heads are read
FEW = 200  # playlists, below which a split of whole playlists leaves too few for each part


@dataclass(frozen=True)
class Inspection:
    """How the head of the input was read.

    parameters: of `kedro run`, as NAME=VALUE. dropped: the rows that would be left out, by reason.
    playlists: the first three, each with its name and songs. is_whole: whether the head is all.
    """

    read: Staged
    names: list[str]
    parameters: list[str]
    rows: int
    dropped: dict[str, int]
    playlists: list[tuple[str, list[str]]]
    is_whole: bool

    @property
    def commands(self) -> tuple[str, str]:
        """The commands that read the input, and that do all with it."""
        given = ",".join(self.parameters)
        quoted = quote(given, always=True)
        return (
            f"kedro run --pipelines data_engineering --params {quoted}",
            f"kedro run --params {quoted}",
        )

    def as_json(self) -> dict[str, Any]:
        """Returns the inspection for programs."""
        return {
            "source": self.read.source,
            "columns": self.read.columns,
            "order": str(self.read.order),
            "command": self.commands[0],
        }

    def lines(self) -> Iterator[str]:
        """Gives the inspection for people, line by line."""
        files = ", ".join(Path(name).name for name in self.names[:3])
        more = f" and {len(self.names) - 3:,} more" if len(self.names) > 3 else ""
        yield f"files: {files}{more}"
        yield f"layout: {self.read.layout}, read as source {self.read.source}"
        for use, column in self.read.columns.items():
            yield f"  {use}: {column}"
        yield f"order: {self.read.order}"
        part = "all" if self.is_whole else "the first"
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
        yield f"rows: {part} {self.rows:,}; would be left out: {dropped or 'none'}"
        if self.rows and self.rows == sum(self.dropped.values()):
            reason = max(self.dropped, key=lambda each: self.dropped[each])
            cleaning = Cleaning.model_validate(grid.base_parameters()["cleaning"])
            yield f"nothing would be kept: {advice(reason, self.read.columns, cleaning)}"
        for playlist, songs in self.playlists:
            more = f" … ({len(songs):,} songs)" if len(songs) > 5 else ""
            yield f"playlist {playlist}: {'; '.join(songs[:5])}{more}".replace("\t", " / ")
        yield "To read it, and to read it and train:"
        yield from (f"  {command}" for command in self.commands)


def inspect(inputs: tuple[str, ...]) -> Inspection:
    """Inspects files and patterns. Raises InputError if they cannot be read as they are."""
    for address in (part for each in inputs for part in parts(each)):
        check_address("input", address, "a path or a pattern, or a URL such as s3://...")
    inputs = tuple(map(_from_anywhere, inputs))
    names = [name for each in inputs for name in _files(each)]
    files, encoding = _opened(names[:FILES])
    heads = [head_of(file) for file in files]
    read, more = _stage(heads, names)
    given = [f"source={read.source}", f"input={_input(inputs, names)}"]
    given += more
    given += [f"input_encoding={encoding}"] if encoding else []
    read_whole = (file.whole or file.path == head for file, head in zip(files, heads, strict=True))
    is_whole = len(names) <= FILES and all(read_whole)
    cleaned, _ = clean(read.plays, Cleaning.model_validate(grid.base_parameters()["cleaning"]))
    lists = len(cleaned.filter("dropped is null").select("list").distinct())
    given += ["split.by=leave_last"] if is_whole and lists < FEW else []
    counts = dict(cleaned.aggregate("dropped, count(*)").order("dropped").fetchall())
    playlists = sql.query(__package__, "inspected", cleaned=cleaned, staged=read.plays).fetchall()
    return Inspection(
        read,
        names,
        [*given, "data_root=data/mine"],
        sum(counts.values()),
        {reason: count for reason, count in counts.items() if reason},
        [(playlist, songs) for playlist, songs in playlists],
        is_whole,
    )


def _stage(heads: list[str], names: list[str]) -> tuple[Staged, list[str]]:
    """Reads the heads as they are, as a history, as a playlist each, or without a header.

    Returns the parameters that this takes as well.
    """
    parameters = _parameters()
    columns = Columns.model_validate(parameters["columns"])
    sessions = Sessions.model_validate(parameters["sessions"])
    cut = sessions.model_copy(update={"gap_minutes": 30.0})
    trials = [("auto", sessions, []), ("auto", cut, ["sessions.gap_minutes=30"])]
    trials += [("exportify", sessions, [])] if len(heads) > 1 else []
    errors = []
    for source, given_sessions, more in trials:
        try:
            return stage(source, heads, columns, given_sessions, Reading()), more
        except MixedError as error:
            raise InputError(_with_names(error.message, heads, names)) from None
        except InputError as error:
            errors.append(error)
    guessed = guess_columns(open_file(heads[0], None))
    if not guessed:
        raise InputError(_with_names(errors[0].message, heads, names))
    given = [f"columns.{use}={number}" for use, number in guessed.items()]
    numbers = columns.model_copy(update=guessed)
    return stage("plays", heads, numbers, sessions, Reading(header=False)), ["header=false", *given]


def _parameters() -> dict[str, Any]:
    try:
        return grid.base_parameters()
    except MissingConfigException:
        raise InputError(
            f"inspect: found no conf/base in {Path.cwd()}; expected the folder of the project, "
            "whose parameters say how input is read: change to it"
        ) from None


def _with_names(message: str, heads: list[str], names: list[str]) -> str:
    for head, name in zip(heads, names, strict=False):
        message = message.replace(head, name)
    return message


def _opened(names: list[str]) -> tuple[list[InputFile], str | None]:
    """Returns the files, and the likely encoding of the first one that is not UTF-8."""
    files = []
    for name in names:
        try:
            files.append(open_file(name, None))
        except InputError as error:
            if likely := re.search(r"input_encoding=([\w-]+)", error.message):
                return [open_file(each, likely[1]) for each in names], likely[1]
            raise
    return files, None


def _files(given: str) -> list[str]:
    try:
        return InputFilesDataset(filepath=given).load()
    except DatasetError as error:
        raise error.__cause__ if isinstance(error.__cause__, InputError) else error from None


def _from_anywhere(path: str) -> str:
    """Returns the path as Kedro finds it: relative to the project, else absolute."""
    if find_kedro_project(Path.cwd()) == Path.cwd():
        return path
    each_one = addresses(path)
    return ";".join(one if "://" in one else str(Path.cwd() / one) for one in each_one)


def _input(inputs: tuple[str, ...], names: list[str]) -> str:
    """Returns the files as one value of the parameter `input`."""
    value = inputs[0] if len(inputs) == 1 else _pattern(list(inputs), names)
    value = value.replace(",", "?")  # Kedro takes a comma for the end of the value
    if _files(value) != names:
        raise InputError(
            f"input {', '.join(inputs[:3])}: found names with a comma, which Kedro takes for the "
            "end of a parameter; expected names without: rename the files"
        )
    quoted = value.replace("'", "''")  # as YAML has a quote inside of quotes
    return value if re.fullmatch(r"[\w./:~-]+", value) else f"'{quoted}'"


def _pattern(inputs: list[str], names: list[str]) -> str:
    """Returns a pattern for just these files, or else all names, with `;` between them."""
    start = _common_start(inputs)
    end = _common_start([each[len(start) :][::-1] for each in inputs])[::-1]
    pattern = f"{start}*{end}"
    if "/" not in "".join(each[len(start) : len(each) - len(end)] for each in inputs):
        try:
            if _files(pattern) == names:
                return pattern
        except InputError:
            pass
    return ";".join(inputs)


def _common_start(texts: list[str]) -> str:
    letters = zip(*texts, strict=False)
    return "".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, letters))
