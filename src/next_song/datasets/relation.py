"""DuckDB tables as Parquet files and as lines of text."""

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation
from kedro.io import AbstractDataset

from next_song import sql
from next_song.datasets.whole_file import whole_file


class RelationDataset(AbstractDataset[DuckDBPyRelation, DuckDBPyRelation]):
    """A table in a Parquet or CSV file, loaded as a lazy relation of this process's DuckDB.

    The suffix of the path says which: `.csv` or anything else.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> DuckDBPyRelation:  # noqa: D102
        connection, path = sql.connection(), str(self._filepath)
        return connection.read_csv(path) if self._is_csv else connection.read_parquet(path)

    def save(self, data: DuckDBPyRelation) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            if self._is_csv:
                data.write_csv(str(part), header=True)
            else:
                data.write_parquet(str(part), compression="zstd")

    @property
    def _is_csv(self) -> bool:
        return self._filepath.suffix == ".csv"

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


class LinesDataset(AbstractDataset[DuckDBPyRelation, Path]):
    """A text file, one line for each row of a relation with the one column `line`.

    Loads as the file's path: what reads such files (gensim's `corpus_file`, DuckDB's
    `read_csv`) wants a path. A name that ends in `.gz` is compressed.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Path:  # noqa: D102
        if not self._filepath.exists():
            raise FileNotFoundError(self._filepath)
        return self._filepath

    def save(self, data: DuckDBPyRelation) -> None:  # noqa: D102
        with whole_file(self._filepath) as part:
            data.create_view("lines_to_write", replace=True)
            # no quote, no escape and a delimiter that no line holds: the lines as they are
            sql.connection().execute(
                "copy (select line from lines_to_write) to $path (format csv, header false, "
                "quote '', escape '', delimiter '\x1f', compression $compression)",
                {"path": str(part), "compression": "gzip" if part.suffix == ".gz" else "none"},
            )

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
