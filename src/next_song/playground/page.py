"""The page of the playground."""

import json
from functools import cache
from importlib.resources import files

from nicegui import app, events, html, ui

from next_song.playground.backend import Backend
from next_song.playground.lists import draw_next, draw_playlist, draw_search
from next_song.playground.visitor import MOST_TEXT, Part, Visitor

LIVE = {"aria-live": "polite"}  # screen readers tell what changes in it
DRAW = {"search": draw_search, "playlist": draw_playlist, "next": draw_next}


class Page:
    """One visit: what stands on the page, and the visitor who uses it.

    about: what stands in the corner.
    """

    def __init__(self, backend: Backend, about: list[str]) -> None:
        self.visitor = Visitor(backend, self._show)
        self._client = ui.context.client
        ui.add_css(_static("page.css"))
        ui.add_head_html(f"<script>{_static('page.js')}</script>")
        with html.header().classes("top"):
            html.h1("next-song playground")
            with html.p().classes("about"):
                for fact in about:
                    html.span(fact)
        with html.div().classes("columns"):
            with html.section():
                self._field()
                self._parts = {"search": html.div(**LIVE).classes("search")}
                self._parts["playlist"] = html.div()
            with html.section():
                html.h2("Next songs")
                self._parts["next"] = html.div(**LIVE)
        for part, element in self._parts.items():
            element.on("click", self._clicked, js_handler="(event) => clicked(event, emit)")
            self._draw(part)

    async def start(self) -> None:
        """Take up the playlist that this tab had before it was loaded anew, and ask."""
        await self._client.connected()
        with self._client:
            songs = app.storage.tab.get("playlist", ())
        await (self.visitor.add(*songs) if songs else self.visitor.ask())

    def _field(self) -> None:
        html.label("Search songs", **{"for": "field"})
        field = html.input_(id="field", type="search", autocomplete="off", maxlength=1000)
        field.props(f"autofocus spellcheck=false dir=auto enterkeyhint=done data-most={MOST_TEXT}")
        field.on("input", self._typed, js_handler="(event) => typed(event, emit)")
        field.on("keydown", self._entered, js_handler="(event) => entered(event, emit)")
        field.on("paste", self._entered, js_handler="(event) => pasted(event, emit)")
        html.p("Enter adds the first song found. A pasted list has one song a line.").classes(
            "hint"
        )

    async def _typed(self, event: events.GenericEventArguments) -> None:
        await self.visitor.type(str(event.args))

    async def _entered(self, event: events.GenericEventArguments) -> None:
        text = str(event.args)
        await self.visitor.enter(text)
        if not self.visitor.search.message:  # what is not known stays, to be put right
            self._client.run_javascript(f"emptied({json.dumps(text)})")

    async def _clicked(self, event: events.GenericEventArguments) -> None:
        act, of = event.args
        await self.visitor.act(act, json.loads(of))

    def _show(self, part: Part) -> None:
        if self._client.is_deleted:  # an answer to who has left
            return
        self._draw(part)
        if part == "playlist":
            with self._client:
                songs = tuple(entry.song for entry in self.visitor.playlist.entries)
                app.storage.tab["playlist"] = songs

    def _draw(self, part: str) -> None:
        element = self._parts[part]
        if part == "next":
            element.props(f"aria-busy={str(self.visitor.asking).lower()}")
            if self.visitor.asking and self.visitor.next.songs:
                return  # the last answer stays until there is a new one
        element.clear()
        with element:
            DRAW[part](self.visitor)


@cache
def _static(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")
