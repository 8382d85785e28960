"""What data_engineering does, step by step."""

import logging
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Cleaning, Columns, Reading, Sessions, Split
from next_song.pipelines.data_engineering import understanding
from next_song.pipelines.data_engineering.checks import (
    check_nothing_is_empty,
    check_something_is_asked,
    check_split_is_possible,
)
from next_song.pipelines.data_engineering.cleaning import clean
from next_song.pipelines.data_engineering.sources import rejected_rows, stage

LOG = logging.getLogger(__name__)


def prepare_plays(
    paths: list[str],
    source: str,
    columns: Columns,
    sessions: Sessions,
    cleaning: Cleaning,
    split: Split,
    header: bool = True,
    input_encoding: str | None = None,
    query: str | None = None,
) -> tuple[DuckDBPyRelation, DuckDBPyRelation, dict[str, Any]]:
    """Reads the input and says of each play whether it is kept and in which split.

    Returns the plays, the rejected rows, and how the input was understood. It is one step, so that
    input that cannot be used is refused before anything is written.
    """
    reading = Reading(header=header, input_encoding=input_encoding, query=query)
    read, understood = _read(source, paths, columns, sessions, reading)
    staged = read.plays
    cleaned, lists = clean(staged, cleaning)
    check_split_is_possible(split.by, cleaned, understood)
    by = sql.query(__package__, f"split_{split.by}", split.shares, cleaned=cleaned, lists=lists)
    divided = sql.materialized(by, "plays_divided")
    sql.set_variable(
        "marks", sql.query(__package__, "marks", {"last": len(staged)}, divided=divided)
    )
    plays = sql.query(__package__, "plays", staged=staged)
    rejected = rejected_rows(read)
    check_nothing_is_empty(divided, rejected, understood, cleaning, split)
    if split.by == "column" or cleaning.min_songs < 2:
        asked = sql.query(__package__, "with_history", divided=divided, cleaned=cleaned)
        check_something_is_asked(dict(zip(asked.columns, asked.fetchall()[0], strict=True)), split)
    return plays, rejected, understood


def prepare_histories(
    paths: list[str],
    source: str,
    columns: Columns,
    sessions: Sessions,
    cleaning: Cleaning,
    header: bool = True,
    input_encoding: str | None = None,
    query: str | None = None,
) -> DuckDBPyRelation:
    """Reads playlists that a model is to continue: a row per play, in play order.

    Of the cleaning, only songs that repeat in a row count once, as in training; no playlist is too
    short or too long, and no song too rare.
    """
    reading = Reading(header=header, input_encoding=input_encoding, query=query)
    read, understood = _read(source, paths, columns, sessions, reading)
    whole = {"min_plays": 1, "min_songs": 1, "max_songs": len(read.plays)}
    cleaned, _ = clean(read.plays, cleaning.model_copy(update=whole))
    made = sql.query(__package__, "histories", staged=read.plays, cleaned=cleaned)
    histories = sql.materialized(made, "histories_read")
    if not len(histories):
        files = ", ".join(understood["files"])
        raise InputError(f"{files}: found no play that can be read; expected playlists to continue")
    return histories


def _read(
    source: str, paths: list[str], columns: Columns, sessions: Sessions, reading: Reading
) -> tuple[Any, dict[str, Any]]:
    """Returns the input as it was read, and how it was understood, which the log tells."""
    read = stage(source, paths, columns, sessions, reading)
    understood = understanding.describe(read, read.source, paths)
    for line in understanding.in_lines(understood):
        LOG.info(line)
    doubts = understanding.doubts_about_order(read.order)
    for doubt in doubts + understanding.doubts_about_skips(sessions, read.columns):
        LOG.warning(doubt)
    return read, understood


class TrainingTables:
    """The tables for models that train on these splits.

    The splits are no parameter of conf/, where 'test' would let the test split into training.
    """

    def __init__(self, *splits: str) -> None:
        self._training = {"training": list(splits)}

    def number_songs(self, plays: DuckDBPyRelation) -> DuckDBPyRelation:
        """Gives every song its number, the most played in training first."""
        return sql.query(__package__, "songs", self._training, plays=plays)

    def list_playlists(self, plays: DuckDBPyRelation, songs: DuckDBPyRelation) -> DuckDBPyRelation:
        """Lists the songs of every playlist in play order, split by split."""
        return sql.query(__package__, "playlists", self._training, plays=plays, songs=songs)


def write_corpus(playlists: DuckDBPyRelation) -> DuckDBPyRelation:
    """Writes the training playlists as sentences, as gensim reads them."""
    return sql.query(__package__, "train_corpus", playlists=playlists)


def report(
    understood: dict[str, Any],
    plays: DuckDBPyRelation,
    rejected: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
) -> dict[str, Any]:
    """Counts what was read, rejected and dropped, and what is in each split; logs warnings."""
    dropped = dict(plays.aggregate("dropped, count(*)").order("dropped").fetchall())
    kept, rejections = dropped.pop(None), len(rejected)
    parts = sql.query(__package__, "split_report", playlists=playlists)
    made = {
        "input": understood,
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
    ((number, once),) = sql.query(__package__, "played_once", playlists=playlists).fetchall()
    given = {"pattern": understanding.MISSING}
    missing = sql.query(__package__, "stand_ins", given, songs=songs, playlists=playlists)
    doubts = understanding.doubts(made, number, once)
    for doubt in doubts + understanding.doubts_about_names(missing.fetchall()):
        LOG.warning(doubt)
    return made


def plot_playlist_lengths(playlists: DuckDBPyRelation) -> Any:
    """Draws how long playlists are."""
    from next_song.plots import data  # imports plotly, which takes a moment

    return data.playlist_lengths(_columns("playlist_lengths", playlists=playlists))


def plot_song_popularity(songs: DuckDBPyRelation) -> Any:
    """Draws how few songs have most of the plays."""
    from next_song.plots import data  # plotly, too

    return data.song_popularity(_columns("song_popularity", songs=songs))


def write_page(report: dict[str, Any], *figures: Any) -> str:
    """Puts what was read and the plots of the playlists on one page."""
    from next_song.plots.page import page  # plotly, too

    rows, files = report["rows"], ", ".join(report["input"]["files"])
    text = f"{rows['kept']:,} of {rows['read']:,} rows kept, from {files}."
    return page("next-song: data", text, list(figures))


def _columns(name: str, **tables: Any) -> dict[str, list[Any]]:
    made = sql.query(__package__, name, **tables).fetchnumpy()
    return {column: values.tolist() for column, values in made.items()}
