"""Which questions are answered together."""

import asyncio
from queue import SimpleQueue
from typing import Any

import pytest

from next_song.serving.http.batches import LONGEST, MOST, Asked, Batches, _tell
from next_song.serving.http.guard import Guard, Limits
from next_song.serving.wishes import Question


def batches(lengths: list[int]) -> list[list[int]]:
    """The lengths of the histories in each batch, if these have come in together."""

    async def taken() -> list[list[int]]:
        line = Batches.__new__(Batches)  # without its thread
        line._queue, line._next = SimpleQueue[Any](), None
        for length in lengths:
            question = Question(["a"] * length, 1)
            line._queue.put(Asked(question, asyncio.get_running_loop().create_future()))
        found = []
        while line._next or not line._queue.empty():
            first, line._next = line._next or line._queue.get(), None
            found.append([len(one.question.history) for one in line._batch(first)])
        return found

    return asyncio.run(taken())


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([1], [[1]]),
        ([1] * MOST, [[1] * MOST]),
        ([1] * (MOST + 1), [[1] * MOST, [1]]),
        ([LONGEST // 2, LONGEST // 2], [[LONGEST // 2, LONGEST // 2]]),
        ([LONGEST // 2 + 1, 1], [[LONGEST // 2 + 1], [1]]),
        ([1, LONGEST // 2 + 1, 1], [[1], [LONGEST // 2 + 1], [1]]),
        ([LONGEST + 1, LONGEST + 1], [[LONGEST + 1], [LONGEST + 1]]),
        ([LONGEST // 4, 1, 1, LONGEST // 4, 1], [[LONGEST // 4, 1, 1, LONGEST // 4], [1]]),
    ],
)
def test_a_batch_is_as_long_as_its_longest_history_allows(
    lengths: list[int], expected: list[list[int]]
) -> None:
    assert batches(lengths) == expected


def test_who_waits_is_told_though_another_has_gone() -> None:
    async def asked() -> list[Any]:
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(3)]
        futures[0].cancel()
        batch: Any = [Asked(None, future) for future in futures]  # type: ignore[arg-type]
        _tell(batch, ["a", "b", KeyError("c")])  # type: ignore[list-item]
        return await asyncio.gather(*futures, return_exceptions=True)

    gone, answer, failed = asyncio.run(asked())
    assert isinstance(gone, asyncio.CancelledError)
    assert answer == "b"
    assert isinstance(failed, KeyError)


def test_a_failure_of_the_app_is_an_internal_error() -> None:
    async def fails(*_: Any) -> None:
        raise ZeroDivisionError

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "path": "/x", "headers": [(b"host", b"127.0.0.1")]}
    asyncio.run(Guard(fails, "127.0.0.1", Limits())(scope, receive, send))
    assert sent[0]["status"] == 500
    assert sent[1]["body"] == b'{"error": "Internal error"}'
