"""The head of a file as a small file of its own, to inspect a large one within seconds."""

import json
from pathlib import Path

import duckdb

from next_song import sql
from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.files import InputFile
from next_song.pipelines.data_engineering.sources.json_form import form, objects, under
from next_song.pipelines.data_engineering.sources.packed import copy_for, damaged

ROWS = 20_000  # of Parquet
WHOLE = 200 * 2**20  # bytes that are read even if the head would not do


def head_of(file: InputFile) -> str:
    """Returns the path of a file with the first rows: the file itself where that is all of it."""
    if file.layout == "parquet":
        try:
            return _first_rows(file)
        except duckdb.Error as error:
            raise damaged(file.name, error) from error
    if file.whole:
        return file.path
    text = _first_objects(file) if file.layout == "json" else file.head
    if text is None:
        return file.path
    copy = copy_for(file.name)
    copy.write_text(text, "utf-8")
    return str(copy)


def _first_rows(file: InputFile) -> str:
    rows = sql.connection().read_parquet(sql.literal(file.path))
    if len(rows) <= ROWS:
        return file.path
    copy = copy_for(file.name)
    rows.limit(ROWS).write_parquet(str(copy))
    return str(copy)


def _first_objects(file: InputFile) -> str | None:
    """Returns the whole objects of the head, or None where they would not look like the file.

    There may be none, as in one long object; one alone would be read as a file of one object.
    Raises InputError if the file is too large to be read instead.
    """
    found, text = form(file.head, file.whole), file.head
    if found.under:
        text = under(text, found.under)
    elif found.is_one_object:
        text = ""
    rows = [row for row in objects(text) if isinstance(row, dict)]
    if rows and found.under:
        return json.dumps({found.under: rows})
    if rows and found.kind == "array":
        return json.dumps(rows)
    if len(rows) > 1:
        return "\n".join(map(json.dumps, rows))
    if Path(file.path).stat().st_size > WHOLE:
        raise InputError(
            f"input {file.name}: found fewer than two whole JSON objects in the first MiB; "
            "the file has more than 200 MiB; expected smaller objects: save one object in each line"
        )
    return None
