"""Any file as a table: its columns by name, and those that are asked for as text."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

import duckdb
from duckdb import (
    CaseExpression,
    ColumnExpression,
    ConstantExpression,
    DuckDBPyRelation,
    Expression,
    FunctionExpression,
)

from next_song import sql
from next_song.pipelines.data_engineering.sources import delimited, json_form, json_text
from next_song.pipelines.data_engineering.sources.delimited import Dialect
from next_song.pipelines.data_engineering.sources.files import InputFile
from next_song.pipelines.data_engineering.sources.json_form import Form
from next_song.pipelines.data_engineering.sources.paths import path
from next_song.pipelines.data_engineering.sources.queries import query

FIRST = 100  # rows that tell what a column holds
FOLDER = re.compile(r"([^/=]+)=[^/]*(?=/)")
TEXT = ConstantExpression(None).cast("varchar")
UTC, ISO = ConstantExpression("UTC"), ConstantExpression("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Table:
    """A file, how it is read, and the names of its columns; types: of DuckDB, for Parquet."""

    file: InputFile
    how: Dialect | Form | None  # None: Parquet, or lines of M3U
    names: tuple[str, ...]
    types: tuple[str, ...] = ()

    @property
    def layout(self) -> str:
        """Describes the layout in a few words."""
        if isinstance(self.how, Dialect):
            mark = {"\t": "tab"}.get(self.how.delimiter, repr(self.how.delimiter))
            return f"CSV, delimiter {mark}, {'' if self.how.header else 'no '}header"
        if isinstance(self.how, Form):
            return f"JSON, {FORMS[self.how.kind]}"
        return {"parquet": "Parquet", "m3u": "M3U"}[self.file.layout]

    def type_of(self, name: str) -> str:
        """Returns DuckDB's type of a column, empty where the file has none."""
        return dict(zip(self.names, self.types, strict=False)).get(name, "")

    def has_lists(self, name: str) -> bool:
        """Whether the values of a column are lists, or texts such as `["s1", "s2"]`."""
        if self.type_of(name).endswith("[]"):
            return True
        values = self.first_values(name)
        is_text = all(re.fullmatch(r"\[.*\]", str(value), re.DOTALL) for value in values)
        return any(isinstance(value, list) for value in values) or (bool(values) and is_text)

    def page_among(self, names: Sequence[str]) -> str:
        """Returns the path of the songs if the first of these columns has pages of them, or "".

        A `uri` beside them is that of the playlist.
        """
        name = next((name for name in names if name in self.names and name != "uri"), "")
        has_pages = any(map(json_form.is_page, self.first_values(name)))
        return path(name, json_form.PAGE) if has_pages else ""

    def inside(self, name: str, keys: Sequence[str]) -> str:
        """Returns the path of the first of these keys that all objects of a column have.

        Of a column of anything else, and of other objects, the name as it is.
        """
        values = self.first_values(name)
        if not values or not all(isinstance(value, dict) for value in values):
            return name
        key = json_form.key_inside(values, keys)
        return path(name, *key.split(".")) if key else name

    def has_numbers(self, name: str) -> bool:
        """Whether the values of a column are whole numbers, such as places on an album."""
        return all(re.fullmatch(r"-?\d+(\.0)?", str(value)) for value in self.first_values(name))

    def first_values(self, name: str) -> list[Any]:
        """Returns the values of a column in the first rows that have one."""
        if name not in self.names:
            return []
        values: list[Any]
        if isinstance(self.how, Dialect):
            values = delimited.some(self.file.head, self.how, name)
        elif isinstance(self.how, Form) and (self.how.under or not self.how.is_one_object):
            values = [row.get(name) for row in json_form.some(self.file.head, self.how.under)]
        else:
            there = _scan([self], {"value": name}).filter("value is not null").limit(FIRST)
            values = [value for value, *_ in there.fetchall()]
        return [value for value in values if value not in (None, "")]


FORMS = {
    "array": "an array",
    "lines": "an object in each line",
    "objects": "one object after another",
    "playlists": "one object with a list of playlists",
    "columns": "one object with all values of each column",
    "split": "one object with columns and data",
    "index": "one object of rows",
    "list": "one object with a list of rows",
}


def table(file: InputFile, header: bool, named: Sequence[str] = ()) -> Table:
    """Finds out how a file is read and which columns it has; named: columns that plays may have."""
    if file.layout == "csv":
        dialect = delimited.detect(file.head, header)
        return Table(file, dialect, dialect.names)
    if file.layout == "json":
        return _of_json(file, json_form.form(file.head, file.whole, named))
    if file.layout == "parquet":
        types = _types(_parquet([file.path]))
        return Table(file, None, tuple(types), tuple(types.values()))
    return Table(file, None, ())


def _of_json(file: InputFile, form: Form) -> Table:
    try:
        found = json_text.keys([file.path], file.compression, form, file.head)
    except duckdb.Error as error:
        if "maximum_object_size" in str(error) and (roomier := form.with_more_room()):
            return _of_json(file, roomier)
        if "Malformed JSON" not in str(error) or form.kind != "lines" or form.by_line:
            raise
        return _of_json(file, replace(form, by_line=True))
    if form.kind == "columns" and not file.whole and {"columns", "data"} <= set(found):
        return _of_json(file, replace(form, kind="split"))  # which the head did not show
    return Table(file, form, tuple(found))


