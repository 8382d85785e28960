"""What SIGTERM and SIGHUP do in a block, and after it."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from next_song.signals import interruptible, on_ending, stop


def mine(*_: object) -> None: ...


@pytest.fixture(autouse=True)
def _handled() -> Iterator[None]:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
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


def test_others_are_handled_if_they_are_named() -> None:
    before = signal.getsignal(signal.SIGINT)
    put_back = on_ending(stop, signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is stop
    put_back()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_that_python_does_not_know_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    handled: list[Any] = []
    with monkeypatch.context() as patched:
        patched.setattr(signal, "getsignal", lambda _: None)
        patched.setattr(signal, "signal", lambda *given: handled.append(given))
        on_ending(stop)()
    assert handled == []


def test_another_thread_handles_no_signal() -> None:
    before = signal.getsignal(signal.SIGTERM)
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(on_ending(stop)()))  # type: ignore[func-returns-value]
    thread.start()
    thread.join()
    assert done == [None]
    assert signal.getsignal(signal.SIGTERM) is before
