"""The search field: what is found while a person types, and the songs that a list names."""

from collections.abc import Callable
from dataclasses import dataclass, field

from next_song.playground.backend import Backend, Unknown
from next_song.playground.song_lists import (
    MOST_TEXT,
    TOO_LONG,
    cut,
    lines_of,
    unknown_message,
)
from next_song.serving.song_search import Song

MOST_TYPED = 1000  # characters of a search; a browser sends no more
MOST_UNKNOWN = 5  # songs of a list are told with their nearest names, the others counted


@dataclass
class Found:
    """What is under the search field."""

    text: str = ""
    songs: list[Song] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    message: str = ""


class SearchField:
    """One person's search. Only the last of several searches that are waited for is shown.

    show: draws what was found after it changed.
    """

    def __init__(self, backend: Backend, show: Callable[[], None]) -> None:
        self.found = Found()
        self._backend, self._show = backend, show
        self._searches = 0

    async def type(self, text: str) -> None:
        """Search for what is in the field so far."""
        text = text.strip()[:MOST_TYPED]
        self._searches += 1
        mine = self._searches
        songs = await self._backend.search(text, lambda: mine == self._searches) if text else []
        if songs is None or mine != self._searches:
            return
        unknown = await self._backend.unknown([cut(text)] if text and not songs else [])
        if mine == self._searches:
            message = f"The model knows no song with “{cut(text)}” in its name." if unknown else ""
            self._set(Found(text, songs, unknown, message))

    async def songs_of(self, text: str) -> list[Song]:
        """The songs that a person entered: one by its name or id, or the first that a search finds.

        Of several lines, each is a song's name or id. What is not known is told and left out.
        """
        self._searches += 1  # what was typed is answered here
        if len(text) > MOST_TEXT:
            self._set(Found(message=TOO_LONG))
            return []
        lines = lines_of(text)
        found = await self._backend.find(lines)
        if len(lines) == 1 and not found:
            songs = await self._backend.search(lines[0].strip()[:MOST_TYPED], lambda: True)
            found = {lines[0]: songs[0]} if songs else {}
        return await self._known(lines, found)

    async def songs_kept(self, kept: object) -> list[Song]:
        """The songs of a list that the browser kept. What is not known is told and left out.

        What is no text, or a longer one than this page keeps, is not from this page: no songs.
        """
        lines = lines_of(kept) if isinstance(kept, str) and len(kept) <= MOST_TEXT else []
        return await self._known(lines, await self._backend.find(lines)) if lines else []

    def end(self) -> None:
        """Show nothing more, also of the searches that are under way."""
        self._searches += 1
        self._set(Found())

    async def _known(self, lines: list[str], found: dict[str, Song]) -> list[Song]:
        left_out = [cut(line.strip()) for line in lines if line not in found]
        unknown = await self._backend.unknown(left_out[:MOST_UNKNOWN])
        self._set(Found(unknown=unknown, message=unknown_message(left_out, len(lines))))
        return [found[line] for line in lines if line in found]

    def _set(self, found: Found) -> None:
        self.found = found
        self._show()
