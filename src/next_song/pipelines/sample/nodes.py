"""The one node of the sample."""

import duckdb

from next_song import sql
from next_song.parameters import Sample
from next_song.pipelines.sample.generator import create_tables


def generate_playlists(sample: Sample) -> duckdb.DuckDBPyRelation:
    """Return the lines of a fake playlists CSV, header first, in file order.

    One varchar column, `line`, without line ends. The relation is lazy: it reads the temporary
    tables `fake_*` of the project's connection, which the next call replaces. Equal parameters
    give equal lines, whatever the number of DuckDB threads.
    """
    create_tables(sql.connection(), sample)
    return sql.query(__package__, "lines")
