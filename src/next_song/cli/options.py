"""What several commands have in common: their options, and opening the model."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from next_song.signals import on_ending, stop

if TYPE_CHECKING:
    from next_song.serving.archive import ModelArchive

MODEL = click.option(
    "--model",
    default="data/06_models/model.tar.gz",
    show_default=True,
    help="The exported model: a path or an s3:// URL.",
)

ENDPOINT = click.option(
    "--endpoint", help="Ask this SageMaker endpoint; --model is then only read for song names."
)


def _read(context: click.Context, option: click.Parameter, value: str) -> Any:
    """Reads parameters as `kedro run --params` does, with Kedro's own function."""
    from kedro.framework.cli.utils import _split_params

    return _split_params(context, option, value)


PARAMS = click.option(
    "--params", default="", callback=_read, help="More of Kedro's parameters, such as source=lists."
)


def leave_to_command(params: dict[str, Any], *names: str) -> None:
    """Raises InputError if --params has what the arguments and options of a command say."""
    from next_song.errors import InputError

    for name in names:
        if name in params:
            raise InputError(
                f"--params {name}: found {params[name]!r}; expected it as an argument or an option "
                "of this command: see --help"
            )


def table_format(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json and --csv, which set `form` to "json" or "csv"; it is None for lines."""
    for form, what in (("csv", "CSV with a header"), ("json", "JSON")):
        command = click.option(
            f"--{form}",
            "form",
            flag_value=form,
            help=f"Print {what} instead of lines.",
        )(command)
    return command


def project() -> Path:
    """Returns the current folder, if it is that of the project. Raises InputError if not.

    Kedro would say so in a traceback.
    """
    from next_song.errors import InputError

    if not Path("conf/base").is_dir():
        raise InputError(
            f"found no conf/base in {Path.cwd()}; expected the folder of the project, whose "
            "parameters this command uses: change to it"
        )
    return Path.cwd()


def run_quietly(pipeline: str, keep: tuple[str, ...], **given: Any) -> dict[str, Any]:
    """Runs a pipeline of the project and returns the data sets to keep, by name.

    given: as next_song.runs.run_pipeline takes it. Its log goes to stderr, so that a command prints
    JSON alone. Raises InputError.
    """
    here = project()
    from next_song.runs import run_pipeline

    with redirect_stdout(sys.stderr):
        return run_pipeline(here, pipeline, keep=keep, **given)


def open_model(model: str, ending: Callable[[int, Any], object] = stop) -> "ModelArchive":
    """Returns the archive at a path or URL; it is unpacked until the process ends.

    ending: what SIGTERM and SIGHUP do from here on. By default they end the process as Python ends,
    which removes what is unpacked.
    """
    from next_song.datasets.model_archive import open_archive

    on_ending(ending)
    return open_archive(model)


def end_at_once(*_: Any) -> None:
    """Ends a server with status 0, without what is unpacked, whatever is under way."""
    from next_song.datasets.files import end_process
    from next_song.serving.archive import remove_archives

    end_process(remove_archives)


def extra(name: str, module: str, called: str) -> None:
    """Raises InputError unless a module of the extra, and of the command, `name` is installed."""
    from importlib.util import find_spec

    from next_song.errors import without_extra

    if not find_spec(module):
        raise without_extra(name, called)
