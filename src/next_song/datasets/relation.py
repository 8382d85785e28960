"""DuckDB tables as Parquet, CSV and JSON files, and as lines of text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyRelation
from kedro_datasets._typing import TablePreview

from next_song import sql
from next_song.datasets.file_dataset import FileDataset
from next_song.datasets.files import local_file, whole_file

ROWS = 122_880  # of a row group, as DuckDB has it
DICTIONARY = 2**23  # bytes: names repeat


class RelationDataset(FileDataset[DuckDBPyRelation, DuckDBPyRelation]):
    """A table in a Parquet, CSV or JSON file, loaded as a lazy relation of this process's DuckDB.

    The suffix of the path says which: `.csv`, `.jsonl` for JSON lines, or anything else.
    """

    def load(self) -> DuckDBPyRelation:  # noqa: D102
        connection, path = sql.connection(), sql.literal(str(local_file(self._filepath)))
        readers = {".csv": connection.read_csv, ".jsonl": connection.read_json}
        read: Any = readers.get(self._suffix, connection.read_parquet)
        table: DuckDBPyRelation = read(path)
        return table

    def save(self, data: DuckDBPyRelation) -> None:  # noqa: D102
        with whole_file(self._filepath) as part, sql.watched("writing"):
            if self._suffix == ".csv":
                data.write_csv(str(part), header=True)
            elif self._suffix == ".jsonl":
                data.create_view("rows_to_write", replace=True)
                copy = "copy rows_to_write to $path (format json)"
                sql.connection().execute(copy, {"path": str(part)})
            else:
                write_parquet(data, part)

    def preview(self, nrows: int = 20) -> TablePreview:
        """The first rows, as Kedro-Viz shows them: a list says how long it is and how it begins."""
        table = self.load().limit(nrows)
        rows = [[_shown(value) for value in row] for row in table.fetchall()]
        return TablePreview(
            {"index": list(range(len(rows))), "columns": table.columns, "data": rows}
        )

    @property
    def _suffix(self) -> str:
        return Path(self._filepath).suffix


def write_parquet(table: DuckDBPyRelation, path: Path) -> None:
    """Writes a table to a Parquet file: the same rows give the same bytes.

    DuckDB's own writer cuts row groups where its threads happen to be.
    """
    reader = table.to_arrow_reader(ROWS)
    with pq.ParquetWriter(
        path,
        reader.schema,
        compression="zstd",
        compression_level=3,
        dictionary_pagesize_limit=DICTIONARY,
    ) as writer:
        for group in _groups(reader):
            writer.write_table(group, row_group_size=ROWS)


def _groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yields the rows of a reader, so many at a time, whatever the sizes of its batches."""
    held: list[pa.RecordBatch] = []
    missing = ROWS
    for batch in reader:
        while len(batch) >= missing:
            yield pa.Table.from_batches([*held, batch[:missing]]).combine_chunks()
            held, batch, missing = [], batch[missing:], ROWS
        held.append(batch)
        missing -= len(batch)
    if missing < ROWS:
        yield pa.Table.from_batches(held).combine_chunks()


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return f"{len(value)}: {', '.join(map(str, value[:8]))}" + " …" * (len(value) > 8)
    return value if value is None or isinstance(value, int | float | str) else str(value)


class LinesDataset(FileDataset[DuckDBPyRelation, Path]):
    """A text file, one line for each row of a relation with the one column `line`.

    Loads as a local path: what reads such files (gensim's `corpus_file`, DuckDB's `read_csv`)
    wants one. A name that ends in `.gz` is compressed.
    """

    def load(self) -> Path:  # noqa: D102
        return local_file(self._filepath)

    def save(self, data: DuckDBPyRelation) -> None:  # noqa: D102
        with whole_file(self._filepath) as part, sql.watched("writing"):
            data.create_view("lines_to_write", replace=True)
            # no quote, no escape and a delimiter that no line holds: the lines as they are
            sql.connection().execute(
                "copy (select line from lines_to_write) to $path (format csv, header false, "
                "quote '', escape '', delimiter '\x1f', compression $compression)",
                {"path": str(part), "compression": "gzip" if part.suffix == ".gz" else "none"},
            )
