"""Histories as people have them: lists, a DataFrame or a DuckDB relation."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from duckdb import DuckDBPyRelation

from next_song.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Given: TypeAlias = "Sequence[Sequence[str]] | Sequence[str] | pd.DataFrame | DuckDBPyRelation"
EXPECTED = (
    "expected a list of lists of song ids or names, or a table with the columns playlist and song, "
    "and position and artist if it has them"
)


BETWEEN = " - "  # artist and title of a name


def named_artists(history: Sequence[str]) -> list[str]:
    """Returns the artists of songs that are given by name, as "artist - title"."""
    return [song.partition(BETWEEN)[0] for song in history if BETWEEN in song]


@dataclass(frozen=True)
class Asked:
    """q histories: what stands for each in the answer, and its songs, oldest first.

    artists: the artist of each song, "" where it is not known; or an empty list for no history.
    """

    queries: list[Hashable]
    songs: list[list[str]]
    artists: list[list[str]]

    @classmethod
    def of(cls, given: Given) -> "Asked":
        """Returns the histories of lists, numbered from 0, or of a table, by its playlists.

        A list of texts is one history. A table has one row per song, and its playlists stay in
        their order; without `position`, rows are in order. Raises InputError for anything else.
        """
        if isinstance(given, DuckDBPyRelation):
            return cls._of_table(given.df())
        if hasattr(given, "columns"):
            return cls._of_table(given)
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise InputError(f"histories: found {type(given).__name__}; {EXPECTED}")
        if given and all(isinstance(song, str) for song in given):
            given = [[str(song) for song in given]]
        songs = [_texts(history) for history in given]
        return cls(list(range(len(songs))), songs, [[] for _ in songs])

    @classmethod
    def _of_table(cls, table: Any) -> "Asked":
        _check_columns(table)
        table = table.reset_index(drop=True)
        playlists, names = _factorized(table["playlist"])
        try:
            keys = [_numbers(table["position"]).to_numpy()] if "position" in table else []
            order = np.lexsort([*keys, playlists])  # stable: rows stay in order
        except (TypeError, ValueError) as error:
            raise InputError(
                "histories: found positions of several kinds, or texts that are no numbers "
                f"({error}); expected numbers or times"
            ) from error
        ends = np.cumsum(np.bincount(playlists, minlength=len(names))).tolist()
        songs, artists = (
            _parted(table[name].iloc[order], ends) if name in table else [[] for _ in ends]
            for name in ("song", "artist")
        )
        artists = [list(map(str, each)) for each in artists]
        return cls(list(names), [_texts(history) for history in songs], artists)


def _check_columns(table: Any) -> None:
    """Raises InputError unless it is a DataFrame with the columns that are needed, each once."""
    import pandas as pd  # takes half a second

    if not isinstance(table, pd.DataFrame):
        kind = f"{type(table).__module__}.{type(table).__name__}"
        raise InputError(f"histories: found {kind}; {EXPECTED}: give a pandas DataFrame")
    columns = list(table.columns)
    if missing := {"playlist", "song"} - set(columns):
        found = ", ".join(map(str, columns))
        raise InputError(
            f"histories: found no column {min(missing)} among {found or 'none'}; {EXPECTED}"
        )
    for name in ("playlist", "song", "position", "artist"):
        if columns.count(name) > 1:
            raise InputError(f"histories: found {columns.count(name)} columns {name}; {EXPECTED}")


def _factorized(playlists: Any) -> tuple[Any, Any]:
    """Returns the number of each row's playlist, and the playlists, in their order."""
    import pandas as pd

    try:
        return pd.factorize(playlists, use_na_sentinel=False)
    except TypeError as error:  # lists, for example
        raise InputError(
            f"histories: found playlists that are no texts or numbers ({error}); "
            "expected one text or number for each row"
        ) from error


def _numbers(positions: Any) -> Any:
    """Returns positions as numbers or times, also where they are texts: "10" comes after "9"."""
    import pandas as pd

    if not positions.dropna().map(type).eq(str).all():
        return positions
    try:
        return pd.to_numeric(positions)
    except ValueError:
        return pd.to_datetime(positions, format="ISO8601", utc=True).dt.tz_localize(None)


def _parted(column: Any, ends: list[int]) -> list[list[Any]]:
    # as objects: a categorical takes no "" that is no category
    values = column.astype(object).where(column.notna(), "").tolist()
    return [values[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _texts(history: Any) -> list[str]:
    if isinstance(history, str) or not isinstance(history, Sequence):
        raise InputError(f"histories: found {history!r} as a history; {EXPECTED}")
    for song in history:
        if not isinstance(song, str):
            raise InputError(
                f"histories: found the song {song!r}, {type(song).__name__}; expected its id or "
                "name as a text"
            )
    return list(history)
