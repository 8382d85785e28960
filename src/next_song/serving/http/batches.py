"""Answers the histories of many requests together, since one product for all of them is faster."""

import asyncio
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from next_song.serving.http.model import Model
from next_song.serving.predictor import Answer

MOST = 32  # histories at once: their scores take 4 bytes a song and history
LONGEST = 100_000  # songs of a batch, in which each history is as long as the longest


class Asked(NamedTuple):
    """One history, and who waits for its answer."""

    history: list[str]
    k: int
    future: asyncio.Future[Answer]


class Batches:
    """Asks a model in one thread: whatever has come in while it answered is the next batch."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._queue: SimpleQueue[Asked] = SimpleQueue()
        self._next: Asked | None = None  # taken from the queue, but too long for the batch
        Thread(target=self._work, name="model", daemon=True).start()

    async def ask(self, histories: list[list[str]], k: int) -> list[Answer]:
        """Returns the answers of the model; raises as it does. Who is cancelled waits no more."""
        loop = asyncio.get_running_loop()
        asked = [Asked(history, k, loop.create_future()) for history in histories]
        for one in asked:
            self._queue.put(one)
        return await asyncio.gather(*(one.future for one in asked))

    def _work(self) -> None:
        while True:
            first, self._next = self._next or self._queue.get(), None
            if wanted := [one for one in self._batch(first) if not one.future.cancelled()]:
                self._answer(wanted)

    def _batch(self, first: Asked) -> list[Asked]:
        batch, longest = [first], len(first.history)
        while len(batch) < MOST:
            try:
                one = self._queue.get_nowait()
            except Empty:
                break
            longest = max(longest, len(one.history))
            if longest * (len(batch) + 1) > LONGEST:
                self._next = one
                break
            batch.append(one)
        return batch

    def _answer(self, batch: list[Asked]) -> None:
        try:
            answers = self._model.recommend_ids(
                [one.history for one in batch], max(one.k for one in batch)
            )
            found: list[Answer | Exception] = [
                Answer(answer.song_ids[: one.k], answer.scores[: one.k], answer.known)
                for one, answer in zip(batch, answers, strict=True)
            ]
        except Exception as error:  # whatever it is, those who wait must be told
            found = [error] * len(batch)
        batch[0].future.get_loop().call_soon_threadsafe(_tell, batch, found)


def _tell(batch: list[Asked], found: list[Answer | Exception]) -> None:
    for (_, _, future), answer in zip(batch, found, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
