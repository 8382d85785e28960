"""How far long work is: said here by whoever works, shown by `bars` on a terminal.

Work runs in threads and in processes of any kind. What it says goes to the socket that the
environment names, which child processes inherit. Without one, nothing is sent: a log gets one line
at the end of each task that was long.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from socket import AF_UNIX, SOCK_DGRAM, socket
from threading import Event, Thread
from typing import Any

logger = logging.getLogger(__name__)

SOCKET, OWNER = "NEXT_SONG_PROGRESS", "NEXT_SONG_PROGRESS_OWNER"
POLL_SECONDS = 0.25
WORTH_A_LINE = 1  # second
OF_A_RECORD = (
    "name",
    "levelno",
    "levelname",
    "pathname",
    "filename",
    "lineno",
    "created",
    "markup",
)


class Task:
    """Something that takes a while: so much of it is done."""

    def __init__(self, what: str, total: float, unit: str) -> None:
        self.work, self.what, self.unit = _work.get(), what, unit
        self.total, self.done = total, 0.0
        self._started = time.monotonic()
        self.tell()

    def advance(self, amount: float) -> None:
        """So much more of it is done."""
        self.done += amount
        self.tell()

    def tell(self) -> None:
        """Say how far it is."""
        shown = {name: getattr(self, name) for name in ("work", "what", "unit", "total", "done")}
        send({"task": f"{os.getpid()} {id(self)}"} | shown)

    def end(self) -> None:
        """Say that there is nothing left to show."""
        send({"task": f"{os.getpid()} {id(self)}", "done": None})

    def log(self) -> None:
        """Write down what it took."""
        seconds = time.monotonic() - self._started
        if seconds < WORTH_A_LINE:
            return
        speed = f"{self.done:,.0f} {self.unit}, {self.done / seconds:,.0f} {self.unit}/s, "
        what = ": ".join(filter(None, (self.work, self.what)))
        logger.info("%s, %s%.1f s", what, speed * bool(self.unit), seconds)


_work: ContextVar[str] = ContextVar("work", default="")
_task: ContextVar[Task | None] = ContextVar("task", default=None)


@contextmanager
def task(what: str, total: float, unit: str = "") -> Iterator[Task]:
    """Something that takes a while; with a unit, its speed is shown, too."""
    begun = Task(what, total, unit)
    token = _task.set(begun)
    try:
        yield begun
        begun.log()
    finally:
        _task.reset(token)
        begun.end()


def advance(amount: float) -> None:
    """So much more of the innermost task is done, if there is one."""
    innermost = _task.get()
    if innermost:
        innermost.advance(amount)


@contextmanager
def polled(what: str, percent: Callable[[], float]) -> Iterator[None]:
    """Something that can be asked how far it is, from another thread."""
    with task(what, 100) as polled_task:
        over = Event()

        def poll() -> None:
            while not over.wait(POLL_SECONDS):
                polled_task.advance(max(0, percent() - polled_task.done))

        thread = Thread(target=poll, daemon=True)
        if is_shown():
            thread.start()
        try:
            yield
        finally:
            over.set()
            if thread.is_alive():
                thread.join()


def begin(work: str) -> None:
    """Name what this thread works at, and let the owner of the terminal write what it logs."""
    _work.set(work)
    if is_shown() and os.environ[OWNER] != str(os.getpid()):
        logging.getLogger().handlers = [_Forward()]


def is_shown() -> bool:
    """Whether a terminal shows progress."""
    return SOCKET in os.environ


def send(message: dict[str, Any]) -> bool:
    """Whether somebody takes the message."""
    if not is_shown():
        return False
    with socket(AF_UNIX, SOCK_DGRAM) as sender:
        try:
            sender.sendto(json.dumps(message).encode(), os.environ[SOCKET])
        except OSError:
            return False
    return True


class _Forward(logging.Handler):
    """What a worker logs is written above the bars, not across them."""

    def emit(self, record: logging.LogRecord) -> None:
        kept = {name: getattr(record, name, False) for name in OF_A_RECORD}
        if not send({"log": kept | {"msg": self.format(record)}}) and logging.lastResort:
            logging.lastResort.handle(record)
