"""Who may ask the page, and whose page is made first."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from nicegui import Client, core
from simulated_visit import Visit, visit

from next_song.playground import server
from next_song.playground.backend import Backend
from next_song.playground.guard import Guard, Turns
from next_song.playground.song_lists import MOST_TEXT

OWN = "127.0.0.1:8080"
FRAME = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}


def answer(
    headers: dict[str, str], kind: str = "http", path: str = "/", at: str = "127.0.0.1"
) -> Any:
    """What is sent first; the app behind the guard answers 200, and accepts sockets."""

    async def app(scope: Any, _: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start if scope["type"] == "http" else {"type": "websocket.accept"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": kind, "path": path, "headers": raw, "method": "GET"}
    asyncio.run(Guard(app, at)(scope, None, send))  # type: ignore[arg-type]
    return sent[0].get("status", sent[0]["type"])


@pytest.mark.fault
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": OWN}, 200),
        ({"host": "localhost:8080", "origin": "http://localhost:8080"}, 200),
        ({"host": OWN, "origin": f"http://{OWN}"}, 200),
        ({"host": "rebound.example:8080"}, 403),
        ({"host": OWN, "origin": "http://rebound.example"}, 403),
        ({"host": OWN, "origin": "null"}, 403),
        ({"host": OWN, "origin": "http://127.0.0.1:9090"}, 403),
        ({"host": OWN, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"host": OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"host": OWN, "sec-fetch-site": "cross-site", **FRAME}, 403),
        ({"host": OWN, "origin": f"http://{OWN}", "sec-fetch-site": "cross-site"}, 200),
        ({"host": "rebound.example", "sec-fetch-mode": "navigate"}, 403),
        ({"host": OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"host": OWN, "sec-fetch-site": "same-site", "sec-fetch-mode": "websocket"}, 403),
        ({"host": "[::1"}, 403),
        ({}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/_nicegui_ws/socket.io/"])
def test_foreign_hosts_and_origins_are_refused(
    path: str, headers: dict[str, str], status: int, says: Callable[[object], None]
) -> None:
    says(f"{headers}: {answer(headers, path=path)}, {answer(headers, 'websocket', path)}")
    assert answer(headers, path=path) == status
    expected = "websocket.accept" if status == 200 else "websocket.close"
    assert answer(headers, "websocket", path) == expected


def test_another_address_has_any_name_and_no_other_origin() -> None:
    assert answer({"host": "name.example"}, at="0.0.0.0") == 200  # noqa: S104
    foreign = {"host": "name.example", "origin": "http://other.example"}
    assert answer(foreign, "websocket", at="0.0.0.0") == "websocket.close"  # noqa: S104


def test_the_latest_visitor_is_next() -> None:
    made: list[int] = []

    async def make(turns: Turns, number: int) -> None:
        async with turns.turn():
            await asyncio.sleep(0)
            made.append(number)

    async def come() -> None:
        turns = Turns()
        tasks = [asyncio.create_task(make(turns, number)) for number in range(500)]
        while not made:
            await asyncio.sleep(0)
        latest = asyncio.create_task(make(turns, 500))
        tasks[499].cancel()  # a visitor who leaves holds nobody up
        await asyncio.gather(*tasks, latest, return_exceptions=True)
        await make(turns, 501)

    asyncio.run(come())
    assert 500 in made[1:3]
    assert sorted(made) == [number for number in range(502) if number != 499]


def test_a_departed_visitor_is_forgotten(backend: Backend) -> None:
    left: list[weakref.ref[Any]] = []

    async def does(page: Visit) -> None:
        left.append(weakref.ref(page.client))
        page.client.delete()
        page.user.client = None

    visit(backend, does)
    gc.collect()
    assert [one() for one in left] == [None]


@pytest.mark.parametrize(("host", "told"), [("127.0.0.1", ""), ("0.0.0.0", "there is no login")])  # noqa: S104
def test_polling_echoes_no_origin_and_an_open_host_is_told(
    host: str,
    told: str,
    backend: Backend,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(server.ui, "run", lambda *_, **asked: given.update(asked))
    monkeypatch.setattr(core.sio.eio, "max_http_buffer_size", 0)
    monkeypatch.setattr(server.app, "build_middleware_stack", lambda: None)  # put back afterwards
    monkeypatch.setattr(server.app, "on_startup", lambda _: None)
    monkeypatch.setattr(core.sio.eio, "cors_allowed_origins", "*")
    server.serve_backend(backend, [], host, 1, open_browser=False)
    assert core.sio.eio.cors_allowed_origins == []
    assert core.sio.eio.max_http_buffer_size >= len(("🎵" * MOST_TEXT).encode())
    assert (given["host"], given["port"], given["show"], given["reload"]) == (host, 1, False, False)
    error = capsys.readouterr().err
    assert told in error
    assert bool(error) == bool(told)


def test_pages_that_no_browser_opens_are_forgotten(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[float] = []
    monkeypatch.setattr(server, "MOST_WAITING", 0)
    monkeypatch.setattr(
        Client,
        "prune_instances",
        lambda *, client_age_threshold: pruned.append(client_age_threshold),
    )

    async def does(page: Visit) -> None:
        await page.sees("hit rate@10 50.0%")

    visit(backend, does)
    assert server.MOST_AWAY in pruned
