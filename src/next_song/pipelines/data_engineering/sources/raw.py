"""The relation `raw` of a plan: one row per play, as text."""

from functools import partial
from itertools import groupby

from duckdb import ConstantExpression, DuckDBPyRelation, StarExpression

from next_song import sql
from next_song.parameters import Columns
from next_song.pipelines.data_engineering.sources import json_text
from next_song.pipelines.data_engineering.sources.json_text import Form
from next_song.pipelines.data_engineering.sources.known import SPOTIFY
from next_song.pipelines.data_engineering.sources.lines import lines_of_text
from next_song.pipelines.data_engineering.sources.plan import Plan
from next_song.pipelines.data_engineering.sources.queries import query
from next_song.pipelines.data_engineering.sources.table import Table, cells, stacked

USES = tuple(use for use in Columns.model_fields if use != "time_format")
WHOLE = Form("playlists")


def raw(plan: Plan) -> DuckDBPyRelation:
    """Returns the plays, in the order of the input: see the contract in `sources`."""
    if plan.source in ("spotify", "mpd", "spotify_playlists"):
        grouped = groupby(plan.tables, lambda each: (each.file.compression, _form(each)))
        groups = [(list(group), form) for (_, form), group in grouped]
        return stacked([partial(_whole, plan.source, *group) for group in groups])
    if plan.source == "m3u":
        lines = lines_of_text([each.file.path for each in plan.tables], "auto")
        kept = sql.materialized(lines, "m3u_read").select("rowid as row, line, file")
        return query("raw_m3u", lines_of_m3u=kept)
    table = cells(plan.tables, plan.columns)
    if plan.source in ("plays", "select"):
        return table
    return query(f"raw_{plan.source}", cells=_complete(table))


def _form(table: Table) -> Form:
    return table.how if isinstance(table.how, Form) else WHOLE


def _whole(source: str, tables: list[Table], form: Form) -> DuckDBPyRelation:
    """Returns the plays of files that have the columns of their source."""
    paths, compression = [each.file.path for each in tables], tables[0].file.compression
    if source == "spotify_playlists":
        documents = json_text.documents(paths, compression, form)
        return query("raw_spotify_playlists", documents=documents)
    if source == "spotify":
        lines = lines_of_text(paths, compression)
        return query("raw_spotify", {"header": SPOTIFY}, lines_of_text=lines)
    given = {"compression": compression, "largest": form.largest}
    return query("raw_mpd", given | {"input": [sql.literal(path) for path in paths]})


def _complete(table: DuckDBPyRelation) -> DuckDBPyRelation:
    """Returns the table with a column for every use."""
    missing = [use for use in USES if use not in table.columns]
    nulls = [ConstantExpression(None).cast("varchar").alias(use) for use in missing]
    return table.select(StarExpression(), *nulls)
