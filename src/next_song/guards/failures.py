"""What a run that failed tells a person."""

from concurrent.futures.process import BrokenProcessPool

import click
from kedro.io import DatasetError

from next_song.errors import InputError, without_aws


def _wrapped(error: BaseException) -> click.ClickException | None:
    """Returns the error for a person: this one, or what Kedro wrapped; None if it is another."""
    cause: BaseException | None = error
    while isinstance(cause, DatasetError):
        cause = cause.__cause__
    return cause if isinstance(cause, click.ClickException) else None


def one_line(error: BaseException) -> click.ClickException | None:
    """Returns what ends a run with one line; None for a bug, which needs its traceback.

    Whatever a data set fails with is one line: Kedro's own error names the data set.
    """
    if known := _wrapped(error) or without_aws(error):
        return known
    if isinstance(error, BrokenProcessPool):
        return InputError(
            "run: found a worker process gone without an answer, as when the system kills one "
            "that takes too much memory; expected it to end its node: give the machine more "
            "memory, or run nodes one after the other with --runner=SequentialRunner"
        )
    return InputError(" ".join(f"{error}".split())) if isinstance(error, DatasetError) else None
