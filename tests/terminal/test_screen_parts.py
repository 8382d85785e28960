"""Parts of the last screen, of reports in which each figure is another."""

import os
import sys
from io import StringIO
from pathlib import Path
from shutil import copy
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from next_song.datasets.reports import JSONDataset
from next_song.evaluation.metrics import METRICS, Metric
from next_song.terminal import next_steps, summary


def shown(part: Any) -> str:
    written = StringIO()
    Console(file=written, width=80).print(part, highlight=False)
    return written.getvalue()


def test_rows_that_were_left_out_and_playlists_before_plays() -> None:
    report = {
        "input": {"files": ["a.csv"], "source": "plays", "order": "time", "ties": ""},
        "rows": {"read": 90, "rejected": 4, "dropped": {"skip": 5, "rare song": 0}},
        "splits": {"train": {"playlists": 6, "plays": 70}, "test": {"playlists": 2, "plays": 11}},
    }
    assert shown(summary._data(report)).splitlines() == [
        "Data: a.csv read as plays, 90 rows",
        "left out: rejected 4, skip 5",
        "order: time",
        "playlists (plays): train 6 (70), test 2 (11)",
    ]


def card(figure: float, **more: Any) -> dict[str, Any]:
    return {name: {"10": figure, "20": figure} for name in METRICS} | more


def test_the_baselines_are_the_best_ones() -> None:
    behind = {"difference": 0.1, "low": 0.05, "high": 0.15}
    figures = [0.1, 0.6, 0.2, 0.5, 0.3, 0.4]
    baselines = {f"of{figure}": card(figure, behind=behind) for figure in figures}
    tested = card(0.7, model="wide", queries=9, baselines=baselines)
    lines = shown(summary._test(tested, Metric("hit_rate", 20))).splitlines()
    assert lines[0].endswith("and the best 4 of 6 baselines")
    names = [line.split()[0] for line in lines[2:]]
    assert names == ["wide", "of0.6", "of0.5", "of0.4", "of0.3"]


def test_a_program_that_a_shell_does_not_find_has_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path(sys.executable).with_name("kedro")
    monkeypatch.setenv("PATH", str(beside.parent))
    assert next_steps._program("kedro") == "kedro"
    monkeypatch.setenv("PATH", "")
    assert next_steps._program("kedro") == os.path.relpath(beside)


RED = "\x1b[31mred"


def test_the_example_sends_no_escapes() -> None:
    example = {"names": {"a": RED, "b": RED}, "history": ["a"], "next": ["b"], "target": "b"}
    catalog: Any = SimpleNamespace(load=lambda _: {"example": example | {"rank": 1}})
    assert "\\x1b[31mred" in shown(summary._example(catalog))
    assert "\x1b" not in shown(summary._example(catalog))


def test_the_name_of_a_file_sends_no_escapes() -> None:
    report = {
        "input": {"files": [RED], "source": "plays", "order": "time", "ties": ""},
        "rows": {"read": 1, "rejected": 0, "dropped": {}},
        "splits": {},
    }
    assert shown(summary._data(report)).startswith("Data: \\x1b[31mred read as plays, 1 rows\n")


def test_the_name_of_a_folder_sends_no_escapes() -> None:
    catalog: Any = {"data_report": JSONDataset(filepath=f"/{RED}/08_reporting/a.json")}
    told = shown(next_steps.next_steps(catalog, has_model=False))
    assert "Reports and plots: /\\x1b[31mred/08_reporting\n" in told


@pytest.mark.parametrize(
    ("folder", "root", "model", "data_root"),
    [
        ("", "data", None, None),
        ("", "mine", "mine", "mine"),
        ("sub", "sub/mine", "mine", "{project}/sub/mine"),
        ("sub", "sub/data", None, "{project}/sub/data"),
        ("sub", "data", "{project}/data", "{project}/data"),
    ],
)
def test_commands_name_what_each_program_looks_for(
    folder: str,
    root: str,
    model: str | None,
    data_root: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """next-song goes from the current folder on, and Kedro from the project's."""
    (tmp_path / "sub").mkdir()
    copy(Path(__file__).parents[2] / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path / folder)
    monkeypatch.setattr(next_steps, "WIDTH", 9999)
    example = {"example": {"names": {"a": "b"}, "history": ["a"]}}
    catalog: Any = SimpleNamespace(load=lambda _: example)
    whole = str(tmp_path / root)
    here = os.path.relpath(whole) if whole.startswith(os.getcwd()) else whole
    ask, _, viz = next_steps._commands(catalog, here, whole)
    named = None if model is None else f"{model}/06_models/model.tar.gz"
    assert ask.partition("recommend ")[2] == (
        "b" if named is None else f"--model {named} b".format(project=tmp_path)
    )
    params = "" if data_root is None else f" run --params data_root={data_root}"
    assert viz.partition(" viz")[2] == params.format(project=tmp_path)
