"""What ends a command from outside."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets SIGTERM raise SystemExit in the block, as Ctrl-C raises KeyboardInterrupt.

    So a deployment that Batch or a person stops is undone. Only the main thread gets signals: in
    another, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
