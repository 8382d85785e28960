"""The Python of docs/serving.md is run as it stands there, with a model that holds its set."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import next_song
from next_song.cli import cli
from next_song.serving.model import Model

DOCUMENT = Path(__file__).parents[2] / "docs/serving.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def path(finished: Path) -> Path:
    return finished / "06_models/model.tar.gz"


def test_what_is_documented_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parents[1])
    (text,) = (block for block in BLOCKS if "load_model" in block)
    names: dict[str, object] = {}
    exec(text.replace("data/", ""), names)  # noqa: S102
    table, model = names["table"], names["model"]
    assert isinstance(table, pd.DataFrame)
    assert isinstance(model, Model)
    assert table.groupby("query").size().tolist() == [5, 5]
    monkeypatch.setattr(model.catalogue, "sets", {"market_de": np.arange(10)})
    (rules,) = (block for block in BLOCKS if "exclude=" in block)
    histories = [["Artist 3 - Song 3"], ["Artist 4 - Song 4"]]
    lines = [line for line in rules.splitlines() if line]
    assert len(lines) == 4
    for line in lines:
        answer = eval(line, {"model": model, "histories": histories})  # noqa: S307
        assert set(answer["query"]) == {0, 1}


def test_the_command_has_its_version() -> None:
    assert next_song.__version__ in CliRunner().invoke(cli, ["--version"]).output
