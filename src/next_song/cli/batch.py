"""Answering many playlists at once: `batch`."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from next_song.cli.options import MODEL, PARAMS, leave_to_command, project


@click.command()
@MODEL
@click.option("-k", default=20, show_default=True, type=click.IntRange(1), help="Songs for each.")
@click.option(
    "--rows",
    type=click.Choice(["songs", "playlists"]),
    default="songs",
    show_default=True,
    help="One row per song, or one per playlist.",
)
@click.option("--exclude-set", help="Leave out a set of songs that the model holds by name.")
@click.option("--only-set", help="Choose from a set of songs that the model holds by name.")
@click.option("--per-artist", type=click.IntRange(1), help="The most songs by one artist.")
@click.option("--shard", metavar="I/N", help="Answer the I-th of N shards of the playlists.")
@click.option("--resume", is_flag=True, help="Continue a job that was interrupted.")
@PARAMS
@click.argument("playlists")
@click.argument("output")
def batch(
    model: str, playlists: str, output: str, params: dict[str, Any], resume: bool, **asked: Any
) -> None:
    """Answer all PLAYLISTS, a file or pattern, and write OUTPUT: .parquet, .csv or .jsonl.

    Playlists are read as in training; `next-song inspect` says how. An interrupted job leaves what
    it has done beside OUTPUT (here, if that is a URL), and --resume continues it; OUTPUT is there
    only when it is whole.
    """
    here = project()
    from next_song.datasets.files import new_folder
    from next_song.guards.places import check_suffix
    from next_song.pipelines.recommendation.parts import remove
    from next_song.runs import run_pipeline

    leave_to_command(params, "input", "output", "model", "recommendation")
    check_suffix("OUTPUT", output)
    parts = Path(output).with_name(f".{Path(output).name}.parts")
    if "://" in output:  # of others with this name, too
        address = sha256(output.encode()).hexdigest()[:8]
        parts = Path(f".{Path(output).name}-{address}.parts")
    given = {"input": playlists, "output": output, "model": model}
    wanted = {"parts": str(parts), "resume": resume} | asked
    run_pipeline(
        here,
        "recommendation",
        env=None,
        # histories in a folder of their own, so that jobs may run side by side
        params={"data_root": str(new_folder())} | params | given | {"recommendation": wanted},
    )
    remove(parts)
