"""How processes of a run end: workers with the process that started them, and none leaves files."""

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.util import get_temp_dir
from types import FrameType

from next_song.datasets.files import remove_temporary_files
from next_song.serving.archive import remove_archives
from next_song.signals import on_ending

_watched: set[int] = set()


def end_with_parent() -> None:
    """Ends this process when the one that started it ends, however it does.

    Python's workers would wait for more work, and go on writing what they have begun.
    """
    parent = multiprocessing.parent_process()
    if parent is None or os.getpid() in _watched:
        return
    _watched.add(os.getpid())
    on_ending(_end_worker, signal.SIGINT)

    def watch() -> None:
        parent.join()
        try:
            shutil.rmtree(get_temp_dir(), ignore_errors=True)  # which the parent would have removed
            remove_archives()
            remove_temporary_files()
        finally:
            os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _end_worker(number: int, _: FrameType | None = None) -> None:
    """Ends a worker without its temporary files; at Ctrl-C, its node fails and the run ends it."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    remove_temporary_files()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


@contextmanager
def workers_end_at_an_error() -> Iterator[None]:
    """Ends the workers that are started in the block if it fails; they would finish their nodes."""
    others = {*multiprocessing.active_children()}
    try:
        yield
    except BaseException:
        for worker in {*multiprocessing.active_children()} - others:
            worker.terminate()
        raise


class Signals:
    """While a run is under way, SIGTERM and SIGHUP end it after its temporary files are removed.

    After Ctrl-C, a notebook goes on: the run releases its claims and stops using its temporary
    folder. It removes nothing.
    """

    def __init__(self, remove: Callable[[], None], give_up: Callable[[], None]) -> None:
        self._remove, self._give_up = remove, give_up
        self._put_back: Callable[[], None] = _nothing
        self._owner = 0

    def watch(self) -> None:
        """Handles them from here on."""
        self._owner = os.getpid()
        self._put_back = on_ending(self._end, signal.SIGINT)

    def leave(self) -> None:
        """Handles them no more."""
        self._put_back()
        self._put_back = _nothing

    def _end(self, number: int, _: FrameType | None) -> None:
        if os.getpid() != self._owner:  # a worker that was just forked
            _end_worker(number)
            return
        if number == signal.SIGINT:
            self._give_up()
        else:
            remove_temporary_files()
            self._remove()
            remove_archives()
        self.leave()
        os.kill(os.getpid(), number)  # to whoever handled it before


def _nothing() -> None:
    pass
