"""What SIGTERM and SIGHUP do in a block, and after it."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from next_song.signals import interruptible, on_ending


def mine(*_: object) -> None: ...


@pytest.fixture(autouse=True)
def _handled() -> Iterator[None]:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGTERM, mine)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


def handlers() -> list[Any]:
    return [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)]


def test_a_block_that_fails_leaves_the_handlers_as_they_were() -> None:
    def fails() -> None:
        assert handlers()[0] is not mine
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), interruptible():
        fails()
    assert handlers() == [mine, signal.SIG_IGN]


def test_a_signal_ends_the_block_as_an_exit_does() -> None:
    with pytest.raises(SystemExit) as ended, interruptible():
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM
    assert handlers() == [mine, signal.SIG_IGN]


def test_what_is_ignored_stays_ignored() -> None:
    put_back = on_ending(lambda *_: None)
    assert handlers()[1] == signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGHUP)
    put_back()
    assert handlers() == [mine, signal.SIG_IGN]
