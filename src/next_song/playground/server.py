"""Serving the page, to this machine unless asked for more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import click
from nicegui import Client, app, core, helpers, ui
from nicegui.server import Server

from next_song.datasets.files import end_process
from next_song.playground.backend import Backend
from next_song.playground.guard import Guard
from next_song.playground.page import Page
from next_song.playground.song_lists import MOST_TEXT
from next_song.playground.visitor import STEP
from next_song.serving.address import listening, loopback
from next_song.serving.archive import ModelArchive
from next_song.serving.predictor import open_predictor

MOST_WAITING = 100  # pages that no browser connects to, before the older ones are forgotten
MOST_AWAY = 10  # seconds without a connection; after that the page loads anew, with its playlist


def serve(
    archive: ModelArchive, endpoint: str | None, host: str, port: int, *, open_browser: bool
) -> None:
    """Serve the page until Ctrl+C, which ends the process with status 0, whatever is under way.

    port: 0 for any that is free. Raises InputError if nothing can be served there.
    """
    port = free_port(host, port)
    predict = open_predictor(archive, endpoint, patient=False)
    backend = Backend(archive.songs, predict, archive.examples)
    if not endpoint:
        app.on_startup(backend.warm_up)  # from there on, the server hears Ctrl+C
    serve_backend(backend, about(archive, endpoint), host, port, open_browser=open_browser)
    end_process(archive.remove)


def serve_backend(
    backend: Backend, about: list[str], host: str, port: int, *, open_browser: bool
) -> None:
    """Serve the page to a free port until Ctrl+C. about: what stands in its corner."""
    if not loopback(host):
        click.echo(f"--host {host}: there is no login; whoever reaches it may ask.", err=True)
    inner = app.build_middleware_stack
    # outside of all that NiceGUI adds: a request that waits has cost nothing yet
    app.build_middleware_stack = lambda: Guard(inner(), host)  # type: ignore[method-assign]
    core.sio.eio.cors_allowed_origins = []  # no page of elsewhere is told that it may read
    core.sio.eio.max_http_buffer_size = 4 * MOST_TEXT  # bytes of a pasted list, and more
    url = helpers.format_url("http", host, port)
    app.on_startup(lambda: tell(f"Playground: {url} (Ctrl+C ends it)"))
    with suppress(KeyboardInterrupt):
        ui.run(
            root(backend, about),
            host=host,
            port=port,
            title="next-song playground",
            favicon="🎵",
            language="en-US",
            dark=None,
            show=open_browser,
            reload=False,
            tailwind=False,
            show_welcome_message=False,
            reconnect_timeout=MOST_AWAY,
        )


async def tell(line: str) -> None:
    """Print a line once the page can be opened: NiceGUI's start is a moment before that."""
    while not Server.instance.started:
        await asyncio.sleep(0.02)
    click.echo(line)


def root(backend: Backend, about: list[str]) -> Callable[[], Awaitable[None]]:
    """What builds the page for each visit."""

    async def page() -> None:
        if len(Client.instances) > MOST_WAITING:
            Client.prune_instances(client_age_threshold=MOST_AWAY)
        await Page(backend, about).start()

    return page


def about(archive: ModelArchive, endpoint: str | None) -> list[str]:
    """Which model answers, and how good it was on held-out playlists."""
    card: dict[str, Any] = archive.scorecard
    k = min(card["hit_rate"], key=lambda k: abs(int(k) - STEP))
    version = f"model {archive.digest[:12]}"
    source = [f"endpoint {endpoint}", f"names of {version}"] if endpoint else [version]
    return [*source, f"champion {card['model']}", f"hit rate@{k} {card['hit_rate'][k]:.1%}"]


def free_port(host: str, port: int) -> int:
    """This port, or for 0 any that is free. Raises InputError if the host has it not free."""
    with listening(host, port) as tried:
        return int(tried.getsockname()[1])
