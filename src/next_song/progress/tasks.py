"""Progress of long tasks, reported by the process that works and drawn by `bars` on a terminal.

Work runs in threads and in processes of any kind. Reports go to the socket that an environment
variable names, which child processes inherit. Without a socket nothing is sent; in either case the
log gets one line at the end of each long task.
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
    """A task that takes a while, and how much of it is done."""

    def __init__(self, what: str, total: float, unit: str) -> None:
        self.work, self.what, self.unit = _work.get(), what, unit
        self.total, self.done = total, 0.0
        self._started = time.monotonic()
        self.tell()

    def advance(self, amount: float) -> None:
        """Advance the task by `amount`, in its unit."""
        self.done += amount
        self.tell()

    def tell(self) -> None:
        """Report the state of the task."""
        shown = {name: getattr(self, name) for name in ("work", "what", "unit", "total", "done")}
        send({"task": f"{os.getpid()} {id(self)}"} | shown)

    def end(self) -> None:
        """Report that the task has ended, so that its bar goes away."""
        send({"task": f"{os.getpid()} {id(self)}", "done": None})

    def log(self) -> None:
        """Log the duration and the speed of the task, if it was long."""
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
    """Report a task while the block runs; with a unit, its speed is shown, too."""
    begun = Task(what, total, unit)
    token = _task.set(begun)
    try:
        yield begun
        begun.log()
    finally:
        _task.reset(token)
        begun.end()


def advance(amount: float) -> None:
    """Advance the innermost task by `amount`, if there is one."""
    innermost = _task.get()
    if innermost:
        innermost.advance(amount)


@contextmanager
def polled(what: str, percent: Callable[[], float]) -> Iterator[None]:
    """Report a task whose percentage a thread asks for while the block runs."""
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
    """Name the work of this thread, and send its log lines to the owner of the terminal."""
    _work.set(work)
    if is_shown() and os.environ[OWNER] != str(os.getpid()):
        logging.getLogger().handlers = [_Forward()]


def is_shown() -> bool:
    """Return whether a terminal shows progress."""
    return SOCKET in os.environ


def send(message: dict[str, Any]) -> bool:
    """Send a message to the owner of the terminal; return whether it was received."""
    if not is_shown():
        return False
    with socket(AF_UNIX, SOCK_DGRAM) as sender:
        try:
            sender.sendto(json.dumps(message).encode(), os.environ[SOCKET])
        except OSError:
            return False
    return True


class _Forward(logging.Handler):
    """Sends log records to the owner of the terminal, which writes them above the bars."""

    def emit(self, record: logging.LogRecord) -> None:
        kept = {name: getattr(record, name, False) for name in OF_A_RECORD}
        if not send({"log": kept | {"msg": self.format(record)}}) and logging.lastResort:
            logging.lastResort.handle(record)
