"""Answers the questions of many requests together, since one product for all of them is faster."""

import asyncio
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from next_song.serving.http.model import Model
from next_song.serving.wishes import Answer, Question

MOST = 32  # histories at once: their scores take 4 bytes a song and history
LONGEST = 100_000  # songs of a batch, in which each history is as long as the longest


class Asked(NamedTuple):
    """One question, and who waits for its answer."""

    question: Question
    future: asyncio.Future[Answer]


class Batches:
    """Asks a model in one thread: whatever has come in while it answered is the next batch.

    Questions of all kinds share batches. One that the model cannot answer fails its whole batch:
    who asks checks it before.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._queue: SimpleQueue[Asked] = SimpleQueue()
        self._next: Asked | None = None  # taken from the queue, but too long for the batch
        Thread(target=self._work, name="model", daemon=True).start()

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Returns the answers of the model; raises as it does. Who is cancelled waits no more."""
        loop = asyncio.get_running_loop()
        asked = [Asked(question, loop.create_future()) for question in questions]
        for one in asked:
            self._queue.put(one)
        return await asyncio.gather(*(one.future for one in asked))

    def _work(self) -> None:
        while True:
            first, self._next = self._next or self._queue.get(), None
            if wanted := [one for one in self._batch(first) if not one.future.cancelled()]:
                self._answer(wanted)

    def _batch(self, first: Asked) -> list[Asked]:
        batch, longest = [first], len(first.question.history)
        while len(batch) < MOST:
            try:
                one = self._queue.get_nowait()
            except Empty:
                break
            longest = max(longest, len(one.question.history))
            if longest * (len(batch) + 1) > LONGEST:
                self._next = one
                break
            batch.append(one)
        return batch

    def _answer(self, batch: list[Asked]) -> None:
        found: Sequence[Answer | Exception]
        try:
            found = self._model.ask([one.question for one in batch])
        except Exception as error:  # whatever it is, those who wait must be told
            found = [error] * len(batch)
        batch[0].future.get_loop().call_soon_threadsafe(_tell, batch, found)


def _tell(batch: list[Asked], found: Sequence[Answer | Exception]) -> None:
    for (_, future), answer in zip(batch, found, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
