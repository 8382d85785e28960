"""Where the files of a run are, and commands to go on with."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from kedro.io import DataCatalog
from rich.console import Group, RenderableType
from rich.text import Text

from next_song.serving import song_search

ARCHIVE, REPORTS = "06_models/model.tar.gz", "08_reporting"


def next_steps(catalog: DataCatalog, has_model: bool) -> RenderableType:
    """Where the files are, and what to do next: lines to copy, however long."""
    root = str(catalog["data_report"]._describe()["filepath"]).partition(f"/{REPORTS}/")[0]
    here = os.path.relpath(root) if root.startswith(os.getcwd()) else root
    lines = {"tables, plots": f"{here}/{REPORTS}"}
    if has_model:
        lines |= {"the model": f"{here}/{ARCHIVE}"} | _commands(catalog, here)
    text = "\n".join(f"{label:<13} {line}" for label, line in lines.items())
    title = "Files, and what to do next" if has_model else "Files"
    return Group(Text(title, style="bold"), Text(text, no_wrap=True, overflow="ignore"))


def _commands(catalog: DataCatalog, root: str) -> dict[str, str]:
    songs = catalog.load("refit_songs")
    song = catalog.load("export_report")["example"]["history"][-1]
    name = shlex.quote(song_search.names(songs, [song])[song])
    model = "" if root == "data" else f"--model {shlex.quote(f'{root}/{ARCHIVE}')} "
    viz = "" if root == "data" else f" run --params {shlex.quote(f'data_root={root}')}"
    return {
        "ask it": f"{_program('next-song')} recommend {model}{name}",
        "on a page": f"{_program('next-song')} playground {model}".rstrip(),
        "see it all": f"{_program('kedro')} viz{viz}",
    }


def _program(name: str) -> str:
    """The program as a shell finds it, whether the environment is activated or not."""
    return name if shutil.which(name) else os.path.relpath(Path(sys.executable).parent / name)
