"""What each data set was made from, so that no run joins what does not belong together.

Beside the data sets, in `.runs` of data_root, a record of each says which node made it, with which
parameters, and from which versions of its inputs. While a data set is written there are two, since
a run that is killed then may leave the earlier version or the new one: both have to fit.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar

from fsspec.core import url_to_fs
from kedro.pipeline.node import Node

from next_song.datasets.addresses import reached
from next_song.datasets.files import whole_file
from next_song.guards.claims import FOLDER
from next_song.guards.records import (
    FILE,
    PARAMETER,
    Record,
    archive_version,
    check_inputs,
    check_params,
    file_version,
    files_version,
    named_files,
    plain,
)
from next_song.parameters import START_FROM

Function = TypeVar("Function", bound=Callable[..., Any])
INPUT = "raw_playlists"
START = f"{PARAMETER}{START_FROM}"  # an archive, which nodes read
UNREAD = "unread"


def reads_all_but(unread: Callable[..., Iterable[str]]) -> Callable[[Function], Function]:
    """Marks the function of a node whose result does not always depend on all its parameters.

    unread: returns the names of those that it does not depend on, from the function's arguments.
    """

    def mark(function: Function) -> Function:
        setattr(function, UNREAD, unread)
        return function

    return mark


class Provenance:
    """The records of a data_root, which may be a URL."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")

    def made(self, node: Node, inputs: Mapping[str, Any]) -> Record:
        """Returns the record of what a node makes of inputs, which are given by name."""
        given = [name for name in node.inputs if name.startswith(PARAMETER)]
        unread = getattr(node.func, UNREAD, _nothing)(*(inputs[name] for name in node.inputs))
        params = {name: plain(name, inputs[name]) for name in given if name not in unread}
        others = sorted(set(node.inputs) - set(given))
        versions = {name: self._version(name, inputs) for name in others}
        if archive := params.get(START):
            versions[START] = archive_version(archive)
        versions |= {f"{FILE}{path}": file_version(path) for path in named_files(params)}
        return Record(node.name, params, versions)

    def begin(self, name: str, record: Record) -> None:
        """Keeps the records of the version that there is and of the one that will be written."""
        earlier = [one for one in self.read(name) if one != record]
        if earlier:  # without, whoever put a data set there knows what it is
            self._write(name, [*earlier, record])

    def end(self, name: str, record: Record) -> None:
        """Keeps the record of the version that has been written."""
        self._write(name, [record])

    def read(self, name: str) -> list[Record]:
        """Returns the records of the versions of a data set that may be there, the last one last.

        There is none of what a person put there.
        """
        fs, path = url_to_fs(self._path(name))
        with reached("data_root", self._root), suppress(FileNotFoundError):
            text = fs.cat_file(path)
            with suppress(ValueError, TypeError):
                return [Record(**one) for one in json.loads(text)]
        return []

    def check(
        self, names: Iterable[str], value: Callable[[str], Any], given: Callable[[], str | None]
    ) -> None:
        """Raises InputError unless data sets belong to each other and to the parameters of a run.

        names: those that the run reads. value: returns a parameter by name, or raises DatasetError.
        given: returns the version of the input that the run names, if any.
        """
        seen: dict[str, list[Record]] = {}
        waiting = [*names]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen[name] = self.read(name)
                for record in seen[name]:
                    check_params(name, record, value)
                    waiting += (one for one in record.inputs if not one.startswith(FILE))
        there = {name: {one.version for one in records} for name, records in seen.items()}
        read = {source for records in seen.values() for one in records for source in one.inputs}
        now: dict[str, Callable[[], str | None]]
        now = {INPUT: given, START: lambda: archive_version(value(START))}
        paths = {source.removeprefix(FILE) for source in read if source.startswith(FILE)}
        now |= {f"{FILE}{path}": partial(file_version, path) for path in paths}
        for source in read & set(now):
            there[source] = {version for version in (now[source](),) if version}
        for name, records in seen.items():
            for record in records:
                check_inputs(name, record, there)

    def _write(self, name: str, records: list[Record]) -> None:
        with reached("data_root", self._root), whole_file(self._path(name)) as part:
            listed = [asdict(one) for one in records]
            part.write_text(json.dumps(listed, indent=1, sort_keys=True), "utf-8")

    def _version(self, name: str, inputs: Mapping[str, Any]) -> str | None:
        records = self.read(name)
        if records:
            return records[-1].version
        files = inputs.get(name)
        return files_version(files) if isinstance(files, list) else None

    def _path(self, name: str) -> str:
        return f"{self._root}/{FOLDER}/{name}.json"


def _nothing(*_: Any) -> Iterable[str]:
    return ()
