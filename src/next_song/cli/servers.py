"""Servers of this machine: `playground`."""

import click

from next_song.cli.options import ENDPOINT, MODEL, extra, open_model

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
PORT = click.IntRange(0, 65535)


@click.command()
@MODEL
@ENDPOINT
@HOST
@click.option("--port", type=PORT, default=8080, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def playground(model: str, endpoint: str | None, host: str, port: int, open_browser: bool) -> None:
    """Serve a page on which you search songs, build a playlist and see predictions."""
    extra("playground", "nicegui", "NiceGUI")
    from next_song.playground.server import serve

    serve(open_model(model), endpoint, host, port, open_browser=open_browser)
