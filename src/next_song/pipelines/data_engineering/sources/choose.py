"""Which column of the input is used for what: by the names in `columns`."""

import re
from collections.abc import Sequence

from next_song.errors import InputError
from next_song.parameters import Names
from next_song.pipelines.data_engineering.sources.paths import keys_of, path
from next_song.pipelines.data_engineering.sources.table import Table


def choose(
    table: Table, uses: dict[str, Names], needed: Sequence[str], header: bool, cut: bool
) -> dict[str, str]:
    """Returns the column for each use that has one. Raises InputError, naming all that lack.

    cut: whether a table without playlists is cut into some, by its time.
    """
    found = {use: _find(names, table, header) for use, names in uses.items()}
    found |= _titles(table, uses, found, header)
    if cut and found["playlist"] is None:
        needed = [*needed, "time"]
    is_named = {use: isinstance(names, str | int) for use, names in uses.items()}
    missing = [use for use in uses if found[use] is None and (is_named[use] or use in needed)]
    if "song" in missing and not is_named["song"] and found["artist"] and found["track"]:
        missing.remove("song")  # the id is made of both
    if missing:
        raise InputError(_message(table, uses, missing, header))
    return {use: column for use, column in found.items() if column is not None}


def _find(names: Names, table: Table, header: bool) -> str | None:
    wanted = names if isinstance(names, list) else [] if names is None else [names]
    if not header:
        numbers = [str(name) for name in wanted if str(name) in table.names]
        return numbers[0] if numbers else None
    exact = next((str(name) for name in wanted if str(name) in table.names), None)
    if exact is not None:
        return exact
    usual = {plain(name): name for name in reversed(table.names)}
    alike = next((usual[plain(str(name))] for name in wanted if plain(str(name)) in usual), None)
    return alike or _nested(wanted, table)


def _titles(
    table: Table, uses: dict[str, Names], found: dict[str, str | None], header: bool
) -> dict[str, str]:
    """Returns the column of titles, if the first one by name has places on an album instead."""
    names, track = uses.get("track"), found.get("track")
    if not isinstance(names, list) or track not in table.names or not table.has_numbers(track):
        return {}
    other = _find([name for name in names if plain(str(name)) != plain(track)], table, header)
    return {"track": other} if other else {}


def _nested(wanted: Sequence[str | int], table: Table) -> str | None:
    """Returns the path to a value inside an object, such as `track_metadata.track_name`."""
    for name in wanted:
        outer, *inner = keys_of(str(name))
        if inner and outer in table.names:
            return str(name)
        for place in re.finditer(r"\.", str(name)):
            if str(name)[: place.start()] in table.names and table.file.layout == "json":
                return path(str(name)[: place.start()], *str(name)[place.end() :].split("."))
    return None


def plain(name: str) -> str:
    """Returns a name as it is compared: `Artist Name(s)` and `artist_name` are alike."""
    return re.sub(r"\(s\)|[\W_]", "", name.casefold())


def _message(table: Table, uses: dict[str, Names], missing: list[str], header: bool) -> str:
    expected = "; ".join(f"for {use!r} one of {_list(uses[use])}" for use in missing)
    value = "NAME" if header else "NUMBER"
    how = ",".join(f"columns.{use}={value}" for use in missing)
    time = _find(uses.get("time"), table, header)
    cut = (
        f", or cut a history into playlists with sessions.gap_minutes=30, by its {time!r}"
        if "playlist" in missing and time
        else ""
    )
    if missing == ["playlist"] and table.file.layout == "csv":
        cut += ", or read each file as a playlist with source=exportify"
    return (
        f"input {table.file.name}: found columns {', '.join(table.names)[:400] or '(none)'}; "
        f"expected {expected}: name the right column with {how}{cut}{_no_header(table, header)}"
    )


def _no_header(table: Table, header: bool) -> str:
    looks_like_values = any(re.fullmatch(r"[\d.:TZ -]+", name) for name in table.names)
    if not header or not looks_like_values or table.file.layout != "csv":
        return ""
    return (
        ". If the first line is a play and no header, use header=false and numbers from 1, such as "
        "columns.playlist=1,columns.song=2"
    )


def _list(names: Names) -> str:
    listed = names if isinstance(names, list) else [names]
    return ", ".join(str(name) for name in listed if name is not None) or "any name"
