"""The relation `raw` of a plan: one row per play, as text."""

import re
import unicodedata
from collections import Counter
from functools import partial
from itertools import groupby

from duckdb import ConstantExpression, DuckDBPyRelation, StarExpression

from next_song import sql
from next_song.parameters import Columns
from next_song.pipelines.data_engineering.sources import json_text
from next_song.pipelines.data_engineering.sources.choose import plain
from next_song.pipelines.data_engineering.sources.json_form import ARTISTS, IDS, TITLES, Form
from next_song.pipelines.data_engineering.sources.known import SPOTIFY
from next_song.pipelines.data_engineering.sources.lines import lines_of_text
from next_song.pipelines.data_engineering.sources.plan import Plan
from next_song.pipelines.data_engineering.sources.queries import query
from next_song.pipelines.data_engineering.sources.table import Table, cells, stacked

USES = tuple(use for use in Columns.model_fields if use != "time_format")
WHOLE = Form("playlists")
SUFFIX = re.compile(r"(\.(csv|tsv|txt|m3u8?))?(\.(gz|zst|bz2|xz|zip))?$", re.IGNORECASE)


def raw(plan: Plan) -> DuckDBPyRelation:
    """Returns the plays, in the order of the input: see the contract in `sources`."""
    if plan.source in ("spotify", "mpd", "spotify_playlists"):
        grouped = groupby(plan.tables, lambda each: (each.file.compression, _form(each)))
        groups = [(list(group), form) for (_, form), group in grouped]
        return stacked([partial(_whole, plan.source, *group) for group in groups])
    if plan.source == "m3u":
        grouped_by_packing = groupby(plan.tables, lambda each: each.file.compression)
        texts = [([each.file.path for each in group], how) for how, group in grouped_by_packing]
        lines = stacked([partial(lines_of_text, *text) for text in texts])
        kept = sql.materialized(lines, "m3u_read").select("rowid as row, line, file")
        return query("raw_m3u", lines_of_m3u=kept, file_names=_file_names(plan))
    table = cells(plan.tables, plan.columns)
    if plan.source in ("plays", "select"):
        return table
    if plan.source == "exportify":
        return _of_exportify(plan, table)
    given = _paths_in_songs() if plan.source == "lists" else None
    return query(f"raw_{plan.source}", given, cells=_complete(table))


def _paths_in_songs() -> dict[str, list[str]]:
    """Returns the places of id and names in a song that is an object."""
    found = {"ids": [f"$.{name}" for name in IDS]}
    for use, names in (("artists", ARTISTS), ("titles", TITLES)):
        found[use] = [f"${inside}.{name}" for inside in ("", ".track") for name in names]
    return found


def names_of(files: list[str]) -> list[str]:
    """Names playlists after their files, and by the folder as well where the name is not enough."""

    def name(file: str, parts: int) -> str:
        found = "/".join(re.split(r"[/\\]", SUFFIX.sub("", file))[-parts:])
        return unicodedata.normalize("NFC", found).strip()  # the form in which ids are compared

    found = {parts: Counter(name(file, parts) for file in files) for parts in range(1, 6)}
    return [
        next((name(file, n) for n, names in found.items() if names[name(file, n)] == 1), file)
        for file in files
    ]


def _file_names(plan: Plan) -> DuckDBPyRelation:
    """Returns which playlist each file is, by the path that is read, which may be a copy."""
    names = names_of([each.file.name for each in plan.tables])
    given = {"files": [each.file.path for each in plan.tables], "names": names}
    return sql.materialized(query("file_names", given), "names_of_files")


def _of_exportify(plan: Plan, table: DuckDBPyRelation) -> DuckDBPyRelation:
    pairs = zip(plan.tables, plan.columns, strict=True)
    bare = [each.file.path for each, uses in pairs if plain(uses.get("song") or "") == "spotifyid"]
    names = _file_names(plan)
    given = {"bare": ["", *bare]}  # an empty list would have no type
    return query("raw_exportify", given, cells=_complete(table), file_names=names)


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
