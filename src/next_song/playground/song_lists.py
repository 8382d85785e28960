"""A list of songs as text, one song a line: pasted, copied, downloaded and kept by the browser."""

import json
import re
from collections.abc import Iterable

from next_song.serving.song_search import Song

MOST_TEXT = 800_000  # characters of a list, some 20,000 songs; NiceGUI sends a million
MOST_NAME = 200  # characters of a name that is told; spelling is compared no further
TOO_LONG = (
    f"Pasted list: found more than {MOST_TEXT:,} characters; expected at most that: paste it in "
    "parts."
)


def lines_of(text: str) -> list[str]:
    """The lines that are not blank. Spaces stay: the id of a song without an artist has a tab."""
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def line_for(song: Song, named: Song | None) -> str:
    """The line that stands for a song: its name, or its id if its name does not lead back to it.

    named: the song that is found by the name. A name of several lines, or one with spaces around
    it, would be read as another.
    """
    name = song.name
    leads_back = named is not None and named.song_id == song.song_id
    return name if leads_back and lines_of(name) == [name.strip()] else song.song_id


def text_of(songs: Iterable[Song], lines: dict[str, str]) -> str:
    """The songs as text. lines: of song ids, where they are known; an id stands for itself."""
    return "\n".join(lines.get(song.song_id, song.song_id) for song in songs)


def can_be_kept(text: str) -> bool:
    """Whether a browser can hand this text to a new server: NiceGUI counts it as JSON in UTF-16."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-16-le", "replace")) <= 2 * MOST_TEXT


def unknown_message(unknown: list[str], entered: int) -> str:
    """A line about entered songs that the model does not know; none if it knows all."""
    if not unknown:
        return ""
    if entered == 1:
        return f"The model knows no song “{unknown[0]}”: not added."
    return f"{len(unknown):,} of {entered:,} songs are unknown to the model: not added."


def cut(text: str) -> str:
    """The text, or the beginning of a long one."""
    return text if len(text) <= MOST_NAME else text[:MOST_NAME] + "…"
