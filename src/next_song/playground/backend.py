"""What all visitors of the page share: the songs, and the model that is asked."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, ParamSpec, TypeVar

from duckdb import DuckDBPyRelation

from next_song.playground.answers import Next, Scored, Trial
from next_song.playground.song_lists import line_for
from next_song.serving.contents import Example
from next_song.serving.predictor import Predictor
from next_song.serving.song_search import Song, SongIndex
from next_song.serving.wishes import NO_WISHES, Wishes

FOUND = 20  # songs of one search
ASKERS = 8  # questions at once: one that waits for a dead endpoint must not delay the next

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Unknown(NamedTuple):
    """What a person typed and no song is called, and the songs that are spelled most like it."""

    text: str
    nearest: list[Song]


class Backend:
    """Answers all visitors, each question in a thread, so that the page never waits.

    What searches songs stands in one line, so that a search that is no longer wanted is left out;
    it is apart from what asks the model.

    songs: the table of those that the model knows. examples: held-out playlists to try.
    """

    def __init__(
        self, songs: DuckDBPyRelation, predict: Predictor, examples: Sequence[Example] = ()
    ) -> None:
        self.examples = examples
        self._predict = predict
        self._line = ThreadPoolExecutor(1, "songs")
        self._askers = ThreadPoolExecutor(ASKERS, "model")
        self._index = self._line.submit(SongIndex, songs)  # first in the line that searches it

    def warm_up(self) -> None:
        """Have the model loaded before the first visitor asks."""
        self._askers.submit(self._predict, [])

    def close(self) -> None:
        """Wait for what is under way, and answer no more."""
        self._askers.shutdown()
        self._line.shutdown()

    async def search(self, text: str, wanted: Callable[[], bool]) -> list[Song] | None:
        """The songs that a text finds, best match first; None if it is no longer wanted.

        wanted: asked when the search is first in line, so that only the last of many keys that
        are typed fast is searched for.
        """

        def search() -> list[Song] | None:
            return self._index.result().search(text, FOUND) if wanted() else None

        return await self._in(self._line, search)

    async def find(self, texts: list[str]) -> dict[str, Song]:
        """The song that each text names, if not as it is, then without the spaces around it.

        A text that names none is left out.
        """
        bare = {text: text.strip() for text in texts}
        found = await self._of_songs(SongIndex.find, [*{*bare, *bare.values()}])
        named = {text: found.get(text) or found.get(bare[text]) for text in bare}
        return {text: song for text, song in named.items() if song}

    async def lines(self, songs: Iterable[Song]) -> dict[str, str]:
        """The line of a list that stands for each song, by its id."""
        by_name = {song: song.name for song in songs}
        found = await self.find([*by_name.values()])
        return {song.song_id: line_for(song, found.get(name)) for song, name in by_name.items()}

    async def trial(self, number: int) -> Trial:
        """A held-out playlist with the names of its songs; after the last comes the first again."""
        history, target = self.examples[number % len(self.examples)]
        names = await self._of_songs(SongIndex.names, [*history, target])
        known = [Song(song, names[song]) for song in history if song in names]
        missing = len(history) - len(known)
        return Trial(known, missing, Song(target, names.get(target, target)), target in names)

    async def unknown(self, texts: Iterable[str]) -> list[Unknown]:
        """Texts that name no song, each with the names nearest to it."""
        return [Unknown(text, await self._of_songs(SongIndex.nearest, text)) for text in texts]

    async def next_songs(self, history: list[str], wishes: Wishes = NO_WISHES) -> Next:
        """What the model answers to a history of song ids, oldest first; raises as it does."""
        answer = await self._in(self._askers, self._predict, history, wishes)
        ids = [song for song in answer.song_ids if song]
        names = await self._of_songs(SongIndex.names, ids)
        songs = [Song(song, names.get(song, song)) for song in ids]
        told = (
            (answer.probabilities, answer.why)
            if answer.why
            else ([0.0] * len(ids), [""] * len(ids))
        )
        scored = [Scored(*one) for one in zip(songs, answer.scores, *told, strict=False)]
        return Next(scored, answer.known)

    async def _of_songs(self, answer: Callable[[SongIndex, T], R], asked: T) -> R:
        return await self._in(self._line, lambda: answer(self._index.result(), asked))

    async def _in(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[P, R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, lambda: work(*args, **kwargs))
