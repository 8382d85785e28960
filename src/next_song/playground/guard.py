"""What every request to the page must pass: who asks, and in which order pages are made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from next_song.serving.http.guard import FOREIGN, is_own, own_names

HEADERS = {  # NiceGUI's scripts and styles stand in the page, and Vue compiles its templates there
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' "
    "'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
OF_PAGE = "/_nicegui"  # the path of what a page loads, and of its socket


class Guard:
    """Refuses requests by another name or from another page, and makes one page at a time.

    The latest visitor comes first, so that many requests for the page delay each other, and nobody
    else. host: the address that the server listens on.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app, self._names, self._turns = app, own_names(host), Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with headers that tell browsers to load nothing from elsewhere."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not is_own(Headers(scope=scope), self._names):
            await _refuse(scope, receive, answer)
        elif scope["path"].startswith(OF_PAGE):
            await self._app(scope, receive, answer)
        else:
            async with self._turns.turn():
                await self._app(scope, receive, answer)


class Turns:
    """One at a time; of those that wait, the one that came last is next."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._busy = False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn, which ends with the block."""
        if self._busy:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                if not waiting.cancelled():  # the turn had come, and goes to another
                    self._end()
                raise
        self._busy = True
        try:
            yield
        finally:
            self._end()

    def _end(self) -> None:
        while self._waiting:
            latest = self._waiting.pop()
            if not latest.done():  # else its visitor has left
                latest.set_result(None)
                return
        self._busy = False


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: status 403
    else:
        await PlainTextResponse(FOREIGN, 403)(scope, receive, send)
