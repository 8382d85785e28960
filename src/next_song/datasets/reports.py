"""Kedro's own data sets for JSON, CSV and Plotly figures, written whole or not at all."""

from math import isnan
from typing import Any

from kedro_datasets._typing import TablePreview
from kedro_datasets.json import JSONDataset as KedroJSONDataset
from kedro_datasets.pandas import CSVDataset as KedroCSVDataset

from next_song.datasets.files import whole_file


class JSONDataset(KedroJSONDataset):  # type: ignore[misc]
    """Kedro's JSON data set, written whole."""

    def save(self, data: Any) -> None:  # noqa: D102
        save_whole(KedroJSONDataset, self, data)


class CSVDataset(KedroCSVDataset):  # type: ignore[misc]
    """Kedro's CSV data set for pandas, written whole."""

    def preview(self, nrows: int = 40) -> TablePreview:
        """Return the first rows for Kedro-Viz, numbers with four decimals."""
        table = super().preview(nrows)
        table["data"] = [[_shown(value) for value in row] for row in table["data"]]
        return table

    def save(self, data: Any) -> None:  # noqa: D102
        save_whole(KedroCSVDataset, self, data)


def save_whole(kind: type[Any], dataset: Any, data: Any) -> None:
    """Let a data set of Kedro's kind write a file that takes the place of the dataset's own."""
    path = str(dataset._filepath)
    with whole_file(
        path if dataset._protocol == "file" else f"{dataset._protocol}://{path}"
    ) as part:
        kind(filepath=str(part), save_args=dataset._save_args).save(data)


def _shown(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return "" if isnan(value) else round(value, 4)
