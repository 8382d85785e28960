"""Looking at input: `inspect`."""

import os
from pathlib import Path

import click

from next_song.characters import plain
from next_song.cli import texts


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.argument("inputs", nargs=-1, required=True)
def inspect(inputs: tuple[str, ...], as_json: bool) -> None:
    """Say how INPUTS, files or patterns, are read, and print the command that does it.

    Reads only the head of the files, unless they are packed (.zip, .bz2, .xz), and writes nothing.
    """
    _log_like_the_project()
    from next_song.pipelines.data_engineering import inspection

    found = inspection.inspect(inputs)
    if as_json:
        texts.echo_json(found.as_json())
        return
    for line in found.lines():
        click.echo(plain(line))


def _log_like_the_project() -> None:
    """Sets the logging of the project: below its root, Kedro would say that it finds none."""
    from kedro.utils import find_kedro_project

    project = find_kedro_project(Path.cwd())
    if project and (settings := project / "conf" / "logging.yml").is_file():
        os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(settings))
