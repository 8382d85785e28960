from __future__ import annotations

import threading
import time

from stand_in_support import until

from localaws.slots import Slots


def never() -> bool:
    return False


def test_more_than_there_are_is_all_of_them():
    slots = Slots(2)
    assert slots.take(8, never) == 2
    slots.give(2)
    assert slots.take(0.25, never) == 0.25


def test_a_large_request_is_not_overtaken():
    slots, order = Slots(2), []
    slots.take(1, never)

    def want(count: float) -> None:
        taken = slots.take(count, never)
        order.append(count)
        slots.give(taken)

    large = threading.Thread(target=want, args=(2,))
    large.start()
    until(lambda: len(slots._queue) == 1)
    small = threading.Thread(target=want, args=(1,))  # would fit at once
    small.start()
    time.sleep(0.2)
    assert order == []
    slots.give(1)
    large.join()
    small.join()
    assert order == [2, 1]


def test_giving_up_leaves_the_queue_to_the_next():
    slots = Slots(1)
    slots.take(1, never)
    assert slots.take(1, lambda: True) == 0.0
    slots.give(1)
    assert slots.take(1, never) == 1
