"""Servers of this machine: `playground` and `serve`."""

import math
import signal

import click

from next_song.cli.options import ENDPOINT, MODEL, end_at_once, extra, open_model

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
PORT = click.IntRange(0, 65535)


def _finite(_: click.Context, __: click.Parameter, seconds: float) -> float:
    """Returns the seconds, or fails: `nan` passes click's own range, which it cannot compare."""
    if not math.isfinite(seconds):
        raise click.BadParameter(f"found {seconds}; expected a finite number")
    return seconds


@click.command()
@MODEL
@ENDPOINT
@HOST
@click.option("--port", type=PORT, default=8080, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def playground(model: str, endpoint: str | None, host: str, port: int, open_browser: bool) -> None:
    """Serve a page on which you search songs, build a playlist and see predictions."""
    extra("playground", "nicegui", "NiceGUI")
    from next_song.playground.server import serve as serve_page

    serve_page(open_model(model, end_at_once), endpoint, host, port, open_browser=open_browser)


@click.command()
@MODEL
@HOST
@click.option("--port", type=PORT, default=8000, show_default=True, help="0 is any free port.")
@click.option(
    "--max-bytes",
    default=6 * 2**20,
    show_default=True,
    type=click.IntRange(1),
    help="Largest body of a request; a larger one gets 413.",
)
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0.01),
    callback=_finite,
    help="Seconds of a request; a longer one gets 504.",
)
@click.option(
    "--max-requests",
    default=256,
    show_default=True,
    type=click.IntRange(1),
    help="Requests at once; those beyond get 503.",
)
def serve(
    model: str, host: str, port: int, max_bytes: int, timeout: float, max_requests: int
) -> None:
    """Serve the model over HTTP, as a SageMaker endpoint does, and with plain routes beside it.

    /ping and /invocations are those of the endpoint; /recommend takes names, /songs finds them,
    /docs describes the API, and /metrics has metrics for Prometheus. There is no login.
    """
    extra("serve", "fastapi_offline", "FastAPI")
    from next_song.serving.address import listening
    from next_song.serving.http.guard import Limits
    from next_song.serving.http.server import serve as serve_archive

    with listening(host, port) as bound:
        limits = Limits(max_bytes, timeout, max_requests)
        signal.signal(signal.SIGINT, end_at_once)
        serve_archive(open_model(model, end_at_once), bound, host, limits)
