"""The hit rate of an endpoint, from the requests and answers that SageMaker captured.

What a listener played next is not in a request, so it is taken from playlists: a history is asked
for the next song of those that begin with it.
"""

from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.evaluation.uncertainty import interval

SIDE = "STRUCT(data VARCHAR, encoding VARCHAR)"
COLUMNS = {
    "captureData": f"STRUCT(endpointInput {SIDE}, endpointOutput {SIDE})",
    "eventMetadata": "STRUCT(inferenceId VARCHAR)",
}
LONGEST = 64 * 2**20  # bytes of a line: SageMaker takes requests of 6 MiB, which it escapes


def captured_events(paths: list[str]) -> DuckDBPyRelation:
    """Returns one row per event of the files: request and answer as text, and inference id.

    A line that is no JSON, and a body that SageMaker did not take for JSON, are null.
    """
    lines = sql.connection().read_json(
        [sql.literal(path) for path in paths],
        columns=COLUMNS,
        format="newline_delimited",
        ignore_errors=True,
        maximum_object_size=LONGEST,
    )
    lines.create_view("captured_lines", replace=True)
    return sql.query(__package__, "captured")


def online_hit_rate(
    captured: DuckDBPyRelation,
    histories: DuckDBPyRelation,
    k: int,
    smoke: str,
    seed: int,
    *,
    repeats: bool,
) -> dict[str, Any]:
    """Returns the hit rate at k of captured answers, with its 95 % interval and what it is of.

    captured: of `captured_events`. histories: one row per play, with number, position and song_id.
    smoke: the inference id of requests that do not count. A history that begins several playlists
    is asked for all of them, and counts once. repeats: whether a song that repeats in a row counts
    each time, in histories as in the playlists. Raises InputError if no event can be read, if no
    history begins a playlist, or if no request has k answers.
    """
    params = {"k": k, "smoke": smoke, "repeats": repeats}
    rows = sql.query(__package__, "online", params, captured=captured, histories=histories)
    table = rows.fetchnumpy()
    read, begins = int(table["is_read"].sum()), table["playlists"] > 0
    if not read:
        raise InputError(
            f"CAPTURED: found no history with an answer in {len(begins)} captured events; expected "
            "requests with song_ids, and answers in JSON, of an endpoint that next-song deployed"
        )
    if not begins.any():
        raise InputError(
            f"PLAYS: found no playlist that begins with one of {read} captured histories; expected "
            "what listeners played, from the song that they began with: give those playlists"
        )
    if (most := int(table["answers"].max())) < k:
        raise InputError(f"-k: found {k}; expected 1 to {most}, the songs of an answer")
    hits = np.asarray(table["hits"][begins], np.float64)
    low, high = interval(hits[:, None], np.asarray(table["playlist"][begins]), seed)
    return {
        "hit_rate": {str(k): float(hits.mean())},
        "interval": {str(k): [float(low[0]), float(high[0])]},
        "queries": len(hits),
        "begin_several_playlists": int((table["playlists"] > 1).sum()),
        "begin_no_playlist": read - len(hits),
        "not_read": len(begins) - read,
    }
