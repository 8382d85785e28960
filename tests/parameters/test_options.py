"""The range of every number that an option of `next-song` takes, and what it is if not given."""

from collections.abc import Iterator

import click

from next_song.cli import cli

PORT = (0, 65535)
ANY = (1, None)
# least, most and default
NUMBERS = {
    "batch -k": (*ANY, 20),
    "batch --per-artist": (*ANY, None),
    "online -k": (*ANY, 20),
    "playground --port": (*PORT, 8080),
    "recommend -k": (None, None, None),  # the archive says what it answers
    "recommend --per-artist": (*ANY, None),
    "serve --port": (*PORT, 8000),
    "serve --max-bytes": (*ANY, 6 * 2**20),
    "serve --timeout": (0.01, None, 30),
    "serve --max-requests": (*ANY, 256),
    "songs --most": (*ANY, 20),
}


def options() -> Iterator[tuple[str, click.Option]]:
    for name, command in cli.commands.items():
        for option in command.params:
            if isinstance(option, click.Option):
                yield f"{name} {option.opts[-1]}", option


def test_each_number_has_its_range_and_its_default() -> None:
    numbers = click.IntRange | click.FloatRange | click.types.IntParamType
    found = {}
    for name, option in options():
        if isinstance(kind := option.type, numbers):
            default = option.get_default(click.Context(cli))
            given = default if isinstance(default, int | float) else None
            found[name] = (getattr(kind, "min", None), getattr(kind, "max", None), given)
    assert found == NUMBERS


def test_each_number_is_shown_with_its_default() -> None:
    with_default = {name for name, (_, _, default) in NUMBERS.items() if default is not None}
    assert {name for name, option in options() if option.show_default} >= with_default