def cells(tables: Iterable[Table], columns: Iterable[dict[str, str | None]]) -> DuckDBPyRelation:
    """Returns one row per row of the tables, in their order, with its values as text.

    columns: for each table, its column for each use, or None; all have the same uses. The
    result has these uses as columns, and `file`, `problem` and `line`.
    """
    pairs = zip(tables, columns, strict=True)
    groups = [
        ([table for table, _ in group], dict(uses)) for (_, _, uses), group in groupby(pairs, _kind)
    ]
    return stacked([partial(_scan, *group) for group in groups])


def stacked(scans: list[Callable[[], DuckDBPyRelation]]) -> DuckDBPyRelation:
    """Returns the rows of one relation after the other.

    Of several, each is read before the next is made: DuckDB cannot join relations with the same
    $parameters, nor those that read different tables by the same name.
    """
    first, *others = scans
    if not others:
        return first()
    read = sql.materialized(first(), "read")
    for scan in others:
        sql.append(scan(), "read")
    return read


def roomier(tables: list[Table]) -> list[Table] | None:
    """Returns the tables with room for larger objects, or None where there is no more."""
    if not any(isinstance(each.how, Form) and each.how.has_room for each in tables):
        return None
    return [
        replace(each, how=each.how.with_more_room() if isinstance(each.how, Form) else each.how)
        for each in tables
    ]


def _kind(pair: tuple[Table, dict[str, str | None]]) -> tuple[Any, str, tuple[Any, ...]]:
    """Returns what files have in common that can be read in one go."""
    table, uses = pair
    how: Any = table.how
    if table.file.layout == "parquet":  # DuckDB gives several files the types of the first
        how = table.names, tuple(table.type_of(name) for name in uses.values() if name is not None)
    return how, table.file.compression, tuple(uses.items())


def _scan(tables: list[Table], given: dict[str, str | None]) -> DuckDBPyRelation:
    first, paths = tables[0], [each.file.path for each in tables]
    compression = first.file.compression
    uses = {use: name for use, name in given.items() if name is not None}
    if isinstance(first.how, Form):
        read = json_text.scan(paths, compression, first.how, list(uses.values()))
        named = {use: ColumnExpression(f"c{place}") for place, use in enumerate(uses)}
    elif isinstance(first.how, Dialect):
        read = delimited.scan(paths, compression, first.how)
        names = first.how.names
        named = {use: ColumnExpression(f"c{names.index(name)}") for use, name in uses.items()}
    else:
        read = _parquet(paths)
        types = _types(read)
        named = {use: _text(name, types[name]) for use, name in uses.items()}
    place = "read from" if first.file.layout == "parquet" else "file"
    extra = {"file": ColumnExpression(place)}
    extra |= {name: ColumnExpression(name) for name in ("problem", "line")}
    ours = read.columns if first.file.layout != "parquet" else []  # there, columns of the input
    missing = {name: TEXT for name in ("problem", "line") if name not in ours}
    chosen = dict.fromkeys(given, TEXT) | named | extra | missing
    return read.select(*(value.alias(name) for name, value in chosen.items()))


def _parquet(paths: list[str]) -> DuckDBPyRelation:
    """Reads Parquet files; folders such as `split=test/` are columns that the files lack."""
    given = {"input": [sql.literal(path) for path in paths]}
    own = query("read_parquet", given | {"folders": False})
    folders = {name.casefold() for name in FOLDER.findall(paths[0])}
    if not folders or folders & {name.casefold() for name in own.columns}:
        return own
    return query("read_parquet", given | {"folders": True})


def _number(value: Expression) -> Expression:
    """Returns a floating-point number as text; pandas makes such of whole ones with gaps, NaN."""
    is_whole = (FunctionExpression("trunc", value) == value) & (
        FunctionExpression("abs", value) < ConstantExpression(2**53)
    )
    # no cast to a whole number: DuckDB may compute it for all rows, and it fails for some
    whole = FunctionExpression(
        "printf", ConstantExpression("%.0f"), value.cast("double") + ConstantExpression(0)
    )
    text = CaseExpression(is_whole, whole).otherwise(value.cast("varchar"))
    return CaseExpression(FunctionExpression("isnan", value), TEXT).otherwise(text)


def _types(relation: DuckDBPyRelation) -> dict[str, str]:
    found = zip(relation.columns, map(str, relation.types), strict=True)
    return {name: kind for name, kind in found if name != "read from"}


def _text(name: str, kind: str) -> Expression:
    value = ColumnExpression(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        moment = FunctionExpression("timezone", UTC, value)
        return FunctionExpression("strftime", moment, ISO)
    if kind in ("DOUBLE", "FLOAT"):
        return _number(value)
    if kind == "BLOB":
        return FunctionExpression("decode", value)
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP")):
        return FunctionExpression("to_json", value).cast("varchar")
    return value.cast("varchar")
