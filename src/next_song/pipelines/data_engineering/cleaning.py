"""Says of each play whether it is left out, for all that read plays."""

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import Cleaning


def clean(
    staged: DuckDBPyRelation, cleaning: Cleaning
) -> tuple[DuckDBPyRelation, DuckDBPyRelation]:
    """Returns the plays with the reason if they are left out, and the playlists, as tables."""
    lists = sql.materialized(sql.query(__package__, "lists", staged=staged), "lists_of_plays")
    cleaned = sql.query(__package__, "clean", cleaning.model_dump(), staged=staged, lists=lists)
    return sql.materialized(cleaned, "plays_cleaned"), lists
