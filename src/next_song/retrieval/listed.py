"""Songs that a person lists in a file, one id per line."""

import logging
from pathlib import Path
from unicodedata import normalize

import numpy as np
from duckdb import DuckDBPyRelation

from next_song.errors import InputError
from next_song.retrieval.song_space import Ints

LOG = logging.getLogger(__name__)
EXPECTED = "expected a text file in UTF-8 with one song id per line"


def listed_songs(parameter: str, path: str | None, songs: DuckDBPyRelation) -> Ints:
    """Returns the song numbers, (s,), of the ids in a file; none without a file.

    songs: the table of songs, whose ids are in NFC, as lines are made to be. Ids that it lacks are
    left out, and logged. Raises InputError, which names the parameter, if the file cannot be read,
    or has no id of the table.
    """
    if path is None:
        return np.zeros(0, np.int64)
    try:
        lines = normalize("NFC", Path(path).read_text("utf-8-sig")).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{parameter}: found {error}; {EXPECTED}") from error
    given = {line for line in lines if line}
    table = songs.select("song, song_id").fetchnumpy()
    numbers = np.sort(table["song"][[song in given for song in table["song_id"]]]).astype(np.int64)
    if not len(numbers):
        raise InputError(f"{parameter}: found no id of a known song in {path}; {EXPECTED}")
    if len(numbers) < len(given):
        LOG.warning("%s: left out %d unknown songs", parameter, len(given) - len(numbers))
    return numbers
