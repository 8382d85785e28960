"""The log of a run: one line for each node, plain text where there is no terminal."""

import logging
import sys
from typing import TextIO

import rich

from next_song.characters import plain_lines
from next_song.errors import InputError

RUNNERS = ("kedro", "next_song.runner")
# What Kedro says of its own doings, and errors that are told once more when the run ends: in one
# line, or by a traceback.
LEFT_OUT = (
    "Kedro project",
    "No nodes ran",
    "Node %s failed with error",
    "Parameter '",
    "Running node:",
    "Using synchronous mode",
    "Workflow tracking is disabled",
)


class RunLog(logging.Filter):
    """Keeps one line for each completed node, and leaves out what Kedro says besides."""

    _node = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write the record; the name of a node joins the count of nodes."""
        message = str(record.msg)
        if record.name.startswith("next_song") and record.name not in RUNNERS:
            told = record.getMessage()  # it may have names of columns and songs
            if (shown := plain_lines(told)) != told:
                record.msg, record.args = shown, ()
        if not record.name.startswith(RUNNERS) or not isinstance(record.args, tuple):
            return True
        if message == "Completed node: %s":
            self._node = str(record.args[0])
            return False
        if message == "Completed %d out of %d tasks":
            record.msg, record.args = "%2d of %d  %s", (*record.args, self._node)
        return not message.startswith(LEFT_OUT)


class _PlainHandler(logging.StreamHandler[TextIO]):
    """Lines of plain text on whatever is standard output when they are written."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """End the run if nobody reads what it writes, as with `| head`, or if there is no room."""
        error = sys.exc_info()[1]
        if isinstance(error, BrokenPipeError):
            raise error
        if isinstance(error, OSError):
            raise InputError(
                f"log: found {error.strerror}; expected standard output to take lines: give "
                "another file or disk"
            ) from error
        super().handleError(record)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def set_up() -> None:
    """Make the handlers of this process write such a log; to do so again changes nothing.

    A rich handler, which breaks lines at the width of a terminal, is replaced by plain lines where
    no terminal or notebook shows them: in a file, in CI, in Metaflow's log.
    """
    root, console = logging.getLogger(), rich.get_console()
    if not console.is_terminal and not console.is_jupyter:
        root.handlers = [_PlainHandler() if _is_rich(each) else each for each in root.handlers]
    for handler in root.handlers:
        if not any(isinstance(found, RunLog) for found in handler.filters):
            handler.addFilter(RunLog())


def _is_rich(handler: logging.Handler) -> bool:
    return type(handler).__module__ in ("kedro.logging", "rich.logging")
