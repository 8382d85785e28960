"""What the documents name exists: links, paths and commands."""

import re
import shlex
from itertools import groupby
from pathlib import Path

import click
import pytest
import yaml
from kedro.framework.cli.cli import KedroCLI

from next_song import __version__
from next_song.cli import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *ROOT.glob("packages/*/*.md"),
    *ROOT.glob(".github/*.md"),
    ROOT / "tests/README.md",
]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
FOLDERS = "benchmarks|conf|docs|flows|infrastructure|notebooks|packages|src|tests"
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([\w-]+):", MAKEFILE, flags=re.MULTILINE))
VARIABLES = set(re.findall(r"\$\((\w+)\)", MAKEFILE))
FLOW_COMMANDS = {"run", "resume", "card", "show", "step-functions"}

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
    here = [link for link in links if "://" not in link]
    assert [link for link in here if not (document.parent / link).exists()] == []


@each_document
def test_paths_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    found = re.findall(rf"(?<![\w./:-])(?:{FOLDERS})/[\w./*-]*", text)
    paths = {path.rstrip(".") for path in found} - {"flows/my_flow.py"}  # any project's
    assert sorted(path for path in paths if not any(ROOT.glob(path))) == []


@pytest.fixture(scope="module")
def kedro() -> click.Group:
    """The `kedro` command as it is in this project, with its plugins."""
    return KedroCLI(ROOT)


@each_document
# kedro-viz 12 imports what click 9 will drop
@pytest.mark.filterwarnings("ignore:'BaseCommand' is deprecated:DeprecationWarning")
def test_commands_are_understood(document: Path, kedro: click.Group) -> None:
    for words in commands(document.read_text("utf-8")):
        program, *arguments = words
        if program == "make":
            given = {word.partition("=")[0] for word in arguments if "=" in word}
            assert {word for word in arguments if "=" not in word} <= TARGETS, words
            assert given <= VARIABLES, words
        elif program == "next-song":
            parse(cli, arguments)
        elif program == "kedro":
            parse(kedro, arguments)
        elif program == "python" and arguments[0].startswith("flows/"):
            flows = {f"flows/{name}_flow.py" for name in ("next_song", "recommend", "my")}
            assert arguments[0] in flows, words
            assert arguments[1] in FLOW_COMMANDS, words


def test_every_test_of_the_table_of_promises_is_there() -> None:
    text = (ROOT / "tests/README.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    tests = "".join(path.read_text("utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    assert sorted(named - set(re.findall(r"^def (test_\w+)", tests, flags=re.MULTILINE))) == []
    assert len(named) > 40


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_run_targets_that_exist_and_may_only_read(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert set(re.findall(r"\bmake ([\w-]+)", text)) <= TARGETS
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    assert re.findall(r"uses: (?!\S+@[0-9a-f]{40} # v)", text) == []  # pinned


def test_the_citation_has_the_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == __version__


def test_the_readme_is_short_and_the_glossary_has_ten_words() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 900
    glossary = (ROOT / "docs/glossary.md").read_text("utf-8")
    assert len(re.findall(r"^\| \*\*", glossary, flags=re.MULTILINE)) == 10


def test_a_command_that_is_none_is_found() -> None:
    (words,) = commands("```console\nnext-song recommend --jsn SONG  # typed wrong\n```\n")
    with pytest.raises(click.NoSuchOption):
        parse(cli, words[1:])


def commands(text: str) -> list[list[str]]:
    """The commands in console and bash blocks, and runs in the text, word by word."""
    blocks = re.findall(r"```(?:console|bash)\n(.*?)```", text, flags=re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    lines += re.findall(r"`(kedro run (?!--params`)[^`…]+)`", text)
    words = (shlex.split(line.removesuffix("&"), comments=True) for line in lines)
    piped = (list(each) for line in words for bar, each in groupby(line, "|".__eq__) if not bar)
    return [each for each in piped if each]


def parse(group: click.Group, arguments: list[str]) -> None:
    """Read the arguments as the command line would, and run nothing. Raises UsageError."""
    context = click.Context(group)
    command = group.get_command(context, arguments[0])
    assert command, arguments
    command.make_context(arguments[0], arguments[1:], parent=context)
