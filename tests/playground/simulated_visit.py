"""Someone on the page of the playground, in NiceGUI's simulation of a browser."""

import asyncio
import gc
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.testing.user import User
from nicegui.testing.user_interaction import UserInteraction
from nicegui.testing.user_simulation import user_simulation

from next_song.playground.backend import Backend
from next_song.playground.server import root

PATIENCE = 5  # seconds


class Visit:
    """What a person reads on the page, and does there."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.kept: Any = ""  # by the browser
        self.keeps = 0  # lists that it was given to keep
        self.emptied: list[str] = []  # texts that left the field
        user.javascript_rules[re.compile(r"kept\(\)")] = lambda _: self.kept

    def listen(self, patch: pytest.MonkeyPatch) -> None:
        """Keep what a browser would: NiceGUI's rules hear only calls that are awaited."""
        run_javascript = Client.run_javascript

        def keeping(client: Client, code: str, **options: Any) -> Any:
            if call := re.fullmatch(r"keep\((.*)\)", code):
                text, fits = json.loads(f"[{call[1]}]")
                self.kept, self.keeps = text if fits else "", self.keeps + 1
            if call := re.fullmatch(r"emptied\((.*)\)", code):
                self.emptied.append(json.loads(call[1]))
            return run_javascript(client, code, **options)

        patch.setattr(Client, "run_javascript", keeping)

    @property
    def status(self) -> str:
        """What a screen reader was told last."""
        (status,) = self.elements(css="status")
        return "".join(one._text for one in status.descendants() if one._text)

    @property
    def client(self) -> Client:
        assert self.user.client
        return self.user.client

    def elements(self, tag: str = "", css: str = "") -> list[ui.element]:
        """Elements with a tag and a class, in the order in which they were made."""
        return [
            one
            for one in self.client.elements.values()
            if tag in ("", one.tag) and (not css or css in one._classes)
        ]

    def texts(self, css: str = "") -> list[str]:
        """All that can be read, or what has a class."""
        return [one._text for one in self.elements(css=css) if one._text]

    async def open(self) -> None:
        await self.user.open("/")
        await self.until(lambda: bool(self.elements("button", css="choice")))

    async def until(self, true: Callable[[], bool]) -> None:
        for _ in range(PATIENCE * 50):
            if true():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("not within some seconds; the page says: " + "\n".join(self.texts()))

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.texts())

    async def sees_no(self, text: str) -> None:
        await self.until(lambda: text not in self.texts())

    def type(self, text: str) -> None:
        self._trigger(self.elements("input")[0], "input", text)

    def enter(self, text: str) -> None:
        self._trigger(self.elements("input")[0], "keydown", text)

    async def click(self, label: str) -> None:
        """Click the button that a screen reader would read out so, when it is there."""

        def buttons() -> list[ui.element]:
            return [
                one
                for one in self.elements("button")
                if label in (one.props.get("aria-label"), one._text)
            ]

        await self.until(lambda: bool(buttons()))
        says = buttons()[0].props
        listening = next(
            one
            for one in buttons()[0].ancestors()
            if any(listener.type == "click" for listener in one._event_listeners.values())
        )
        self._trigger(listening, "click", [says["data-act"], says.get("data-of", "null")])

    def _trigger(self, element: ui.element, event: str, value: str | list[str]) -> None:
        UserInteraction(self.user, {element}, None).trigger(event, value)


def visit(backend: Backend, does: Callable[[Visit], Awaitable[None]], kept: Any = "") -> None:
    """Open the page and do something on it. kept: by the browser, from an earlier visit."""

    async def does_it() -> None:
        simulated = user_simulation(root(backend, ["model 0123", "hit rate@10 50.0%"]))
        async with simulated as user:
            one = Visit(user)
            one.kept = kept
            one.listen(patch)
            try:
                await one.open()
                await does(one)
            finally:
                if user.client:
                    user.client.outbox.stop()  # which may miss that it is cancelled

    gc.freeze()  # NiceGUI collects garbage twice for each visit: only that of the visit
    try:
        with pytest.MonkeyPatch.context() as patch:
            asyncio.run(does_it())
    finally:
        gc.unfreeze()
