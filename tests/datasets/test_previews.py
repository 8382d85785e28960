"""What Kedro-Viz shows of data sets."""

import inspect
from pathlib import Path

import fsspec
import pandas as pd
import plotly.graph_objects as go

from next_song import sql
from next_song.datasets.plots import PlotlyDataset
from next_song.datasets.relation import RelationDataset
from next_song.datasets.reports import CSVDataset


def test_a_list_is_told_by_its_length_and_beginning(tmp_path: Path) -> None:
    dataset = RelationDataset(filepath=str(tmp_path / "a.parquet"))
    dataset.save(
        sql.connection().sql("select 'mix' as name, range(n) as songs from (values (2), (9)) t(n)")
    )
    assert dataset.preview() == {
        "index": [0, 1],
        "columns": ["name", "songs"],
        "data": [["mix", "2: 0, 1"], ["mix", "9: 0, 1, 2, 3, 4, 5, 6, 7 …"]],
    }
    assert len(dataset.preview(nrows=1)["data"]) == 1
    # Kedro-Viz knows what to draw by this name
    assert inspect.signature(dataset.preview).return_annotation.__name__ == "TablePreview"


def test_what_is_no_number_is_told_as_text(tmp_path: Path) -> None:
    dataset = RelationDataset(filepath=str(tmp_path / "a.parquet"))
    dataset.save(
        sql.connection().sql(
            "select 1 as n, 0.5::float as x, null::int as none, date '2024-01-31' as day"
        )
    )
    assert dataset.preview()["data"] == [[1, 0.5, None, "2024-01-31"]]


def test_a_report_has_four_places_and_no_nan(tmp_path: Path) -> None:
    dataset = CSVDataset(filepath=str(tmp_path / "a.csv"), save_args={"index": False})
    dataset.save(pd.DataFrame({"model": ["a", "b"], "decay": [0.123456, None]}))
    assert dataset.preview()["data"] == [["a", 0.1235], ["b", ""]]
    assert inspect.signature(dataset.preview).return_annotation.__name__ == "TablePreview"


def test_a_figure_comes_back_from_an_object_store() -> None:
    dataset = PlotlyDataset(filepath="memory://root/plots/a.json", save_args={"engine": "json"})
    figure = go.Figure({"data": [{"y": [1, 2]}]})
    dataset.save(figure)
    assert dataset.load().data[0].y == figure.data[0].y == (1, 2)
    assert dataset.preview()["data"][0]["y"] == [1, 2]
    fsspec.filesystem("memory").store.clear()


def test_rows_are_written_as_lines_of_json_more_than_once(tmp_path: Path) -> None:
    for number in (1, 2):
        dataset = RelationDataset(filepath=str(tmp_path / f"{number}.jsonl"))
        dataset.save(sql.connection().sql(f"select {number} as n"))
        assert dataset.load().fetchall() == [(number,)]
