"""The hit rate of an endpoint's answers: `online`."""

from typing import Any

import click

from next_song.cli import texts
from next_song.cli.options import PARAMS, leave_to_command, run_quietly


@click.command()
@click.option("-k", default=20, show_default=True, type=click.IntRange(1), help="Answers to count.")
@PARAMS
@click.argument("captured")
@click.argument("plays")
def online(captured: str, plays: str, k: int, params: dict[str, Any]) -> None:
    """Print the hit rate of the answers in CAPTURED against what was played next, by PLAYS.

    CAPTURED is s3://.../captured/ENDPOINT, where `deployment.data_capture` keeps them, or a folder
    in it, such as a day. PLAYS are playlists, which are read as in training. A captured history is
    compared with the playlists that begin with it: docs/aws.md says what that cannot tell.
    """
    from next_song.datasets.files import new_folder
    from next_song.evaluation.online import captured_events, online_hit_rate
    from next_song.serving.endpoint.smoke import NAME

    leave_to_command(params, "input")
    files = _files(captured)
    made = run_quietly(
        "recommendation",
        ("histories", "params:protocol", "params:cleaning"),
        env=None,
        params={"data_root": str(new_folder())} | params | {"input": plays},
        nodes=("recommendation.prepare_histories",),
    )
    seed = made["params:protocol"]["seed"]
    repeats = made["params:cleaning"].keep_repeats_in_a_row
    events, played = captured_events(files), made["histories"]
    texts.echo_json(online_hit_rate(events, played, k, NAME, seed, repeats=repeats))


def _files(folder: str) -> list[str]:
    """Returns the captured files of a folder, as local paths. Raises InputError if it has none."""
    from fsspec.core import url_to_fs

    from next_song.datasets.addresses import check_address, reached
    from next_song.datasets.files import local_file
    from next_song.errors import InputError

    check_address("CAPTURED", folder, "a folder, s3://.../captured/ENDPOINT")
    with reached("CAPTURED", folder):
        fs, path = url_to_fs(folder)
        names = [name for name in sorted(fs.find(path)) if name.endswith(".jsonl")]
        if not names:
            raise InputError(
                f"CAPTURED: found no file *.jsonl under {folder}; expected what SageMaker captured "
                "of an endpoint: set deployment.data_capture, and wait some minutes after requests"
            )
        return [str(local_file(fs.unstrip_protocol(name))) for name in names]
