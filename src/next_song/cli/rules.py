"""Rules of a request as options of commands."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from next_song.serving.wishes import Wishes

OPTIONS = (
    click.option("--exclude", multiple=True, help="Never answer with this song; may be repeated."),
    click.option("--only", multiple=True, help="Choose from these songs; may be repeated."),
    click.option("--exclude-set", help="Leave out a set of songs that the model holds by name."),
    click.option("--only-set", help="Choose from a set of songs that the model holds by name."),
    click.option("--per-artist", type=click.IntRange(1), help="The most songs by one artist."),
)


def with_rules(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options, which a command takes as `exclude`, `only` and so on."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def wishes(table: "DuckDBPyRelation", *, explain: bool, **rules: Any) -> "Wishes":
    """Returns the wishes of the options; songs may be ids or names.

    Raises InputError if `only` names songs, and the model knows none of them.
    """
    from next_song.errors import InputError
    from next_song.serving import song_search
    from next_song.serving.wishes import Wishes

    found = song_search.find(table, [*rules["exclude"], *rules["only"]])
    lists = {
        name: tuple(found[text].song_id for text in rules[name] if text in found)
        for name in ("exclude", "only")
    }
    if rules["only"] and not lists["only"]:
        raise InputError(
            f"--only: found no song of the model in {list(rules['only'])}; expected at least one: "
            "`next-song songs` finds them"
        )
    return Wishes(
        exclude=lists["exclude"],
        only=lists["only"],
        exclude_set=rules["exclude_set"] or "",
        only_set=rules["only_set"] or "",
        per_artist=rules["per_artist"] or 0,
        explain=explain,
    )
