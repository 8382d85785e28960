"""The `next-song` command. Kedro shows the same commands beside its own, as `kedro recommend`.

Libraries are imported where they are used, so that `--help` answers at once.
"""

import errno
from typing import Any

import click

from next_song import __version__
from next_song.cli.asking import recommend, songs
from next_song.cli.batch import batch
from next_song.cli.data import inspect
from next_song.cli.endpoints import delete, deploy, endpoints, rollback
from next_song.cli.online import online
from next_song.cli.servers import playground, serve


class _Commands(click.Group):
    """The commands. A full disk and a missing extra end them with one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            from next_song.errors import without_aws

            if missing := without_aws(error):
                raise missing from error
            raise
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            from next_song.errors import InputError

            where = error.filename or "output"
            raise InputError(
                f"{where}: found {error.strerror}; expected room for it: give another file or disk"
            ) from error


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="next-song", message="%(prog)s %(version)s")
def cli() -> None:
    """Predict the next song of a playlist."""


for command in (recommend, batch, inspect, playground, serve, songs):
    cli.add_command(command)
for command in (deploy, rollback, endpoints, delete, online):
    cli.add_command(command)
