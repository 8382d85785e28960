"""Rules of a request as options of commands."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from next_song.cli import texts

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from next_song.serving.wishes import Wishes

OPTIONS = (
    click.option(
        "--exclude", multiple=True, help="Never answer with this song, or id:ID; may be repeated."
    ),
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


def known_songs(
    table: "DuckDBPyRelation", histories: Sequence[Sequence[str]], *, strict: bool
) -> dict[str, str]:
    """Returns the ids of the texts that name a song: names, or ids as they are printed.

    strict: raises InputError if one names none.
    """
    from next_song.errors import InputError
    from next_song.serving import song_search

    every = {text: texts.meant(text) for history in histories for text in history}
    found = song_search.find(table, [one for meant in every.values() for one in meant])
    known = {
        text: next(found[one].song_id for one in meant if one in found)
        for text, meant in every.items()
        if any(one in found for one in meant)
    }
    if strict and (unknown := [text for text in every if text not in known]):
        nearest = [song.name for song in song_search.nearest(table, unknown[0])]
        raise InputError(
            f"--strict: found {len(unknown)} unknown of {len(every)} songs, first {unknown[0]!r}; "
            f"expected songs of the model. Nearest: {', '.join(map(repr, nearest))}"
        )
    return known


def wishes(
    table: "DuckDBPyRelation", known: dict[str, str], *, explain: bool, **rules: Any
) -> "Wishes":
    """Returns the wishes of the options.

    Songs that are not known are left out, and told on standard error. known: of `known_songs`.
    Raises InputError if `only` names songs, and the model knows none of them.
    """
    from next_song.errors import InputError
    from next_song.serving.wishes import Wishes

    for name in ("exclude_set", "only_set"):
        if rules[name] == "":
            raise InputError(
                f"--{name.replace('_', '-')}: found an empty name; expected that of a set, as "
                "export.sets has it, or no such option"
            )
    lists = {
        name: _known_of(f"--{name}", table, known, rules[name]) for name in ("exclude", "only")
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


def _known_of(
    option: str, table: "DuckDBPyRelation", known: dict[str, str], given: Sequence[str]
) -> tuple[str, ...]:
    from next_song.serving import song_search

    for text in dict.fromkeys(given):
        if text not in known:
            nearest = ", ".join(repr(song.name) for song in song_search.nearest(table, text))
            told = f"Unknown song {text!r} of {option}: left out. Nearest: {nearest}"
            click.echo(told, err=True)
    return tuple(known[text] for text in given if text in known)
