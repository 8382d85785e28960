"""The wheel and the configuration that `kedro package` makes, where the source is not."""

import csv
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SOURCES = ("conf", "src", "pyproject.toml", "README.md", "LICENSE")
GRID = """
modeling:
  first: &first
    word2vec: { sg: 1, vector_size: 8, window: 2, epochs: 2, negative: 5, ns_exponent: 0.75,
                sample: 0, min_count: 1, alpha: 0.025, seed: 1 }
  second: *first
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `kedro package` writes."""
    project = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    command = [sys.executable, "-m", "kedro", "package"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return project / "dist"


@pytest.fixture(scope="module")
def wheel(package: Path) -> Path:
    (path,) = package.glob("*.whl")
    return path


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    names = [name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name]
    source = ROOT / "src"
    files = (path.relative_to(source) for path in (source / "next_song").rglob("*.*"))
    assert sorted(names) == sorted(
        path.as_posix() for path in files if path.suffix in {".py", ".sql", ".css", ".js"}
    )


def test_it_runs_with_the_grid_of_a_conf_source(
    package: Path, wheel: Path, circle: Path, tmp_path: Path
) -> None:
    installed = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", installed]
    subprocess.run([*install, wheel], check=True)
    with tarfile.open(package / "conf-next_song.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    (tmp_path / "conf/base/parameters_modeling.yml").write_text(GRID)
    params = f"input={circle},data_root={tmp_path / 'data'}"
    source = str(tmp_path / "conf")
    command = [sys.executable, "-m", "next_song", "--conf-source", source, "--env", "base"]
    environment = os.environ | {"PYTHONPATH": str(installed), "DO_NOT_TRACK": "1"}
    done = subprocess.run(
        [*command, "--params", params],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "data/08_reporting/leaderboard.csv").open() as file:
        models = {row["model"] for row in csv.DictReader(file)}
    assert {"first", "second"} < models
    assert not any(name.startswith(("wide", "tutorial")) for name in models)
    assert (tmp_path / "data/06_models/model.tar.gz").exists()
