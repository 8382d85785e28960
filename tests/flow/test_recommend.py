"""Playlists that several tasks of a flow answer side by side, on one machine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.slow
SHARDS = 3
Flow = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def model(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("asked") / "model.tar.gz"
    return Path(shutil.copy(finished / "06_models/model.tar.gz", copy))


@pytest.fixture(scope="module")
def flow(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """Runs a command of the flow, in a folder where Metaflow keeps all of its runs."""
    folder = tmp_path_factory.mktemp("metaflow")
    environment = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder), "USERNAME": "asking"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(project / "flows/recommend_flow.py"), "--no-pylint", *words]
        return subprocess.run(
            command, cwd=folder, env=os.environ | environment, capture_output=True, text=True
        )

    return run


@pytest.fixture(scope="module")
def run_id(circle: Path, model: Path, flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The run whose shards were answered at the same time, none of them twice."""
    given = ["--env", "test", "--model", str(model), "--playlists", str(circle)]
    runs = str(tmp_path_factory.mktemp("runs"))
    done = flow("run", *given, "--runs", runs, "--shards", str(SHARDS), "--max-workers", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout
    files = sorted(Path(runs).glob("*/07_model_output/*.parquet"))
    assert [file.name[:8] for file in files] == ["00001-of", "00002-of", "00003-of"]
    lists = [
        set(duckdb.read_parquet(str(file)).project("playlist").distinct().fetchall())
        for file in files
    ]
    assert all(lists)
    assert len(set().union(*lists)) == sum(map(len, lists))
    return re.findall(r"run-id (\d+)", done.stdout)[0]


def test_a_run_whose_model_was_replaced_is_not_resumed(
    run_id: str, model: Path, flow: Flow
) -> None:
    model.write_bytes(model.read_bytes()[::-1])
    again = flow("resume", "answers", "--origin-run-id", run_id, "--max-workers", "1")
    assert again.returncode != 0
    assert f"model: found another archive at {model} than when the run began" in again.stdout
