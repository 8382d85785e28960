"""Which column of each table has which use."""

import re
from collections.abc import Sequence

from next_song.errors import InputError
from next_song.parameters import Columns, Names, Sessions
from next_song.pipelines.data_engineering.sources.choose import choose, plain
from next_song.pipelines.data_engineering.sources.delimited import Dialect
from next_song.pipelines.data_engineering.sources.histories import (
    HISTORIES,
    check_unit,
    is_one_person,
)
from next_song.pipelines.data_engineering.sources.json_form import IDS, LISTS, TITLES
from next_song.pipelines.data_engineering.sources.known import SOURCES
from next_song.pipelines.data_engineering.sources.paths import shown
from next_song.pipelines.data_engineering.sources.table import Table
from next_song.pipelines.data_engineering.staging import order_by

FILES = ("exportify", "m3u")  # each file is a playlist
ON_ALBUM = "track_number"  # beside an album; in other tables, the place in the playlist
ALBUM = re.compile(r"(track|song)?album(name|title|id|uri|url|mbid|artist\w*|releasedate)?")
# keys to look for where the values of a column are objects
INSIDE = {
    "playlist": ("id", "uri", "name"),
    "song": IDS,
    "artist": ("name",),
    "track": TITLES,
    "user": ("id", "name"),
}


class MixedError(InputError):
    """Only some of the files have playlists, or say in which order their songs are."""


def uses_of(source: str, columns: Columns) -> dict[str, Names]:
    """Returns the names of columns to look for, for each use: those given, and the source's own."""
    uses: dict[str, Names] = columns.uses()
    if source == "lists":
        for use, more in (("song", LISTS), ("playlist", ("name", "title", "id"))):
            if isinstance(given := uses[use], list):
                uses[use] = [*given, *more]
        uses["position"] = None
    known = SOURCES[source].columns
    if not known:
        return uses
    # other tables than Exportify's are read, too
    usual = ("song", "artist", "track", "position") if source in FILES else ()
    return {
        use: names
        if isinstance(names, str | int)
        else [*known.get(use, []), *((names or []) if use in usual else [])]
        for use, names in uses.items()
    }


def names_of_songs(uses: dict[str, Names]) -> list[str]:
    """Returns the names to look for of the column of songs."""
    names = uses["song"]
    return [str(name) for name in (names if isinstance(names, list) else [names])]


def columns_of(
    source: str, tables: list[Table], uses: dict[str, Names], sessions: Sessions, header: bool
) -> list[dict[str, str | None]]:
    """Returns for each table its column for each use, or None; all have the same uses.

    Raises InputError if a table lacks a column that it needs, or what others have.
    """
    found = [
        choose(
            each,
            _without_places_on_albums(uses) if source in FILES or _has_albums(each) else uses,
            needed=_needed(source, sessions),
            header=each.how.header if isinstance(each.how, Dialect) else header,
            cut=sessions.cut,
        )
        for each in tables
    ]
    if source == "plays":
        found = [
            {use: table.inside(name, INSIDE.get(use, ())) for use, name in each.items()}
            for table, each in zip(tables, found, strict=True)
        ]
    if source == "lists":  # the name of a list is no name of its songs
        found = [
            {
                use: name
                for use, name in (each | _page_of(table, uses)).items()
                if use not in ("artist", "track") or name != each.get("playlist")
            }
            for table, each in zip(tables, found, strict=True)
        ]
    if source in HISTORIES and not all("song" in each for each in found):
        # then songs are known by artist and title, which all of these have
        found = [{use: name for use, name in each.items() if use != "song"} for each in found]
    if source == "spotify_history" and is_one_person(tables, found):
        # both exports of one person: else each play would be there twice
        found = [{use: name for use, name in each.items() if use != "user"} for each in found]
    if sessions.min_seconds:
        check_unit([each["duration"] for each in found if "duration" in each])
    all_uses = [use for use in uses if any(use in each for each in found)]
    if source in FILES:
        if not all("position" in each for each in found):  # then the lines tell the order
            all_uses = [use for use in all_uses if use != "position"]
    elif source != "lists":
        for use in ("playlist", "song", order_by(all_uses, sessions)):
            _check_all_have(use, tables, found)
    return [{use: each.get(use) for use in all_uses} for each in found]


def _has_albums(table: Table) -> bool:
    return any(ALBUM.fullmatch(plain(name)) for name in table.names)


def _without_places_on_albums(uses: dict[str, Names]) -> dict[str, Names]:
    names = uses["position"]
    if not isinstance(names, list) or len(names) == 1:  # then a person has named it
        return uses
    return uses | {"position": [name for name in names if plain(str(name)) != plain(ON_ALBUM)]}


def _page_of(table: Table, uses: dict[str, Names]) -> dict[str, str]:
    """Returns the column with pages of songs; the uri beside them is the playlist's own."""
    found = table.page_among(names_of_songs(uses))
    return {"song": found} if found else {}


def _check_all_have(use: str, tables: list[Table], found: list[dict[str, str]]) -> None:
    """Raises MixedError if only some tables have a column of this use."""
    having = [each[use] for each in found if use in each]
    if len(having) in (0, len(found)):
        return
    lacking = next(
        table.file.name for table, each in zip(tables, found, strict=True) if use not in each
    )
    column = shown(having[0])
    raise MixedError(
        f"input {lacking}: found no column for {use!r}, and {column!r} in other files; expected "
        f"one in all files or in none: name it with columns.{use}=NAME, or leave {use}s out with "
        f"columns.{use}=null"
    )


def _needed(source: str, sessions: Sessions) -> Sequence[str]:
    has_playlist = source in FILES or source in HISTORIES or sessions.cut or source == "lists"
    return ("song",) if has_playlist else ("playlist", "song")
