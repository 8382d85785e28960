"""CPU slots shared by jobs, first come first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Slots:
    """``total`` CPUs. A request for more than there are waits for all of them.

    Strictly in order: a large request is never overtaken, so it cannot starve.
    """

    def __init__(self, total: float):
        self.total = total
        self._free = total
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    def take(self, wanted: float, given_up: Callable[[], bool]) -> float:
        """Wait for a turn and ``wanted`` slots; returns the number taken, to ``give`` back.

        0.0 if ``given_up()`` became true while waiting.
        """
        taken, ticket = min(wanted, self.total), object()
        with self._changed:
            self._queue.append(ticket)
            while (self._queue[0] is not ticket or self._free < taken) and not given_up():
                self._changed.wait(0.1)
            mine = self._queue[0] is ticket and self._free >= taken and not given_up()
            self._queue.remove(ticket)
            self._free -= taken if mine else 0.0
            self._changed.notify_all()
        return taken if mine else 0.0

    def give(self, taken: float) -> None:
        """Return what ``take`` returned."""
        with self._changed:
            self._free += taken
            self._changed.notify_all()
