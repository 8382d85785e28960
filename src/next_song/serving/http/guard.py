"""What every request must pass before the app sees it: who asks, how much, how many, how long."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from next_song.serving.address import loopback

LOOPBACK = ("127.0.0.1", "localhost", "::1")  # what each loopback address may be called
ALWAYS = ("/ping", "/metrics")  # answered however many other requests are answered
FOREIGN = "Forbidden: the request names another host or origin"
FOREIGN_SITES = ("cross-site", "same-site")  # same-site: another port, or another subdomain
HEADERS = {  # the page of the API loads its scripts and styles from here alone
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def own_names(host: str) -> set[str] | None:
    """Returns the names by which a server on this address may be asked, None for any.

    To a loopback address, browsers can be led by other names (DNS rebinding); other addresses may
    have any name.
    """
    address = loopback(host)
    return {host.lower(), address, *LOOPBACK} if address else None


def is_own(headers: Headers, names: set[str] | None) -> bool:
    """Whether a request names one of these hosts, and comes from no page of another one.

    A page may ask without an Origin, but then browsers say from which site it asks. A link may lead
    here: its page cannot read what is shown.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    foreign = headers.get("sec-fetch-site") in FOREIGN_SITES
    is_page = headers.get("sec-fetch-dest", "document") == "document"  # and no frame of another
    is_link = headers.get("sec-fetch-mode") == "navigate" and is_page
    with suppress(ValueError):
        named = names is None or urlsplit(f"//{host}").hostname in names
        if origin is None:
            return named and (is_link or not foreign)
        return named and urlsplit(origin).netloc == host
    return False


@dataclass(frozen=True)
class Limits:
    """Limits of one server: bytes of a body, seconds of a request, and requests at once."""

    body: int = 6 * 2**20  # as a SageMaker endpoint
    seconds: float = 30
    requests: int = 256


class Guard:
    """Refuses requests that the app should not see.

    403: by another name or from another page. 413: too large. 503: too many. 504: took too long.
    host: the address that the server listens on.
    """

    def __init__(self, app: ASGIApp, host: str, limits: Limits) -> None:
        self._app, self._limits, self._busy = app, limits, 0
        self._names = own_names(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = Answering(send)
        self._busy += scope["path"] not in ALWAYS
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._handle(scope, receive, answer)
        except TimeoutError:
            await answer.refuse(504, f"Timed out after {self._limits.seconds:g} s")
        except Exception:  # the app has told it and logged it; raised on, it would break the answer
            await answer.refuse(500, "Internal error")
        finally:
            self._busy -= scope["path"] not in ALWAYS

    async def _handle(self, scope: Scope, receive: Receive, answer: "Answering") -> None:
        headers = Headers(scope=scope)
        if not is_own(headers, self._names):
            await answer.refuse(403, FOREIGN)
        elif self._busy > self._limits.requests:
            await answer.refuse(503, "Too many requests at once", {"Retry-After": "1"})
        elif (body := await self._body(headers, receive)) is None:
            await answer.refuse(413, f"Request body of more than {self._limits.body} bytes")
        else:
            await self._app(scope, Replayed(body, receive), answer)

    async def _body(self, headers: Headers, receive: Receive) -> bytes | None:
        """Returns the body, or None if it is too large; of a client that has gone, what it sent."""
        if int(headers.get("content-length") or 0) > self._limits.body:
            return None
        body, more = bytearray(), True
        while more and len(body) <= self._limits.body:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body) if len(body) <= self._limits.body else None


class Replayed:
    """Gives the app a body that was read, then what the client does next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """Returns the next message."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class Answering:
    """Sends an answer with the headers of this server, or refuses if none has begun."""

    def __init__(self, send: Send) -> None:
        self._send, self._begun = send, False

    async def __call__(self, message: Message) -> None:
        """Sends a message of the app."""
        if message["type"] == "http.response.start":
            self._begun = True
            message["headers"] = [*message["headers"], *_raw(HEADERS)]
        await self._send(message)

    async def refuse(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        """Sends an error, and ends the connection: there may be a rest of the body."""
        if not self._begun:
            content = json.dumps({"error": why})
            sent = {"Connection": "close", **(headers or {})}
            response = Response(content, status, sent, "application/json")
            await response({"type": "http"}, _nothing, self)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
