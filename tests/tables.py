"""Tables of small files that a test writes."""

from pathlib import Path

from next_song.pipelines.data_engineering.sources.files import open_file
from next_song.pipelines.data_engineering.sources.table import Table, table


def opened(folder: Path, name: str, text: str, *, header: bool = True) -> Table:
    """Writes a file, and returns it as the table that is read from it."""
    path = folder / name
    path.write_text(text)
    return table(open_file(str(path), None), header)
