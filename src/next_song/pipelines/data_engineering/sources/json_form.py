"""The form of a JSON file, and its first values, from its head."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

LARGEST = 2**32 - 1  # bytes of one object, DuckDB's limit
# keys of a playlist that hold its songs, and of a song that hold its id
LISTS = ("tracks", "songs", "items", "track_ids", "song_ids", "track_uris", "item_ids", "history")
IDS = ("song_id", "track_id", "track_uri", "uri", "id", "song", "track.uri", "track.id")
PAGE = "items"  # the key of the songs of a page
# keys of a song, or of what it has under "track", that hold its names
ARTISTS = (
    *("artist.name", "artist", "artist[0].name", "artist[0]", "artist_name", "artistName"),
    *("artists[0].name", "artists[0]", "artists"),
)
TITLES = ("title", "name", "track_name", "trackName")
NAMES = ("name", "title", "playlist", "playlist_name", "playlist_id")
PLAY = re.compile(
    "playlist|session|sequence|user|pid$|time(?!_signature)|ts$|(played|listened)_at$"
)
KEY, COLON = re.compile(r'[\s{,]*(?=")'), re.compile(r"\s*:\s*")
# a string, which may be cut off, or what opens, closes or parts values
TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{},]')


@dataclass(frozen=True)
class Form:
    """How JSON is laid out.

    kind: array or lines of objects; objects one after another; columns (one object with a list or
    an object for each column); split (pandas' columns and data); index (an object of rows); list
    (an object with one list of rows, not of the songs of one playlist); playlists (such a list, of
    playlists that hold their songs). under: the name of that list. largest: bytes of the largest
    object. by_line: whether some lines are no JSON.
    """

    kind: str
    under: str = ""
    largest: int = 1 << 24
    by_line: bool = False

    def with_more_room(self) -> "Form | None":
        """Returns the form for larger objects, whose reading takes more memory."""
        return replace(self, largest=min(self.largest * 8, LARGEST)) if self.has_room else None

    @property
    def has_room(self) -> bool:
        """Whether DuckDB can read larger objects."""
        return self.largest < LARGEST

    @property
    def is_one_object(self) -> bool:
        """Whether the file is one object, which DuckDB reads whole."""
        return self.kind in ("playlists", "columns", "split", "index", "list")


def objects(head: str) -> Iterator[Any]:
    """Gives the values of an array, or those that follow each other, as far as they are whole."""
    decoder, text = json.JSONDecoder(), head.lstrip()
    place = 1 if text.startswith("[") else 0
    while True:
        while place < len(text) and text[place] in ", \t\r\n]":
            place += 1
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        yield value


def beginning(head: str) -> Iterator[Any]:
    """Gives the values of a head that are whole; if none is, the first without its last part."""
    is_whole = False
    for value in objects(head):
        is_whole = True
        yield value
    if not is_whole:
        yield from objects(_closed(head))


def under(head: str, name: str) -> str:
    """Returns the head of an object from its list of this name on; empty if it has none."""
    decoder, place = json.JSONDecoder(), 0
    try:
        while key := KEY.match(head, place):
            found, place = decoder.raw_decode(head, key.end())
            colon = COLON.match(head, place)
            place = colon.end() if colon else len(head)
            if found == name and head.startswith("[", place):
                return head[place:]
            _, place = decoder.raw_decode(head, place)
    except (ValueError, RecursionError):  # the head ends before the name
        pass
    return ""


def form(head: str, whole: bool, named: Sequence[str] = ()) -> Form:
    """Returns the form of a file from its first MiB; whole: whether that is all of it.

    named: columns of plays, which tell a table of plays from the songs of one playlist.
    """
    text = head.lstrip()
    if text.startswith("["):
        return Form("array")
    if re.match(r'\{[^{}\[\]]*("info"\s*:\s*\{[^{}]*\}\s*,\s*)?"playlists"\s*:\s*\[', text):
        return Form("list" if _are_lists(text) else "playlists", under="playlists")
    if found := _of_one_object(text, whole, named):
        return found
    is_lines = text[: text.find("\n") + 1 or None].rstrip().endswith("}")
    return Form("lines" if is_lines and _is_json(text.split("\n", 1)[0]) else "objects")


def is_page(value: Any) -> bool:
    """Returns whether a value is a page of songs, as Spotify's Web API has them in a playlist."""
    return isinstance(value, dict) and isinstance(value.get(PAGE), list)


def some(head: str, within: str) -> Iterator[dict[str, Any]]:
    """Gives the first objects, of the list `within` if it has a name."""
    text = under(head, within) if within else head
    return (row for row in islice(beginning(text), 100) if isinstance(row, dict))


def _are_lists(text: str) -> bool:
    """Returns whether playlists hold ids, or objects but no `pid` (Million Playlist Dataset)."""
    first = next(some(text, "playlists"), {})
    if "tracks" in first and "pid" not in first:
        return True
    lists = [value for value in first.values() if isinstance(value, list) and value]
    return any(isinstance(songs[0], str | int) for songs in lists)


@lru_cache(maxsize=4)  # a head is looked at for one question after another
def _closed(head: str) -> str:
    """Returns a head up to its last comma or opening bracket, with the brackets closed."""
    tokens = list(TOKEN.finditer(head))
    while tokens and tokens[-1][0] not in ("[", "{", ","):
        tokens.pop()
    if not tokens:
        return ""
    opened: list[str] = []
    for token in tokens:
        if token[0] in "[{":
            opened.append("]" if token[0] == "[" else "}")
        elif token[0] in "]}" and opened:
            opened.pop()
    end = tokens[-1].start() if tokens[-1][0] == "," else tokens[-1].end()
    return head[:end] + "".join(reversed(opened))


def _of_one_object(text: str, whole: bool, named: Sequence[str]) -> Form | None:
    """Returns the form of a file that is one object, None if it is not or is a row."""
    values_seen, is_cut = list(islice(objects(text), 2)), not whole
    if len(values_seen) != (1 if whole else 0):
        return None
    first = values_seen[0] if whole else next(objects(_closed(text)), None)
    if not isinstance(first, dict) or any(is_page(first.get(key)) for key in LISTS):
        return None
    values = list(first.values())
    # pandas writes columns, index, data: a head that is cut off may lack the last
    columns, data = first.get("columns"), first.get("data")
    is_begun = is_cut and {key for key in first if isinstance(first[key], list | dict)} <= {
        "columns",
        "index",
    }
    if isinstance(columns, list) and (is_begun or isinstance(data, list)):
        return Form("split")
    lists = [key for key, value in first.items() if isinstance(value, list) and value]
    if len(lists) == 1 and isinstance(first[lists[0]][0], dict):
        song = first[lists[0]][0]
        is_table = any(_has(song, name) and name not in first for name in named)
        return None if _is_playlist(first, lists[0]) and not is_table else Form("list", lists[0])
    if len(values) + is_cut < 2:
        return None
    if all(isinstance(value, list) for value in values):
        return Form("columns")
    if all(isinstance(value, dict) for value in values):
        inner = [set(value) for value in values]
        is_table = any(isinstance(each, str) and each.isdigit() for each in inner[0])
        return Form("columns" if is_table else "index")
    return None


def _is_playlist(found: dict[str, Any], key: str) -> bool:
    """Return whether an object is one playlist with a list of songs, not a table of plays."""
    song = found[key][0]
    is_named, has_id = any(name in found for name in NAMES), bool(key_inside([song], IDS))
    is_play = key == "history" or any(map(PLAY.match, song))
    return key in LISTS and is_named and has_id and not is_play


def key_inside(values: list[dict[str, Any]], keys: Sequence[str]) -> str:
    """Returns the first of these keys, or paths, that all objects have, "" if there is none."""
    return next((key for key in keys if all(_has(value, key) for value in values)), "")


def _has(song: dict[str, Any], name: str) -> bool:
    key, _, inner = name.partition(".")
    return key in song and (not inner or (isinstance(song[key], dict) and inner in song[key]))


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
