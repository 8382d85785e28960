"""What data_engineering does, step by step."""

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Cleaning, Columns, Followers, Split
from next_song.pipelines.data_engineering.sources import rejected_rows, stage


def prepare_plays(
    paths: list[str], source: str, columns: Columns, cleaning: Cleaning, split: Split
) -> tuple[DuckDBPyRelation, DuckDBPyRelation]:
    """Read the input, say of each play whether it is kept and in which split, check the result.

    One step, so that input which cannot be used is refused before anything is written.
    """
    staged = stage(source, paths, columns)
    lists = sql.materialized(sql.query(__package__, "lists", staged=staged), "lists")
    tables = {"staged": staged, "lists": lists}
    cleaned = sql.query(__package__, "clean", cleaning.model_dump(), **tables)
    cleaned = sql.materialized(cleaned, "cleaned")
    _check_split_is_possible(split.by, cleaned)
    shares = split.model_dump(exclude={"by"}) if split.by in ("hash", "time") else None
    by = sql.query(__package__, f"split_{split.by}", shares, cleaned=cleaned, lists=lists)
    divided = sql.materialized(by, "divided")
    plays = sql.query(__package__, "plays", staged=staged, divided=divided)
    rejected = rejected_rows()
    _check_nothing_is_empty(divided, rejected, split)
    return plays, rejected


class TrainingTables:
    """The tables for models that train on these splits.

    The splits are no parameter of conf/, where 'test' would let the test split into training.
    """

    def __init__(self, *splits: str) -> None:
        self._training = {"training": list(splits)}

    def number_songs(self, plays: DuckDBPyRelation) -> DuckDBPyRelation:
        """Give every song its number, the most played in training first."""
        return sql.query(__package__, "songs", self._training, plays=plays)

    def list_playlists(self, plays: DuckDBPyRelation, songs: DuckDBPyRelation) -> DuckDBPyRelation:
        """List the songs of every playlist in play order, split by split."""
        return sql.query(__package__, "playlists", self._training, plays=plays, songs=songs)


def count_followers(
    playlists: DuckDBPyRelation, songs: DuckDBPyRelation, followers: Followers
) -> DuckDBPyRelation:
    """Count which songs follow which in the training playlists: song, follower, rate."""
    tables = {"playlists": playlists, "songs": songs}
    return sql.query(__package__, "followers", followers.model_dump(), **tables)


def write_corpus(playlists: DuckDBPyRelation) -> DuckDBPyRelation:
    """Write the training playlists as sentences, as gensim reads them."""
    return sql.query(__package__, "train_corpus", playlists=playlists)


def report(
    paths: list[str],
    plays: DuckDBPyRelation,
    rejected: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
) -> dict[str, Any]:
    """Count what was read, rejected and dropped, and what is in each split."""
    dropped = dict(_dropped(plays))
    kept, rejections = dropped.pop(None, 0), len(rejected)
    parts = sql.query(__package__, "split_report", playlists=playlists)
    return {
        "input": [Path(path).name for path in paths],
        "rows": {
            "read": kept + sum(dropped.values()) + rejections,
            "rejected": rejections,
            "dropped": dropped,
            "kept": kept,
        },
        "songs": {"all": len(songs), "in_training": len(songs.filter("plays > 0"))},
        "splits": {
            split: {"playlists": lists, "plays": count, "songs": distinct}
            for split, lists, count, distinct in parts.fetchall()
        },
    }


def plot_playlist_lengths(playlists: DuckDBPyRelation) -> Any:
    """Draw how long playlists are."""
    from next_song.plots import data  # imports plotly, which takes a moment

    return data.playlist_lengths(_columns("playlist_lengths", playlists=playlists))


def plot_song_popularity(songs: DuckDBPyRelation) -> Any:
    """Draw how few songs have most of the plays."""
    from next_song.plots import data  # plotly, too

    return data.song_popularity(_columns("song_popularity", songs=songs))


def write_page(report: dict[str, Any], *figures: Any) -> str:
    """Put what was read and the plots of the playlists on one page."""
    from next_song.plots.page import page  # plotly, too

    rows = report["rows"]
    text = f"{rows['kept']:,} of {rows['read']:,} rows kept, from {', '.join(report['input'])}."
    return page("next-song: data", text, list(figures))


def _columns(name: str, **tables: Any) -> dict[str, list[Any]]:
    made = sql.query(__package__, name, **tables).fetchnumpy()
    return {column: values.tolist() for column, values in made.items()}


def _dropped(plays: DuckDBPyRelation) -> list[Any]:
    return plays.aggregate("dropped, count(*)").order("dropped").fetchall()


def _check_split_is_possible(by: str, cleaned: DuckDBPyRelation) -> None:
    needed = {"time": "time", "column": "split"}.get(by)
    if needed and not cleaned.filter(f"{needed} is not null").limit(1).fetchall():
        raise InputError(
            f"split.by: found {by!r}, but the input has no {needed}; expected a column for it: "
            f"name it with columns.{needed}=NAME, or split by hash or leave_last"
        )


def _check_nothing_is_empty(
    plays: DuckDBPyRelation, rejected: DuckDBPyRelation, split: Split
) -> None:
    counts = dict(plays.aggregate("split, count(*)").fetchall())
    counts.pop(None, None)
    if not counts:
        left_out, lines = dict(_dropped(plays)), rejected.limit(1).fetchall()
        unread = (
            f"; {len(rejected)} lines rejected, line {lines[0][0]}: {lines[0][1]}" if lines else ""
        )
        raise InputError(
            f"input: found no play to keep (left out: {left_out}{unread}); "
            "expected playlists longer than cleaning.min_songs: relax `cleaning`, or give more "
            "playlists"
        )
    for part in ("train", "validation", "test"):
        if part not in counts:
            raise InputError(
                f"split.by={split.by}: found no playlist in {part!r} (plays: {counts}); "
                "expected some in train, validation and test: give more playlists, other shares "
                "under `split`, or another split.by"
            )
