"""What one person sees and does on the page, without the page itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import click

from next_song.playground.backend import Backend, Next, Unknown
from next_song.playground.playlist import Playlist
from next_song.serving.song_search import Song

MOST_TEXT = 800_000  # characters of a pasted list, some 20,000 songs; NiceGUI sends a million
MOST_UNKNOWN = 5  # songs of it are told with their nearest names, the others counted
MOST_NAME = 200  # characters of a name that is told; spelling is compared no further
TOO_LONG = (
    f"Pasted list: found more than {MOST_TEXT:,} characters; expected at most that: paste it in "
    "parts."
)
STEP = 10  # next songs at first, and more at a time
LATEST = 50  # songs of the playlist that are shown at first, and more at a time

Part = Literal["search", "playlist", "next"]


@dataclass
class Search:
    """What is under the search field."""

    text: str = ""
    songs: list[Song] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    message: str = ""


class Visitor:
    """One person's search, playlist and next songs.

    show: draws a part of the page after it changed. Only the last of several answers that are
    waited for is shown.
    """

    def __init__(self, backend: Backend, show: Callable[[Part], None]) -> None:
        self.search = Search()
        self.playlist = Playlist()
        self.next = Next([], known=False)
        self.shown, self.latest = STEP, LATEST
        self.asking = False
        self.problem = ""  # why there are no next songs
        self._backend, self._show = backend, show
        self._searches = self._questions = 0

    async def type(self, text: str) -> None:
        """Search for what is in the field so far."""
        text = text.strip()
        self._searches += 1
        mine = self._searches
        songs = await self._backend.search(text, lambda: mine == self._searches) if text else []
        if songs is None or mine != self._searches:
            return
        unknown = await self._backend.unknown([cut(text)] if text and not songs else [])
        if mine == self._searches:
            message = f"The model knows no song with “{cut(text)}” in its name." if unknown else ""
            self._search(Search(text, songs, unknown, message))

    async def enter(self, text: str) -> None:
        """Add what a person entered: a song's name or id, or the first song that a search finds.

        Of several lines, each is a song's name or id. What is not known is told.
        """
        self._searches += 1  # what was typed is answered here
        if len(text) > MOST_TEXT:
            self._search(Search(message=TOO_LONG))
            return
        lines = [line for line in map(str.strip, text.splitlines()) if line]
        found = await self._backend.find(lines)
        if len(lines) == 1 and not found:
            songs = await self._backend.search(lines[0], lambda: True)
            found = {lines[0]: songs[0]} if songs else {}
        left_out = [cut(line) for line in lines if line not in found]
        unknown = await self._backend.unknown(left_out[:MOST_UNKNOWN])
        self._search(Search(unknown=unknown, message=unknown_message(left_out, len(lines))))
        await self.add(*(found[line] for line in lines if line in found))

    async def add(self, *songs: Song) -> None:
        """Put songs at the end of the playlist."""
        if songs:
            self.playlist.add(songs)
            await self._changed()

    async def pick(self, song: Song) -> None:
        """Add a song that was found, and end the search."""
        self._searches += 1
        self._search(Search())
        await self.add(song)

    async def remove(self, key: int) -> None:
        """Take a song out of the playlist."""
        self.playlist.remove(key)
        await self._changed()

    async def move(self, key: int, step: int) -> None:
        """Move a song by as many places."""
        self.playlist.move(key, step)
        await self._changed()

    async def clear(self) -> None:
        """Empty the playlist."""
        self.playlist.clear()
        await self._changed()

    async def act(self, act: str, of: Any) -> None:
        """Do what a button of the page says: of a song, [id, name], or of an entry's key."""
        match act:
            case "add":
                await self.add(Song(*of))
            case "pick":
                await self.pick(Song(*of))
            case "up" | "down":
                await self.move(of, 1 if act == "down" else -1)
            case "remove":
                await self.remove(of)
            case "clear":
                await self.clear()
            case "ask":
                await self.ask()
            case "more":
                self.show_more()
            case "earlier":
                self.show_earlier()

    def show_more(self) -> None:
        """Show more of the next songs."""
        self.shown += STEP
        self._show("next")

    def show_earlier(self) -> None:
        """Show more of a long playlist."""
        self.latest += LATEST
        self._show("playlist")

    async def ask(self) -> None:
        """Ask the model for the next songs. What goes wrong is told in place of them."""
        self._questions += 1
        mine = self._questions
        self.asking, self.problem = True, ""
        self._show("next")
        answer, problem = Next([], known=False), "The question failed: the terminal says why."
        try:
            answer, problem = await self._backend.next_songs(self.playlist.song_ids), ""
        except click.ClickException as error:
            problem = error.message
        finally:
            if mine == self._questions:
                self.next, self.problem, self.asking = answer, problem, False
                self._show("next")

    async def _changed(self) -> None:
        self.shown = STEP
        self._show("playlist")
        await self.ask()

    def _search(self, search: Search) -> None:
        self.search = search
        self._show("search")


def unknown_message(unknown: list[str], entered: int) -> str:
    """A line about entered songs that the model does not know; none if it knows all."""
    if not unknown:
        return ""
    if entered == 1:
        return f"The model knows no song “{unknown[0]}”: not added."
    return f"{len(unknown):,} of {entered:,} songs are unknown to the model: not added."


def cut(text: str) -> str:
    """The text, or the beginning of a long one."""
    return text if len(text) <= MOST_NAME else text[:MOST_NAME] + "…"
