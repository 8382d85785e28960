"""Where the files of a run are, and commands to go on with."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from kedro.io import DataCatalog
from kedro.utils import find_kedro_project
from rich.console import Group, RenderableType
from rich.text import Text

from next_song.characters import plain_lines, shell_word

LOCAL = ("file", "local")
ARCHIVE, REPORTS = "06_models/model.tar.gz", "08_reporting"
WIDTH = 80


def next_steps(catalog: DataCatalog, has_model: bool) -> RenderableType:
    """Return where the files are and, if there is a model, what to do with it."""
    report: Any = catalog["data_report"]
    root = str(report._describe()["filepath"]).rpartition(f"/{REPORTS}/")[0]
    if report._protocol not in LOCAL:
        root = f"{report._protocol}://{root}"  # which Kedro's own data sets leave out
    here = os.path.relpath(root) if root.startswith(os.getcwd()) else root
    lines = [f"Reports and plots: {here}/{REPORTS}"]
    if has_model:
        lines += [f"Model: {here}/{ARCHIVE}", *_commands(catalog, here, root)]
    shown = Text(plain_lines("\n".join(lines)), no_wrap=True, overflow="ignore")
    return Group(Text("Files, and what to do next", style="bold"), shown)


def _commands(catalog: DataCatalog, here: str, root: str) -> list[str]:
    """Return commands for the data in a folder: from here on, and as it is for Kedro.

    Kedro takes a relative folder from the project's on, next-song from the current one.
    """
    example = catalog.load("export_report")["example"]
    name = example["names"][example["history"][-1]]
    model = [] if here == "data" else ["--model", f"{here}/{ARCHIVE}"]
    below = find_kedro_project(Path.cwd()) not in (None, Path.cwd())
    given = root if below else here
    viz = [] if given == "data" else ["run", "--params", f"data_root={given}"]
    return [
        command(_program("next-song"), "recommend", *model, name),
        command(_program("next-song"), "playground", *model),
        command(_program("kedro"), "viz", *viz),
    ]


def command(*words: str) -> str:
    """Return a command to copy, on two lines if it is wider than a terminal."""
    quoted = [quote(word) for word in words]
    line = " ".join(quoted)
    return line if len(line) <= WIDTH else f"{' '.join(quoted[:-1])} \\\n    {quoted[-1]}"


def quote(word: str, always: bool = False) -> str:
    """Returns a word as a shell reads it: always in quotes, or where it needs them.

    Double quotes where the word has single ones, and always if it is always quoted, as far as they
    change nothing in it.
    """
    if (always or "'" in word) and word.isprintable() and not set(word) & set('"$`\\!'):
        return f'"{word}"'
    return shell_word(word)


def _program(name: str) -> str:
    """Returns the program as the shell finds it, whether the environment is activated or not."""
    return name if shutil.which(name) else os.path.relpath(Path(sys.executable).parent / name)
