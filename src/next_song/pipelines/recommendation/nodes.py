"""How an exported model answers many histories, part by part."""

import logging
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import progress, sql
from next_song.errors import InputError
from next_song.parameters import Recommendation
from next_song.pipelines.recommendation.parts import Parts
from next_song.serving.archive import ModelArchive
from next_song.serving.batch import Answering
from next_song.serving.model import Model

LOG = logging.getLogger(__name__)
PART = 2048  # histories: what an interrupted job loses at most, for each processor


def answer_histories(
    histories: DuckDBPyRelation, archive: ModelArchive, params: Recommendation
) -> DuckDBPyRelation:
    """Answers each history: a row per song, or per playlist.

    The answers are kept in parts until the output is written; with `params.parts` they stay there
    if the job is interrupted, and `params.resume` continues it. Raises InputError.
    """
    model = Model(archive)
    shard, shards = params.shard_of
    given = {"songs": len(model.index), "shard": shard, "shards": shards}
    numbered = sql.query(__package__, "numbered", given, histories=histories, songs=archive.songs)
    table = sql.materialized(numbered, "numbered_histories")
    _warn_of_unknown(table)
    answering = Answering(model, params)
    parts = Parts.open(params, _fingerprint(table, archive, params))
    with progress.task("answering", len(table), "playlists"):
        paths = parts.fill(table, answering, PART)
    if not paths:
        raise InputError(
            f"input: found no history in shard {params.shard}; expected at least one playlist "
            "with a song: ask for fewer shards"
        )
    return parts.read(paths)


def _warn_of_unknown(table: DuckDBPyRelation) -> None:
    counts = table.aggregate(
        "sum(unknown), sum(len(songs)), count(*) filter (unknown = len(songs))"
    )
    unknown, plays, strangers = counts.fetchall()[0]
    if unknown and 2 * unknown > plays:
        LOG.warning(
            "input: the model knows %d of %d plays; %d of %d playlists have no known song, and get "
            "the most played ones: are these the ids of the songs that it was trained on?",
            plays - unknown,
            plays,
            strangers,
            len(table),
        )


def _fingerprint(
    table: DuckDBPyRelation, archive: ModelArchive, params: Recommendation
) -> dict[str, Any]:
    """Returns what the answers depend on."""
    content = table.aggregate("sum(hash(number, playlist, songs, artists))").fetchall()[0][0]
    asked = params.model_dump(exclude={"parts", "resume"})
    return {"model": archive.digest, "histories": str(content), "part": PART} | asked
