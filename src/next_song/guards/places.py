"""The places that a run reads and writes, checked before it begins."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from next_song.datasets.addresses import check_address, reached
from next_song.datasets.files import exists, from_folder, local_path
from next_song.datasets.input_files import is_one_of, parts
from next_song.errors import InputError
from next_song.parameters import START_FROM

HISTORIES = "histories"
SUFFIXES = (".parquet", ".csv", ".jsonl")
LAYER = re.compile(r"\d\d_|\.runs\b")  # folders of a data_root that runs write
ANSWERS = "07_model_output"  # the folder of a data_root for answers
ADDRESSES = {  # what they may be
    "input": "a path or a pattern, or a URL such as s3://BUCKET/PREFIX/*.json",
    "histories": "a path, or a URL such as s3://BUCKET/histories.parquet",
    "output": "a path, or a URL such as s3://BUCKET/answers.parquet",
    "model": "a path, or s3://BUCKET/PREFIX/06_models/model.tar.gz",
}


def check_places(raw: Mapping[str, Any], project: Path) -> None:
    """Raises InputError for an address that a run cannot read or write, before it begins.

    project: the folder from which relative paths go, as in Kedro's catalog.
    """
    check_root(raw.get("data_root", "data"), project)
    for name, expected in ADDRESSES.items():
        for address in parts(str(raw.get(name, ""))):
            check_address(name, address, expected)
    given, asked, output = (str(raw.get(name) or "") for name in ("input", HISTORIES, "output"))
    if not output:
        return
    check_suffix("output", output)
    local, read, root = (
        _local(one, project) for one in (output, asked, str(raw.get("data_root", "data")))
    )
    inside = _within(local, root)
    if inside and LAYER.match(str(inside)) and inside.parts[0] != ANSWERS:
        raise InputError(
            f"output: found {output}, in a folder of the run's own files; expected another one: "
            f"leave it out to write to {ANSWERS}, or name a file outside data_root"
        )
    if local and is_one_of(local, given, project):
        raise InputError(
            f"output: found {output}, which is one of the files of input {given}; expected another "
            "name, so that the playlists stay"
        )
    if local and read and local.resolve() == read.resolve():
        raise InputError(
            f"output: found {output}, which is histories, too; expected another name, so that the "
            "histories stay"
        )


def _local(address: str, project: Path) -> Path | None:
    """Returns the path of an address of this machine; None for no address, or one elsewhere."""
    return local_path(from_folder(project, address)) if address else None


def _within(path: Path | None, folder: Path | None) -> Path | None:
    """Returns a path from a folder on, None if it is not in it."""
    if path and folder and path.resolve().is_relative_to(folder.resolve()):
        return path.resolve().relative_to(folder.resolve())
    return None


def check_suffix(name: str, output: str) -> None:
    """Raises InputError unless answers can be written to a file of this name.

    name: of the parameter or argument that has it, for errors.
    """
    if PurePosixPath(output).suffix not in SUFFIXES or output.endswith("/"):
        raise InputError(
            f"{name}: found {output!r}; expected a name that ends in {', '.join(SUFFIXES)}"
        )


def check_start(address: str | None) -> None:
    """Raises InputError unless there is a file at this address, if there is one to start from."""
    if not address:
        return
    expected = "the model.tar.gz of an earlier run, or its s3:// address"
    check_address(START_FROM, address, expected)
    with reached(START_FROM, address):
        if not exists(address):
            raise InputError(
                f"{START_FROM}: found no file {address}; expected {expected}: correct the path, or "
                "leave it out to train anew"
            )


def check_root(root: Any, project: Path) -> None:
    """Raises InputError unless a run can write to this data_root: a folder or a URL."""
    expected = "a folder, or a URL such as s3://BUCKET/PREFIX"
    if not isinstance(root, str) or not root.strip():
        raise InputError(
            f"data_root: found {root!r}; expected {expected}: leave it out to write to data"
        )
    check_address("data_root", root, expected)
    local = _local(root, project)
    if not local:
        return
    try:
        there = _nearest(local)
    except OSError as error:  # too long a name, or a folder that only others may enter
        raise InputError(f"data_root: found {error}; expected {expected}") from error
    if not there.is_dir():
        raise InputError(f"data_root: found {root!r}, where {there} is a file; expected {expected}")


def check_histories(written: Iterable[str]) -> None:
    """Raises InputError if a run would write over the histories that it is told to read."""
    if HISTORIES in written:
        raise InputError(
            "histories: found a file to read, and a node that would write it; expected to answer "
            "it alone: run --pipelines recommendation --nodes recommendation.answer_histories, or "
            "give playlists with input"
        )


def check_spill(folder: str | None) -> None:
    """Raises InputError unless DuckDB can write to the folder that is named, if one is."""
    if folder is None:
        return
    try:
        with tempfile.TemporaryDirectory(dir=_nearest(Path(folder))):
            pass
    except OSError as error:
        raise InputError(
            f"duckdb.temp_directory: found {error}; expected a folder that can be written to: name "
            "another, or null for the system's temporary folder"
        ) from error


def _nearest(path: Path) -> Path:
    """Returns the path, or the nearest folder above it that exists."""
    return next(one for one in (path, *path.absolute().parents) if one.exists())
