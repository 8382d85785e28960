"""Kedro's own data sets for JSON and CSV, written whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from typing import Any

from kedro_datasets._typing import TablePreview
from kedro_datasets.json import JSONDataset as KedroJSONDataset
from kedro_datasets.pandas import CSVDataset as KedroCSVDataset

from next_song.datasets.files import whole_file


class JSONDataset(KedroJSONDataset):  # type: ignore[misc]
    """Kedro's JSON data set, written whole."""

    def save(self, data: Any) -> None:  # noqa: D102
        with written_whole(self):
            super().save(data)


class CSVDataset(KedroCSVDataset):  # type: ignore[misc]
    """Kedro's CSV data set for pandas, written whole."""

    def preview(self, nrows: int = 40) -> TablePreview:
        """The first rows, as Kedro-Viz shows them: to four places, nothing where nothing is."""
        table = super().preview(nrows)
        table["data"] = [[_shown(value) for value in row] for row in table["data"]]
        return table

    def save(self, data: Any) -> None:  # noqa: D102
        with written_whole(self):
            super().save(data)


def _shown(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return "" if isnan(value) else round(value, 4)


@contextmanager
def written_whole(dataset: Any) -> Iterator[None]:
    """Let one of Kedro's data sets write beside its place, and put what it wrote there at once."""
    if dataset._protocol != "file":  # object stores show an object only when it is whole
        yield
        return
    path = dataset._filepath
    with whole_file(str(path)) as part:
        dataset._filepath = type(path)(part)
        try:
            yield
        finally:
            dataset._filepath = path
