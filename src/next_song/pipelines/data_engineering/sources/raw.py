"""The relation `raw` of a plan: one row per play, as text."""

import re
from collections import Counter
from functools import partial
from itertools import groupby
from typing import Any

from duckdb import ConstantExpression, DuckDBPyRelation, StarExpression

from next_song import sql
from next_song.parameters import Columns
from next_song.pipelines.data_engineering.sources import json_text
from next_song.pipelines.data_engineering.sources.json_text import Form
from next_song.pipelines.data_engineering.sources.plan import Plan
from next_song.pipelines.data_engineering.sources.table import Table, cells, stacked

PACKAGE = "next_song.pipelines.data_engineering"
USES = tuple(use for use in Columns.model_fields if use != "time_format")
WHOLE = Form("playlists")
SUFFIX = re.compile(r"(\.(csv|tsv|txt|m3u8?))?(\.(gz|zst|bz2|xz|zip))?$", re.IGNORECASE)


def raw(plan: Plan) -> DuckDBPyRelation:
    """Return the plays, in the order of the input: see the contract in `sources`."""
    if plan.source in ("spotify", "mpd", "spotify_playlists"):
        grouped = groupby(plan.tables, lambda each: (each.file.compression, _form(each)))
        groups = [(list(group), form) for (_, form), group in grouped]
        return stacked([partial(_whole, plan.source, *group) for group in groups])
    if plan.source == "m3u":
        paths = [sql.literal(each.file.path) for each in plan.tables]
        lines = sql.query(PACKAGE, "read_m3u", {"input": paths})
        kept = sql.materialized(lines, "m3u_read").select("rowid as row, line, file")
        return sql.query(PACKAGE, "raw_m3u", lines_of_m3u=kept, file_names=_file_names(plan))
    table = cells(plan.tables, plan.columns)
    if plan.source in ("plays", "select"):
        return table
    tables = {"cells": _complete(table)}
    if plan.source == "exportify":
        tables["file_names"] = _file_names(plan)
    return sql.query(PACKAGE, f"raw_{plan.source}", None, **tables)


def names_of(files: list[str]) -> list[str]:
    """Name playlists after their files, and by the folder as well where the name is not enough."""

    def name(file: str, parts: int) -> str:
        return "/".join(re.split(r"[/\\]", SUFFIX.sub("", file))[-parts:])

    found = {parts: Counter(name(file, parts) for file in files) for parts in range(1, 6)}
    return [
        next((name(file, n) for n, names in found.items() if names[name(file, n)] == 1), file)
        for file in files
    ]


def _file_names(plan: Plan) -> DuckDBPyRelation:
    """Return which playlist each file is. A file is known by what is read: perhaps a copy of it."""
    names = names_of([each.file.name for each in plan.tables])
    given = {"files": [each.file.path for each in plan.tables], "names": names}
    return sql.materialized(sql.query(PACKAGE, "file_names", given), "names_of_files")


def _form(table: Table) -> Form:
    return table.how if isinstance(table.how, Form) else WHOLE


def _whole(source: str, tables: list[Table], form: Form) -> DuckDBPyRelation:
    """Return the plays of files that have the columns of their source."""
    paths, compression = [each.file.path for each in tables], tables[0].file.compression
    if source == "spotify_playlists":
        documents = json_text.documents(paths, compression, form)
        return sql.query(PACKAGE, "raw_spotify_playlists", documents=documents)
    given: dict[str, Any] = {
        "input": [sql.literal(path) for path in paths],
        "compression": compression,
    }
    if source == "mpd":
        given["largest"] = form.largest
    return sql.query(PACKAGE, f"raw_{source}", given)


def _complete(table: DuckDBPyRelation) -> DuckDBPyRelation:
    """Return the table with a column for every use."""
    missing = [use for use in USES if use not in table.columns]
    nulls = [ConstantExpression(None).cast("varchar").alias(use) for use in missing]
    return table.select(StarExpression(), *nulls)
