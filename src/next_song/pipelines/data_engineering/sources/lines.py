"""The lines of text files, for layouts that DuckDB's own readers cannot split."""

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.pipelines.data_engineering.sources.queries import query

LONGEST = 2_000_000  # bytes of a line; more makes the reader's buffers larger


def lines_of_text(paths: list[str], compression: str, longest: int = LONGEST) -> DuckDBPyRelation:
    """Returns the lines of the files in their order: line, file. Longer ones are rejected."""
    given = {"compression": compression, "longest": longest}
    return query("read_lines", given | {"input": [sql.literal(path) for path in paths]})
