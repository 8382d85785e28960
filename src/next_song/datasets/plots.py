"""Kedro's data set for Plotly figures, written whole; apart, since plotly is slow to import."""

from typing import Any

from kedro_datasets.plotly import JSONDataset as KedroPlotlyDataset

from next_song.datasets.reports import save_whole


class PlotlyDataset(KedroPlotlyDataset):  # type: ignore[misc]
    """Kedro's data set for Plotly figures as JSON, written whole."""

    def save(self, data: Any) -> None:  # noqa: D102
        save_whole(KedroPlotlyDataset, self, data)
