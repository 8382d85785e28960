"""Runs the server, on this machine unless asked for more."""

import logging
import socket

import click
import uvicorn
from fastapi import Response
from starlette.types import ASGIApp
from threadpoolctl import threadpool_limits

from next_song.serving.address import loopback
from next_song.serving.archive import ModelArchive
from next_song.serving.http.app import Routes, create_app
from next_song.serving.http.guard import Guard, Limits
from next_song.serving.http.metrics import Metrics
from next_song.serving.http.model import Model
from next_song.serving.model import Model as PythonModel
from next_song.serving.processors import processors
from next_song.serving.song_search import SongIndex
from next_song.serving.wishes import Question, Wishes

ROUTES = ("/ping", "/invocations", "/recommend", "/songs", "/metrics", "/docs", "/openapi.json")
BACKLOG = 2048  # connections that wait to be accepted
PATIENCE = 0.5  # seconds that requests under way may still take when the server is ended


def serve(archive: ModelArchive, bound: socket.socket, host: str, limits: Limits) -> None:
    """Serves an archive on a bound socket until SIGTERM or SIGINT.

    uvicorn ends within a second of it, and then raises the signal again, for earlier handlers.
    """
    app = build(PythonModel(archive), SongIndex(archive.songs), host, limits)
    if not loopback(host):
        click.echo(f"--host {host}: there is no login; whoever reaches it may ask.", err=True)
    bound.listen(BACKLOG)  # so that who reads the line below can connect
    address, port = bound.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    click.echo(f"Serving: http://{shown}:{port} (its API: /docs; Ctrl+C ends it)")
    with threadpool_limits(max(1, processors() - 1)):  # products leave a processor for HTTP
        uvicorn.Server(config(app)).run([bound])


def build(model: Model, index: SongIndex, host: str, limits: Limits) -> ASGIApp:
    """Returns the app with its limits and metrics, after the model has answered once."""
    model.ask([Question([], 1, [model.artist("?")], Wishes(explain=True))])
    app = create_app(Routes(model, index))
    metrics = Metrics(Guard(app, host, limits), ROUTES)

    async def show() -> Response:
        """Returns the metrics in Prometheus' text format."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    app.get("/metrics", description="Metrics for Prometheus.")(show)
    return metrics


def config(app: ASGIApp) -> uvicorn.Config:
    """Returns the settings of uvicorn; its log has problems only."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return uvicorn.Config(
        app,
        http="h11",  # which limits the size of headers
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,  # seconds, as nginx in SageMaker's container: proxies keep them long
        timeout_graceful_shutdown=PATIENCE,  # type: ignore[arg-type]  # asyncio takes fractions
    )
