"""The head of a file as a small file of its own, to inspect a large one within seconds."""

import json
from pathlib import Path

from next_song import sql
from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.files import InputFile, copy_for
from next_song.pipelines.data_engineering.sources.json_text import form, objects

ROWS = 20_000  # of Parquet
WHOLE = 200 * 2**20  # bytes that are read even if the head would not do


def head_of(file: InputFile) -> str:
    """Returns the path of a file with the first rows: the file itself where that is all of it."""
    if file.layout == "parquet":
        copy = copy_for(file.name)
        rows = sql.connection().read_parquet(sql.literal(file.path)).limit(ROWS)
        rows.write_parquet(str(copy))
        return str(copy)
    if file.whole:
        return file.path
    text = _first_objects(file) if file.layout == "json" else file.head
    if text is None:
        return file.path
    copy = copy_for(file.name)
    copy.write_text(text, "utf-8")
    return str(copy)


def _first_objects(file: InputFile) -> str | None:
    """Returns whole objects of the head, or None where the file is one object of another kind."""
    found = form(file.head, file.whole)
    if found.kind == "playlists":
        start = file.head.index('"playlists"') + len('"playlists"')
        return json.dumps({"playlists": list(objects(file.head[start:].lstrip(" \r\n\t:")))})
    if found.kind == "list":
        start = file.head.index("[")
        return json.dumps({found.under: list(objects(file.head[start:]))})
    if not found.is_one_object:
        rows = list(objects(file.head))
        return json.dumps(rows) if found.kind == "array" else "\n".join(map(json.dumps, rows))
    if Path(file.path).stat().st_size > WHOLE:
        raise InputError(
            f"input {file.name}: found one JSON object with all values of each column, of which "
            "the head says nothing; expected less than 200 MB of it: save one object in each line"
        )
    return None
