"""The code package: all that a job needs, and nothing that is private to a machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PRIVATE = (
    "conf/local/parameters.yml",
    "conf/local/credentials.yml",
    "conf/base/credentials.yml",
    "conf/aws/credentials_of_s3.yml",
    "conf/aws/credentials/s3.yml",
    "conf/Local/parameters.yml",
    "conf/mine/client_secrets.json",
    "conf/base/.env.yml",
)
LINK = "conf/mine/linked.yml"  # to one of these
SHIPPED = (
    *("conf/mine/parameters.yml", "conf/base/parameters/more.yml", "conf/mine/catalog.json"),
    *("conf/songs/de.txt", "conf/songs/fr.csv", "conf/mine/plays.sql"),
)


@pytest.fixture
def copied(project: Path, tmp_path: Path) -> Path:
    """A project in which a person has written files, some of them private."""
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    for name in (*PRIVATE, *SHIPPED):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("{}")
    (copy / LINK).symlink_to(copy / "conf/local/credentials.yml")
    return copy


@pytest.mark.parametrize("flow", ["next_song_flow.py", "recommend_flow.py"])
def test_the_package_holds_the_project_and_no_private_file(copied: Path, flow: str) -> None:
    command = [sys.executable, f"flows/{flow}", "package", "list", "--archive"]
    environment = os.environ | {"USERNAME": "packer"}
    done = subprocess.run(
        command, cwd=copied, env=environment, capture_output=True, text=True, check=True
    )
    printed = (done.stdout + done.stderr).partition("--package-suffixes):\n")[2].splitlines()
    listed = [line for line in printed if not line.startswith(".mf_")]
    flows = [path.name for path in (copied / "flows").glob("*.py")]
    sources = ("src/next_song/**/*.py", "src/next_song/**/*.sql")
    environments = ("conf/*.yml", "conf/*/*.yml")
    patterns = (*sources, *environments, "data/01_raw/*.gz", "pyproject.toml")
    found = [path for pattern in patterns for path in copied.glob(pattern)]
    needed = {str(path.relative_to(copied)) for path in found} - {*PRIVATE, LINK} | set(SHIPPED)
    assert sorted(listed) == sorted([*needed, *flows])
