"""The rows of JSON files as text."""

from typing import Any

import duckdb
from duckdb import CaseExpression, ColumnExpression, DuckDBPyRelation, FunctionExpression
from duckdb import ConstantExpression as Constant

from next_song import sql
from next_song.pipelines.data_engineering.sources.json_form import Form, beginning, some
from next_song.pipelines.data_engineering.sources.lines import lines_of_text
from next_song.pipelines.data_engineering.sources.paths import keys_of, path
from next_song.pipelines.data_engineering.sources.queries import query

FORMATS = {"array": "array", "lines": "newline_delimited"}  # any other is 'unstructured'
FILE = ColumnExpression("file")
LONGEST_LINE = 16_000_000  # bytes


def scan(paths: list[str], compression: str, read_as: Form, names: list[str]) -> DuckDBPyRelation:
    """Returns the values of these names as text, in columns c0, c1, ..., and `file`."""
    fields = [f"c{place}" for place in range(len(names))]
    if read_as.by_line:
        table = documents(paths, compression, read_as)
        return table.select(
            *(_value("json", name).alias(field) for field, name in zip(fields, names, strict=True)),
            *(ColumnExpression(name) for name in ("file", "problem", "line")),
        )
    if read_as.kind == "columns":
        table = documents(paths, compression, read_as)
        return table.select(
            *(_unnested(name).alias(field) for field, name in zip(fields, names, strict=True)),
            FILE,
        )
    if read_as.is_one_object:
        table = rows(documents(paths, compression, read_as), read_as)
        values = [_value("json", name) for name in names]
    else:
        keys = list(dict.fromkeys(_first_key(name) for name in names))
        table = _records(paths, compression, read_as, keys)
        values = [_of_record(name, keys) for name in names]
    return table.select(
        *(value.alias(field) for field, value in zip(fields, values, strict=True)),
        FILE,
    )


def documents(paths: list[str], compression: str, read_as: Form) -> DuckDBPyRelation:
    """Returns the objects of the files: file, json."""
    if read_as.by_line:
        lines = lines_of_text(paths, compression, longest=LONGEST_LINE)
        return query("json_lines", lines_of_text=lines)
    return query("read_documents", _given(paths, compression, read_as))


def rows(documents: DuckDBPyRelation, read_as: Form) -> DuckDBPyRelation:
    """Returns the rows inside objects that hold all of them: file, json."""
    if read_as.kind == "split":
        return query("rows_of_split", documents=documents)
    of_rows = "$.*" if read_as.kind == "index" else f"{_path(read_as.under)}[*]"
    return query("rows_of_object", {"path": of_rows}, documents=documents)


def keys(paths: list[str], compression: str, read_as: Form, head: str) -> list[str]:
    """Returns the names of all columns, those of the first rows first: late ones count, too."""
    if read_as.kind == "playlists":
        return list(next(beginning(head), {}))
    table = documents(paths, compression, read_as)
    table = rows(table, read_as) if read_as.is_one_object and read_as.kind != "columns" else table
    found = [key for (key,) in query("keys", objects=table).fetchall()]
    seen = [key for row in some(head, read_as.under) for key in row if key in found]
    return list(dict.fromkeys([*seen, *sorted(found)]))


def _records(
    paths: list[str], compression: str, read_as: Form, keys: list[str]
) -> DuckDBPyRelation:
    given = _given(paths, compression, read_as) | {"columns": dict.fromkeys(keys, "varchar")}
    read = query("read_records", given)
    # renamed: the input may have a column `file`
    values = [ColumnExpression(key).alias(f"k{place}") for place, key in enumerate(keys)]
    return read.select(*values, ColumnExpression("read from").alias("file"))


def _given(paths: list[str], compression: str, read_as: Form) -> dict[str, Any]:
    return {
        "input": [sql.literal(path) for path in paths],
        "format": FORMATS.get(read_as.kind, "unstructured"),
        "compression": compression,
        "largest": read_as.largest,
    }


def _first_key(name: str) -> str:
    return keys_of(name)[0]


def _of_record(name: str, keys: list[str]) -> duckdb.Expression:
    key, *inner = keys_of(name)
    column = f"k{keys.index(key)}"
    return _value(column, path(*inner)) if inner else ColumnExpression(column)


def _value(column: str, name: str) -> duckdb.Expression:
    return FunctionExpression(
        "json_extract_string", ColumnExpression(column), Constant(_path(name))
    )


def _path(name: str) -> str:
    return "$" + "".join(f'."{_quoted(key)}"' for key in keys_of(name))


def _unnested(name: str) -> duckdb.Expression:
    of_list, of_object = (
        FunctionExpression("json_extract_string", ColumnExpression("json"), Constant(found))
        for found in (_path(name) + "[*]", _path(name) + ".*")
    )
    is_list = FunctionExpression("len", of_list) > Constant(0)
    return FunctionExpression("unnest", CaseExpression(is_list, of_list).otherwise(of_object))


def _quoted(part: str) -> str:
    return part.replace("\\", "\\\\").replace('"', '\\"')
