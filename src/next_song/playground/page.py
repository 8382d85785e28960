"""The page of the playground."""

import json
from functools import cache
from importlib.resources import files

from nicegui import events, html, ui

from next_song.playground.acts import act
from next_song.playground.backend import Backend
from next_song.playground.lists import draw_next, draw_playlist, draw_search
from next_song.playground.search_field import MOST_TYPED
from next_song.playground.song_lists import MOST_TEXT, can_be_kept
from next_song.playground.status import next_status, playlist_status, search_status
from next_song.playground.visitor import Part, Visitor

DRAW = {"search": draw_search, "playlist": draw_playlist, "next": draw_next}
STATUS = {"search": search_status, "playlist": playlist_status, "next": next_status}
PATIENCE = 10  # seconds in which a browser hands over the list that it kept


class Page:
    """One visit: what stands on the page, and the visitor who uses it.

    about: what stands in the corner.
    """

    def __init__(self, backend: Backend, about: list[str]) -> None:
        self.visitor = Visitor(backend, self._show)
        self._client = ui.context.client
        ui.add_css(_static("page.css"))
        for script in ("page.js", "kept.js"):
            ui.add_head_html(f"<script>{_static(script)}</script>")
        with html.header().classes("top"):
            html.h1("next-song playground")
            with html.p().classes("about"):
                for fact in about:
                    html.span(fact)
        with html.div().classes("columns"):
            with html.section():
                self._field()
                self._parts = {"search": html.div().classes("search")}
                self._parts["playlist"] = html.div()
            with html.section():
                heading = self._heading()
                self._parts["next"] = html.div()
        # the only part that screen readers tell when it changes
        self._status = html.p(role="status").classes("status")
        for part in self._parts:
            self._draw(part)
        for element in (heading, *self._parts.values()):
            element.on("click", self._clicked, js_handler="(event) => clicked(event, emit)")

    async def start(self) -> None:
        """Take up the playlist that this tab kept, from this server or an earlier one, and ask."""
        await self._client.connected()
        if self._client.is_deleted:  # a request without a browser
            return
        try:
            kept = await self._client.run_javascript("kept()", timeout=PATIENCE)
        except TimeoutError:
            await self.visitor.ask()
        else:
            await self.visitor.restore(kept)

    def _heading(self) -> html.div:
        with html.div().classes("heading") as heading:
            html.h2("Next songs")
            if self.visitor.examples:
                says = {"data-act": "try", "title": "A playlist that the model never learned from"}
                html.button("Try a held-out playlist", type="button", **says).classes("more")
        return heading

    def _field(self) -> None:
        html.label("Search songs", **{"for": "field"})
        field = html.input_(id="field", type="search", autocomplete="off", maxlength=MOST_TYPED)
        field.props(f"autofocus spellcheck=false dir=auto enterkeyhint=done data-most={MOST_TEXT}")
        field.on("input", self._typed, js_handler="(event) => typed(event, emit)")
        field.on("keydown", self._entered, js_handler="(event) => entered(event, emit)")
        field.on("paste", self._entered, js_handler="(event) => pasted(event, emit)")
        html.p("Enter adds the first song found. A pasted list has one song a line.").classes(
            "hint"
        )

    async def _typed(self, event: events.GenericEventArguments) -> None:
        await self.visitor.field.type(str(event.args))

    async def _entered(self, event: events.GenericEventArguments) -> None:
        text = str(event.args)
        await self.visitor.enter(text)
        if not self.visitor.field.found.message:  # what is not known stays, to be put right
            self._client.run_javascript(f"emptied({json.dumps(text)})")

    async def _clicked(self, event: events.GenericEventArguments) -> None:
        name, of = event.args
        await act(self.visitor, name, json.loads(of))

    def _show(self, part: Part) -> None:
        if self._client.is_deleted:  # an answer to who has left
            return
        self._draw(part)
        self._tell(STATUS[part](self.visitor))
        if part == "playlist":
            text = self.visitor.text
            given = f"{json.dumps(text)}, {json.dumps(can_be_kept(text))}"
            self._client.run_javascript(f"keep({given})")

    def _tell(self, line: str) -> None:
        if line:
            self._status.clear()
            with self._status:
                html.span(line)

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
