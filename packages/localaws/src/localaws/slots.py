"""CPU slots that jobs share, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Slots:
    """``total`` CPU slots. A request for more than there are waits for all of them.

    Requests are served strictly in order: a large one is never overtaken, so it cannot starve.
    """

    def __init__(self, total: float):
        self.total = total
        self._free = total
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    def take(self, wanted: float, given_up: Callable[[], bool]) -> float:
        """Waits for ``wanted`` slots; returns the number taken, for ``give``.

        It returns 0.0 if ``given_up()`` becomes true while it waits.
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
        """Gives back the number that ``take`` returned."""
        with self._changed:
            self._free += taken
            self._changed.notify_all()
