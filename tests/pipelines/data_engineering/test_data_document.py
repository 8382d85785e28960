"""The commands of docs/data.md run on the files that it shows."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from omegaconf import OmegaConf

from next_song.cli import cli

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/data.md").read_text("utf-8")
FILES = dict(re.findall(r"```\w+ (\S+)\n(.*?)```", TEXT, flags=re.DOTALL))
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", TEXT, flags=re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


def here(value: str, folder: Path) -> str:
    """The value with the folder before every name of a file that the document shows."""
    suffixes = {Path(name).suffix for name in FILES}
    return f"{folder}/{value}" if Path(value).suffix in suffixes and value[0] != "/" else value


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("next-song")])
def test_inspect(command: str, tmp_path: Path) -> None:
    given = [here(word, tmp_path) for word in shlex.split(command)[2:]]
    result = CliRunner().invoke(cli, ["inspect", *given])
    assert result.exit_code == 0, result.output
    assert "playlist " in result.stdout


SHOWN = [each for each in COMMANDS if each.startswith("kedro") and "=leave_last" in each]


@pytest.mark.parametrize("command", SHOWN)
def test_run(command: str, tmp_path: Path, kedro_run: Callable[..., dict[str, Any]]) -> None:
    pairs = [pair.partition("=") for pair in shlex.split(command)[-1].split(",")]
    words = [f"{key}={here(value.strip(chr(39)), tmp_path)!r}" for key, _, value in pairs]
    words = [
        word if "'" not in word or "input" in word or "query" in word else word.replace("'", "")
        for word in words
    ]
    params: Any = OmegaConf.to_container(OmegaConf.from_dotlist(words))
    made = kedro_run(
        run_args={"pipeline_names": ["data_engineering"]},
        env="base",
        **params | {"data_root": str(tmp_path / "out")},
    )
    assert (tmp_path / "out/03_primary/playlists.parquet").exists(), made
