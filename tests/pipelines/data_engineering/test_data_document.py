"""Each command of docs/data.md runs, on the files that it shows or on small ones so named."""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kedro.framework.cli.cli import KedroCLI
from kedro.framework.startup import bootstrap_project

from next_song import grid
from next_song.cli import cli
from next_song.pipelines.data_engineering.sources.known import SOURCES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/data.md").read_text("utf-8")
BLOCK = re.compile(r"^ *```(\w+) ?(\S*)\n(.*?)^ *```", flags=re.DOTALL | re.MULTILINE)
HISTORY = "user,played_at,track_id\n" + "".join(
    f"anna,2024-05-{1 + n // 6:02}T18:{n % 6:02}:00Z,s{n * n % 17}\n" for n in range(240)
)
PARTS = re.split(r"^#+ (.*)\n", TEXT, flags=re.MULTILINE)
# the section of each command, those that `inspect` is shown to print included
COMMANDS = [
    (section, line.strip())
    for section, text in zip(PARTS[1::2], PARTS[2::2], strict=True)
    for kind, _, block in BLOCK.findall(text)
    for line in block.splitlines()
    if kind == "console" or line.startswith("  kedro run")
]
# kedro-viz 12 imports what click 9 will drop
pytestmark = pytest.mark.filterwarnings("ignore:'BaseCommand' is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with the files that the page shows, and those that it takes for granted."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("src", "data"):  # Kedro asks for src; the package is the installed one
        (folder / name).mkdir()
    for name in ("conf", "data/01_raw", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    shown = {name: text for _, name, text in BLOCK.findall(TEXT) if name}
    for name, text in (shown | {"history.csv": HISTORY}).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", [*sys.path])  # Kedro adds the project's src to both
        patch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        write_slices(folder)
        yield folder
    bootstrap_project(ROOT)
    grid.use_conf_source(str(ROOT / "conf"))


def write_slices(folder: Path) -> None:
    """Run the page's program, which reads what the command of its section `spotify` wrote."""
    (command,) = (command for section, command in COMMANDS if section == "spotify")
    assert run(command, folder).exit_code == 0
    (program,) = (block for kind, _, block in BLOCK.findall(TEXT) if kind == "python")
    exec(here(program, folder), {})  # noqa: S102


def here(text: str, folder: Path) -> str:
    """The text with a folder of the test's own instead of /tmp."""
    return text.replace("/tmp/", f"{folder}/made/")  # noqa: S108


def run(command: str, folder: Path) -> Result:
    """Run a command. One that runs all pipelines stops after the first: the others train long."""
    program, *words = shlex.split(here(command, folder))
    if program == "next-song":
        return CliRunner().invoke(cli, words)
    extra = [] if "--pipelines" in words else ["--pipelines", "data_engineering"]
    return CliRunner().invoke(KedroCLI(folder), [*words, *extra])


@pytest.mark.slow
@pytest.mark.parametrize(("section", "command"), COMMANDS)
def test_each_command_runs(project: Path, section: str, command: str) -> None:
    result = run(command, project)
    assert result.exit_code == 0, result.output
    sources = {"plays"} if section.split(", ")[0] not in SOURCES else set(section.split(", "))
    if command.startswith("next-song"):
        assert re.findall(r"read as source (\w+)", result.stdout)[0] in sources
        assert "\nplaylist " in result.stdout
        return
    root = re.findall(r"data_root=([^,\"]+)", here(command, project))[0]
    report = json.loads((project / root / "08_reporting/data_report.json").read_text())
    rows = report["rows"]
    assert report["input"]["source"] in sources
    assert rows["read"] == rows["rejected"] + sum(rows["dropped"].values()) + rows["kept"]
    assert rows["kept"] > 0


def test_inspect_prints_what_the_page_shows(project: Path) -> None:
    blocks = [block for _, _, block in BLOCK.findall(TEXT)]
    asked = next(place for place, block in enumerate(blocks) if block.startswith("next-song "))
    assert run(blocks[asked].strip(), project).stdout == blocks[asked + 1]
