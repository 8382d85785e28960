"""What ends a process from outside: SIGTERM and SIGHUP."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
KEPT = (signal.SIG_IGN, None)  # what was ignored, and what was not set from Python


def on_ending(
    handle: Callable[[int, FrameType | None], object], *also: signal.Signals
) -> Callable[[], None]:
    """Has SIGTERM, SIGHUP and `also` handled, except one that is ignored, as `nohup` wants it.

    A handler that was not set from Python stays too, since Python could not put it back. Returns
    what puts the earlier handlers back. Only the main thread gets signals: in another, this does
    nothing.
    """
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        found = {one: signal.getsignal(one) for one in (*ENDINGS, *also)}
        before = {one: earlier for one, earlier in found.items() if earlier not in KEPT}
    for one in before:
        signal.signal(one, handle)

    def put_back() -> None:
        for one, earlier in before.items():
            signal.signal(one, earlier)

    return put_back


def stop(number: int, _: FrameType | None) -> NoReturn:
    """Ends the process as Python ends, with the status that shells give. Raises SystemExit."""
    raise SystemExit(128 + number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets SIGTERM and SIGHUP raise SystemExit in the block, as Ctrl-C raises KeyboardInterrupt.

    So a deployment that Batch or a person stops is undone.
    """
    put_back = on_ending(stop)
    try:
        yield
    finally:
        put_back()
