"""Songs as they are typed, read and printed: so that what is printed can be pasted back."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from next_song.characters import plain, shell_word, whole

ID = "id:"  # before an id that would be read as an option, or an id that begins with it


def word(song_id: str) -> str:
    """Returns an id as a word of a shell (bash, zsh, ksh), which the commands read back."""
    return shell_word(f"{ID}{song_id}" if song_id.startswith(("-", ID)) or not song_id else song_id)


def meant(text: str) -> list[str]:
    """Returns what a typed song may be, the likeliest first: `id:` may stand before an id."""
    return [text.removeprefix(ID), text] if text.startswith(ID) else [text]


def line(song_id: str) -> str:
    """Returns an id as a line of text, which the commands read back as this id."""
    return f"{ID}{song_id}" if song_id.startswith(ID) else song_id


def echo(text: str) -> None:
    """Prints data: as it is into a pipe or file, but with nothing that a terminal would obey."""
    lines = text.splitlines() if sys.stdout.isatty() else None
    # colour: into a pipe, click would take out what looks like one
    click.echo(text if lines is None else "\n".join(map(plain, lines)), color=True)


def echo_json(content: Any, indent: int | None = 2) -> None:
    """Prints JSON."""
    echo(json.dumps(content, ensure_ascii=False, indent=indent))


def echo_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Prints CSV with a header, in lines that end as lines of text do."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([header, *rows])
    echo(file.getvalue().removesuffix("\n"))


def songs_of(words: Sequence[str], file: str | None) -> list[str]:
    """Returns the songs of the arguments, then those of a file; `-` stands for the lines of stdin.

    A line is a song; blank ones are left out. Raises InputError if there are none.
    """
    from next_song.errors import InputError

    given = [text for one in words for text in (lines_of(one) if one == "-" else [one])]
    given += lines_of(file) if file else []
    if not given:
        raise InputError(
            'SONGS: found none; expected at least one song, as an id or as "artist - title", or '
            "`-` for the lines of standard input"
        )
    return given


def histories_of(file: str) -> list[list[str]]:
    """Returns the histories of a file of JSON lines, each a list of texts. Raises InputError."""
    from next_song.errors import InputError

    found = [_history(line, place) for place, line in enumerate(_lines(file), 1) if line.strip()]
    if not found:
        raise InputError(
            f"--histories {file}: found no line; expected a list of songs in each, such as "
            '["s1", "s2"]'
        )
    return found


def lines_of(file: str) -> list[str]:
    """Returns the lines of a file, or of stdin for `-`, that are not blank. Raises InputError."""
    return [line for line in _lines(file) if line.strip()]


def _lines(file: str) -> list[str]:
    from next_song.errors import InputError

    name = "standard input" if file == "-" else file
    try:
        with click.open_file(file, "rb") as opened:
            text = opened.read().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{name}: found {error.strerror}; expected a file of songs") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{name} line {line}: found {error.reason}; expected UTF-8") from error
    return [line.removesuffix("\r") for line in text.split("\n")]


def _history(line: str, place: int) -> list[str]:
    from next_song.errors import InputError

    try:
        history = json.loads(line)
    except (ValueError, RecursionError):
        history = None
    if isinstance(history, list) and all(isinstance(song, str) for song in history):
        return [whole(song) for song in history]
    raise InputError(
        f"--histories line {place}: found {plain(line[:60])}; expected a list of songs as JSON, "
        'such as ["artist - title", "id"]'
    )
