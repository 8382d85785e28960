"""Data sets that are published as tables, with one row per rating or purchase."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from next_song.errors import InputError
from published.sequences import Sequence

# the films that each person rated, by time; equal times in the order of the file
MOVIELENS = """
select person, list(item order by time::bigint, row)
from (
    select row_number() over () as row, *
    from read_csv($path, header = false, delim = '\t', quote = '', all_varchar = true,
        columns = {'person': 'varchar', 'item': 'varchar', 'rating': 'varchar', 'time': 'varchar'})
)
group by person order by person::bigint
"""
# what each customer bought, in the order of the file, which is that of the invoices; cancelled
# rows are kept, and rows without a customer are not
ONLINE_RETAIL = """
select "CustomerID", list("StockCode" order by row)
from (
    select row_number() over () as row, *
    from read_csv($path, header = true, all_varchar = true, encoding = 'latin-1')
)
where "CustomerID" <> '' group by "CustomerID" order by "CustomerID"::double
"""


def movielens(path: Path) -> Iterator[Sequence]:
    """Returns the films of each person, from MovieLens 100K's u.data."""
    return _selected(MOVIELENS, path, "the columns user, item, rating and timestamp, by tabs")


def online_retail(path: Path) -> Iterator[Sequence]:
    """Returns the purchases of each customer, from UCI's Online Retail as CSV."""
    return _selected(ONLINE_RETAIL, path, "CSV with the columns CustomerID and StockCode")


def _selected(statement: str, path: Path, expected: str) -> Iterator[Sequence]:
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(statement, {"path": str(path)}).fetchall()
        except duckdb.Error as error:
            why = str(error).splitlines()[0]
            raise InputError(f"{path}: expected {expected}; {why}") from error
    return (Sequence(items) for _, items in rows)
