"""What one person sees and does on the page, without the page itself."""

from collections.abc import Callable
from typing import Literal

import click

from next_song.playground.answers import Next, Trial, verdict
from next_song.playground.backend import Backend
from next_song.playground.playlist import Playlist
from next_song.playground.search_field import SearchField
from next_song.playground.song_lists import text_of
from next_song.serving.song_search import Song
from next_song.serving.wishes import Wishes

STEP = 10  # next songs at first, and more at a time
LATEST = 50  # songs of the playlist that are shown at first, and more at a time

Part = Literal["search", "playlist", "next"]


class Visitor:
    """One person's search, playlist and next songs.

    show: draws a part of the page after it changed. Only the last of several answers that are
    waited for is shown.
    """

    def __init__(self, backend: Backend, show: Callable[[Part], None]) -> None:
        self.field = SearchField(backend, lambda: show("search"))
        self.playlist = Playlist()
        self.next = Next([], known=False)
        self.shown, self.latest = STEP, LATEST
        self.per_artist = 0  # the most songs by one artist; 0 for any number
        self.never: list[Song] = []  # never to be recommended
        self.asking = False
        self.problem = ""  # why there are no next songs
        self.notice = ""  # what was done with the playlist as a whole
        self.examples = len(backend.examples)
        self._backend, self._show = backend, show
        self._questions = self._trials = 0
        self._trial: Trial | None = None
        self._lines: dict[str, str] = {}  # of the song ids that were ever in the playlist

    @property
    def text(self) -> str:
        """The playlist as text, one song a line, which `enter` reads back."""
        return text_of(self.playlist.songs, self._lines)

    @property
    def trial(self) -> Trial | None:
        """The held-out playlist that is tried, while the playlist is as it was loaded."""
        same = self._trial is not None and self._trial.history == self.playlist.songs
        return self._trial if same else None

    @property
    def verdict(self) -> str:
        """What came next in the held-out playlist that is tried; nothing if none is."""
        return verdict(self.trial, self.next) if self.trial else ""

    async def enter(self, text: str) -> None:
        """Add what a person entered, as `SearchField.songs_of` reads it."""
        await self.add(*await self.field.songs_of(text))

    async def restore(self, kept: object) -> None:
        """Take up the list that the browser kept, as `text` gave it, and ask."""
        songs = await self.field.songs_kept(kept)
        self.playlist = Playlist([*songs, *self.playlist.songs])
        await self._changed()

    async def add(self, *songs: Song) -> None:
        """Put songs at the end of the playlist."""
        if songs:
            self.playlist.add(songs)
            await self._changed()

    async def pick(self, song: Song) -> None:
        """Add a song that was found, and end the search."""
        self.field.end()
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
        self.playlist.replace([])
        await self._changed()

    async def undo(self) -> None:
        """Take back the last change of the playlist."""
        self.playlist.undo()
        await self._changed()

    async def try_held_out(self) -> None:
        """Put the next held-out playlist in place of the list."""
        number, self._trials = self._trials, self._trials + 1
        self._trial = await self._backend.trial(number)
        self.playlist.replace(self._trial.history)
        await self._changed()

    async def limit_artists(self) -> None:
        """Ask for one song of each artist, or for any number again."""
        self.per_artist = 1 - self.per_artist
        await self.ask()

    async def never_recommend(self, song: Song) -> None:
        """Leave a song out of the next songs from now on."""
        if song not in self.never:  # it may be asked twice before the page is drawn again
            self.never.append(song)
        await self.ask()

    async def recommend_all(self) -> None:
        """Leave no song out any more."""
        self.never.clear()
        await self.ask()

    def show_more(self) -> None:
        """Show more of the next songs."""
        self.shown += STEP
        self._show("next")

    def show_earlier(self) -> None:
        """Show more of a long playlist."""
        self.latest += LATEST
        self._show("playlist")

    def tell_copied(self, *, done: bool) -> None:
        """Say whether the browser copied the list."""
        copied = "Copied, one song a line: paste it into the search field to add it again."
        self.notice = copied if done else "The browser did not copy the list: download it."
        self._show("playlist")

    async def ask(self) -> None:
        """Ask the model for the next songs. What goes wrong is told in place of them."""
        self._questions += 1
        mine = self._questions
        self.asking, self.problem = True, ""
        self._show("next")
        answer, problem = Next([], known=False), "The question failed: the terminal says why."
        try:
            never = tuple(song.song_id for song in self.never)
            wishes = Wishes(exclude=never, per_artist=self.per_artist, explain=True)
            history = self.playlist.song_ids
            answer, problem = await self._backend.next_songs(history, wishes), ""
        except click.ClickException as error:
            problem = error.message
        finally:
            if mine == self._questions:
                self.next, self.problem, self.asking = answer, problem, False
                self._show("next")

    async def _changed(self) -> None:
        self.shown, self.notice = STEP, ""
        if new := [song for song in self.playlist.songs if song.song_id not in self._lines]:
            self._lines |= await self._backend.lines(new)
        self._show("playlist")
        await self.ask()
