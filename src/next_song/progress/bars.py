"""Progress bars on a terminal, for the tasks of all processes of a run."""

import atexit
import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import rich
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as Row
from rich.text import Text

from next_song import progress

LARGEST = 2**24  # bytes of a message: more than systems send at once
PATIENCE = 5  # seconds for the last messages


def on_terminal() -> "Bars | None":
    """Return bars if the log goes to a terminal, else None.

    None, too, where the name of the temporary folder is too long for a socket.
    """
    console = rich.get_console()  # which Kedro logs to as well: it writes above the bars
    with suppress(OSError):
        return Bars(console) if console.is_interactive else None
    return None


class _Speed(ProgressColumn):
    def render(self, task: Row) -> Text:
        unit = task.fields["unit"]
        return Text(f"{task.speed:,.0f} {unit}/s" if unit and task.speed else "")


class Bars:
    """One row for each task that is under way.

    Nothing is drawn before the first task says something: workers that are forked from this
    process before that find no lock of the console taken.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.fields[work]}"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            TextColumn("{task.percentage:>3.0f}%"),
            _Speed(),
            TimeRemainingColumn(),
            console=console,
            refresh_per_second=4,
            transient=True,
        )
        self._rows: dict[str, TaskID] = {}
        self._folder = TemporaryDirectory(prefix="next-song-")
        self._socket = socket(AF_UNIX, SOCK_DGRAM)
        address = str(Path(self._folder.name) / "progress")
        try:
            self._socket.bind(address)
        except OSError:
            self._socket.close()
            self._folder.cleanup()
            raise
        os.environ |= {progress.SOCKET: address, progress.OWNER: str(os.getpid())}
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Draw the reports received so far, and leave the terminal as it was.

        In a thread of its own: a signal may come while this one holds a lock of the terminal.
        """
        atexit.unregister(self.close)
        ending = Thread(target=self._finish, daemon=True)
        ending.start()
        ending.join(PATIENCE)
        for name in (progress.SOCKET, progress.OWNER):
            os.environ.pop(name, None)
        self._socket.close()
        self._folder.cleanup()

    def _finish(self) -> None:
        progress.send({})
        self._thread.join()
        self._progress.stop()

    def _listen(self) -> None:
        while message := self._received():
            with suppress(OSError):  # of a terminal that was closed
                if "log" in message:
                    record = logging.makeLogRecord(message["log"])
                    logging.getLogger(record.name).handle(record)
                else:
                    self._draw(**message)

    def _received(self) -> dict[str, Any]:
        with suppress(OSError):  # of a socket that was closed without waiting for the last messages
            message: dict[str, Any] = json.loads(self._socket.recv(LARGEST))
            return message
        return {}

    def _draw(self, task: str, done: float | None, **shown: Any) -> None:
        if done is None:
            if task in self._rows:
                self._progress.remove_task(self._rows.pop(task))
            return
        self._progress.start()
        work, what = shown["work"].rpartition(".")[2], shown["what"]
        if task not in self._rows:
            fields = {"work": work, "unit": shown["unit"]}
            self._rows[task] = self._progress.add_task(what, total=shown["total"], **fields)
        self._progress.update(self._rows[task], completed=done, description=what)
