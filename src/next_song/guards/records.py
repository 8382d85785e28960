"""A record of what a data set was made from, and whether another run may use the data set."""

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from kedro.io import DatasetError
from pydantic import BaseModel

from next_song.datasets.addresses import reached
from next_song.datasets.files import exists, local_file
from next_song.errors import InputError
from next_song.parameters import START_FROM

PARAMETER = "params:"
FILE = "file "  # before the path of a file that a parameter names
NAMING = re.compile(r"query|export\.(exclude|sets\..+)")  # parameters that name files
NEUTRAL = {"protocol": {"scores_mib"}}  # parameters that change no result
Values = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What made a data set: a node, its parameters by name, and its inputs by name and version."""

    node: str
    params: Values
    inputs: dict[str, str | None]

    @property
    def version(self) -> str:
        """What tells this version of the data set from others."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def check_params(name: str, record: Record, value: Callable[[str], Any]) -> None:
    """Raises InputError unless a data set of this name has the parameters of a run.

    value: returns a parameter by name, or raises DatasetError.
    """
    for param, before in record.params.items():
        try:
            now = plain(param, value(param))
        except DatasetError:
            continue  # this version of the project has no such parameter
        if different := _difference(param.removeprefix(PARAMETER), before, now):
            path, old, new = different
            raise InputError(
                f"{name}: found it made with {path}={old}; expected {path}={new}, as this run has "
                f"it: run {record.node} and what follows again, for example all with `kedro run`, "
                f"or give {path}={old}"
            )


def check_inputs(name: str, record: Record, there: Mapping[str, set[str]]) -> None:
    """Raises InputError unless a data set of this name was made from the inputs that are there.

    there: the versions that each input may have; none if it is gone, or if nobody knows.
    """
    for source, version in record.inputs.items():
        if version and there[source] - {version}:
            raise InputError(
                f"{name}: found it made from another {source.removeprefix(PARAMETER)}; expected "
                "the one that is there now, or that the run names: run what makes it again, for "
                "example all with `kedro run`"
            )


def _difference(path: str, before: Any, now: Any) -> tuple[str, str, str] | None:
    """Returns the path and both values of the first difference, as JSON; None if there is none.

    A parameter that is null and one that an earlier version of the project did not have are equal.
    """
    if before == now:
        return None
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before | now):
            found = _difference(f"{path}.{key}", before.get(key), now.get(key))
            if found:
                return found
        return None
    return path, json.dumps(before), json.dumps(now)


def plain(name: str, value: Any) -> Any:
    """Returns the value of a parameter as JSON has it, without what changes no result."""
    if isinstance(value, BaseModel):
        hidden = NEUTRAL.get(name.removeprefix(PARAMETER))
        value = value.model_dump(mode="json", exclude=hidden)
    return json.loads(json.dumps(value, default=str))


def named_files(params: Values) -> Iterator[str]:
    """Gives the paths of the files that parameters name, which are given by name."""
    for name, value in params.items():
        if isinstance(value, dict):
            yield from named_files({f"{name}.{key}": one for key, one in value.items()})
        elif value and NAMING.fullmatch(name.removeprefix(PARAMETER)):
            yield str(value)


def file_version(path: str) -> str | None:
    """Returns the SHA-256 of a local file, None if it cannot be read: its reader says why."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):  # a pipe is read once, by the node
            return None
        return _of_file(path, found.st_mtime_ns, found.st_size)
    except OSError:
        return None


@cache
def _of_file(path: str, _changed: int, _size: int) -> str:
    """Returns the SHA-256 of a file. A process reads it again only if it has changed."""
    return _sha256(path)


def archive_version(address: str, name: str = START_FROM) -> str | None:
    """Returns the SHA-256 of an archive, None if it is gone. A process reads each archive once.

    name: of the parameter that has the address, for errors.
    """
    with reached(name, address):
        fs, key = url_to_fs(address)
        if not exists(address) or fs.isdir(key):
            return None
        return _digest(address, fs.ukey(key))


@cache
def _digest(address: str, _version: str) -> str:
    return _sha256(local_file(address))


def _sha256(path: str | Path) -> str:
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def files_version(paths: list[str]) -> str:
    """Returns what tells these local files from others: their names and what they hold."""
    found = [[os.path.basename(path), file_version(path)] for path in paths]
    return sha256(json.dumps(found).encode()).hexdigest()[:16]
