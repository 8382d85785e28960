"""The `next-song` command. Kedro shows the same commands beside its own, as `kedro recommend`.

Libraries are imported where they are used, so that `--help` answers at once.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from next_song.serving.archive import ModelArchive

MODEL = click.option(
    "--model",
    default="data/06_models/model.tar.gz",
    show_default=True,
    help="The exported model: a path or an s3:// URL.",
)

ENDPOINT = click.option(
    "--endpoint", help="Ask this SageMaker endpoint; --model is then only read for song names."
)


@click.group()
def cli() -> None:
    """Predict the next song of a playlist."""


@cli.command()
@MODEL
@ENDPOINT
@click.option("-k", default=10, show_default=True, help="Number of songs in the answer.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.argument("songs", nargs=-1, required=True)
def recommend(
    model: str, endpoint: str | None, k: int, as_json: bool, songs: tuple[str, ...]
) -> None:
    """Recommend the songs that follow SONGS, oldest first.

    Give a song as its id, or as "artist - title" in upper or lower case.
    """
    from next_song.serving.predictor import open_predictor, recommendations

    archive = _open(model)
    answer = recommendations(open_predictor(archive, endpoint), archive.songs, k, songs)
    for unknown in answer["unknown"]:
        nearest = ", ".join(repr(name) for name in unknown["nearest"])
        click.echo(f"Unknown song {unknown['song']!r}: left out. Nearest: {nearest}", err=True)
    if not answer["known"]:
        click.echo("No song is known: these are the most played ones.", err=True)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for place, song in enumerate(answer["songs"], start=1):
        click.echo(f"{place:3}  {song['score']:7.4f}  {song['name']}")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.argument("inputs", nargs=-1, required=True)
def inspect(inputs: tuple[str, ...], as_json: bool) -> None:
    """Say how INPUTS, files or patterns, are read, and print the command that does it.

    Reads only the head of the files, and writes nothing.
    """
    from next_song.pipelines.data_engineering import inspection

    found = inspection.inspect(inputs)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return
    for line in found.lines():
        click.echo(line)


@cli.command()
@click.argument("archive", required=False)
@click.option("--name", help="Name of the endpoint; the default is deployment.endpoint in conf/.")
@click.option("--env", default="aws", show_default=True, help="Kedro environment.")
def deploy(archive: str | None, name: str | None, env: str) -> None:
    """Deploy ARCHIVE, s3://.../06_models/model.tar.gz, to a SageMaker endpoint.

    Creates the endpoint, or updates it in place. As with `kedro run --pipelines deployment`, a
    model that is not better than the baselines is refused.
    """
    from next_song.errors import InputError
    from next_song.runs import run_pipeline

    root = (archive or "").removesuffix("/06_models/model.tar.gz")
    if not archive or root == archive:
        raise InputError(
            f"ARCHIVE: found {archive!r}; expected s3://BUCKET/PREFIX/06_models/model.tar.gz, as a "
            "run with that data_root wrote it"
        )
    params: dict[str, Any] = {"data_root": root}
    if name:
        params["deployment"] = {"endpoint": name}
    made = run_pipeline(Path.cwd(), "deployment", env=env, params=params, keep=("endpoint",))
    click.echo(json.dumps(made["endpoint"], indent=2))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def endpoints(as_json: bool) -> None:
    """List the endpoints of this project with status, age, instance, run and cost, and orphans."""
    from next_song.serving.endpoint import inventory

    found = inventory.endpoints()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for endpoint in found:
        click.echo(
            "  ".join(f"{key}={value}" for key, value in endpoint.items() if value is not None)
        )
    if not found:
        click.echo("No endpoint, configuration or model of next-song.", err=True)


@cli.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete endpoint NAME with its configurations and its models."""
    from next_song.serving.endpoint import inventory

    for what in inventory.delete(name):
        click.echo(f"deleted {what}")


@cli.command()
@MODEL
@ENDPOINT
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def playground(model: str, endpoint: str | None, host: str, port: int, open_browser: bool) -> None:
    """Serve a page on which you search songs, build a playlist and see predictions."""
    from importlib.util import find_spec

    from next_song.errors import InputError

    if not find_spec("nicegui"):
        raise InputError(
            "playground: found no NiceGUI; expected the extra `playground`: "
            "pip install 'next-song[playground]'"
        )
    from next_song.playground.server import serve

    serve(_open(model), endpoint, host, port, open_browser=open_browser)


@cli.command()
@MODEL
@click.argument("text")
def songs(model: str, text: str) -> None:
    """List the songs of the model whose name contains TEXT, each with its id."""
    from next_song.serving import song_search

    archive = _open(model)
    table = archive.songs
    found = song_search.search(table, text)
    if not found:
        nearest = ", ".join(repr(song.name) for song in song_search.nearest(table, text))
        raise click.ClickException(f"TEXT: found no song with {text!r}. Nearest: {nearest}")
    for song in found:
        click.echo(f"{song.name}  {json.dumps(song.song_id, ensure_ascii=False)}")


def _open(model: str) -> "ModelArchive":
    from next_song.datasets.files import exists, local_file
    from next_song.serving.archive import ModelArchive

    return ModelArchive.unpack(local_file(model) if exists(model) else Path(model), model)
