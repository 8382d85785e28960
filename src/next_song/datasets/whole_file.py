"""Files that are whole or not there at all, however a run ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kedro_datasets.json import JSONDataset as KedroJSONDataset
from kedro_datasets.pandas import CSVDataset as KedroCSVDataset


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; when the block ends well, what is there takes `path`'s place.

    The place changes in one step, so a reader sees the earlier file or the new one. When the
    block fails, the earlier file stays; when the process is killed, only the part file is left,
    which nothing reads and the next run replaces.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class JSONDataset(KedroJSONDataset):  # type: ignore[misc]
    """Kedro's JSON data set, written whole."""

    def save(self, data: Any) -> None:  # noqa: D102
        with _aside(self):
            super().save(data)


class CSVDataset(KedroCSVDataset):  # type: ignore[misc]
    """Kedro's CSV data set for pandas, written whole."""

    def save(self, data: Any) -> None:  # noqa: D102
        with _aside(self):
            super().save(data)


@contextmanager
def _aside(dataset: Any) -> Iterator[None]:
    if dataset._protocol != "file":  # object stores show an object only when it is whole
        yield
        return
    path = dataset._filepath
    with whole_file(Path(path)) as part:
        dataset._filepath = type(path)(part)
        try:
            yield
        finally:
            dataset._filepath = path
