"""The node of the pipeline `sample`."""

import duckdb

from next_song import sql
from next_song.parameters import Sample
from next_song.pipelines.sample.generator import create_tables


def generate_playlists(sample: Sample) -> duckdb.DuckDBPyRelation:
    """Returns the lines of a generated playlists CSV in file order, the header first.

    The relation has one varchar column, `line`, without line ends. It is lazy: it reads the
    temporary tables `fake_*` of the project's connection, which the next call replaces. Equal
    parameters give equal lines, whatever the number of DuckDB threads.
    """
    create_tables(sql.connection(), sample)
    return sql.query(__package__, "lines")
