"""What histories of several files have in common: a person, and a unit of durations."""

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.table import Table
from next_song.pipelines.data_engineering.staging import MILLISECONDS

HISTORIES = ("spotify_history", "listenbrainz", "lastfm", "lastfm_1k")


def is_one_person(tables: list[Table], found: list[dict[str, str]]) -> bool:
    """Returns whether some of the files name no user, and the others the same one."""
    named = [
        (table, each["user"]) for table, each in zip(tables, found, strict=True) if "user" in each
    ]
    users = {str(value) for table, name in named for value in table.first_values(name)}
    return len(named) < len(tables) and len(users) < 2


def check_unit(columns: list[str]) -> None:
    """Raises InputError if durations are seconds in some tables and milliseconds in others."""
    units = {bool(MILLISECONDS.search(name)): name for name in columns}
    if len(units) > 1:
        raise InputError(
            f"columns.duration: found {units[True]!r} in milliseconds in some files, and "
            f"{units[False]!r} in seconds in others; expected one unit: join the files with "
            "source=select, or leave durations out with columns.duration=null"
        )
