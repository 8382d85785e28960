"""Refuses input of which a rule leaves nothing, and names the rule."""

from typing import Any

from duckdb import DuckDBPyRelation

from next_song.errors import InputError
from next_song.parameters import Cleaning, Split


def check_split_is_possible(by: str, cleaned: DuckDBPyRelation, understood: dict[str, Any]) -> None:
    """Raises InputError if the plays lack what the split goes by."""
    needed = {"time": "time", "column": "split"}.get(by, "")
    if not needed or cleaned.filter(f"{needed} is not null").limit(1).fetchall():
        return
    expected = f"expected a column for it: name it with columns.{needed}=NAME"
    if column := understood["columns"].get(needed):
        expected = f"expected one in column {column!r}"
        expected += ": give its format with columns.time_format" if by == "time" else ""
    raise InputError(
        f"split.by: found {by!r}, but the input has no {needed}; {expected}, or split by hash or "
        "leave_last"
    )


def check_nothing_is_empty(
    plays: DuckDBPyRelation,
    rejected: DuckDBPyRelation,
    understood: dict[str, Any],
    cleaning: Cleaning,
    split: Split,
) -> None:
    """Raises InputError, with the rule that left nothing, if nothing or no split is left."""
    counts = dict(plays.aggregate("split, count(*)").fetchall())
    counts.pop(None, None)
    if not counts:
        raise _nothing_kept(plays, rejected, understood["columns"], cleaning)
    unknown = len(plays.filter("dropped = 'unknown split'"))
    others = f", and {unknown:,} plays of an unknown split" if unknown else ""
    shares = "other shares under `split`, " if split.shares else ""
    for part in ("train", "validation", "test"):
        if part not in counts:
            raise InputError(
                f"split.by={split.by}: found no playlist in {part!r} (plays: {counts}{others}); "
                f"expected some in train, validation and test: give more playlists, {shares}"
                "or another split.by"
            )


def check_something_is_asked(counts: dict[str, int], split: Split) -> None:
    """Raises InputError if a split has no playlist with a history and a song to predict.

    counts: the number of such playlists by split.
    """
    for part, count in counts.items():
        if not count:
            raise InputError(
                f"split.by={split.by}: found no playlist with two songs in {part!r}; expected "
                "some, since the songs before the last one are the history: raise "
                "cleaning.min_songs, or give longer playlists"
            )


def _nothing_kept(
    plays: DuckDBPyRelation,
    rejected: DuckDBPyRelation,
    columns: dict[str, str],
    cleaning: Cleaning,
) -> InputError:
    left_out = dict(plays.aggregate("dropped, count(*)").order("dropped").fetchall())
    unread = ""
    if lines := rejected.limit(1).fetchall():
        unread = f"; {len(rejected):,} lines rejected, line {lines[0][0]}: {lines[0][1]}"
    rule = max(left_out, key=lambda reason: left_out[reason], default="")
    if len(rejected) > sum(left_out.values()):
        rule = "rejected"
    return InputError(
        f"input: found no play to keep (left out: {left_out}{unread}); "
        f"{advice(rule, columns, cleaning)}"
    )


def advice(rule: str, columns: dict[str, str], cleaning: Cleaning) -> str:
    """Returns what the rule expected and what to change."""
    named = {use: f"columns.{use}={name}" for use, name in columns.items()}
    advice = {
        "rejected": "expected lines with the layout of the first one: correct them, or give the "
        "right source=NAME",
        "no playlist": f"expected a playlist in each row: check {named.get('playlist')}",
        "no song": f"expected a song in each row: check {named.get('song', 'the columns')}",
        "line break in song": "expected ids in one line, since an exported model holds them "
        f"as lines: check {named.get('song')}",
        "no position or time": "expected a number or a time in each row: check "
        f"{named.get('position', named.get('time'))}",
        "unreadable time": "expected numbers or ISO 8601, such as 2024-01-03T10:00:00Z, in "
        f"{named.get('time')}: give another format with columns.time_format, such as "
        "'%d/%m/%Y %H:%M'; a time of day needs its date: join both with source=select",
        "skip": "expected plays longer than sessions.min_seconds: lower it, or check "
        f"{named.get('duration')}",
        "rare song": f"expected songs with at least cleaning.min_plays={cleaning.min_plays} plays: "
        f"lower it, or check {named.get('song', 'the columns')}",
        "repeat in a row": "expected different songs in a row: check "
        f"{named.get('song', 'the columns')}",
        "short playlist": f"expected playlists of at least cleaning.min_songs={cleaning.min_songs} "
        f"songs: lower it, or check {named.get('playlist', 'sessions.gap_minutes')}",
        "long playlist": f"found playlists longer than cleaning.max_songs={cleaning.max_songs}: "
        "raise it, or cut a history into sessions with sessions.gap_minutes=30",
        "unknown split": f"expected train, validation or test in {named.get('split')}",
    }
    return advice.get(rule, "expected plays: check the file")
