"""Named sets of songs, such as a market or a licence, that requests to the model may name."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from next_song.errors import InputError
from next_song.retrieval.song_space import Ints

LOG = logging.getLogger(__name__)


def song_sets(files: Mapping[str, str], ids: Any) -> dict[str, Ints]:
    """Returns the song numbers of each set, from files with one song id per line.

    ids: (n,) the id of each song number. Ids that the model does not know are left out, and
    logged. Raises InputError if a file cannot be read, or names no song of the model.
    """
    numbers = {song: number for number, song in enumerate(ids)}
    return {name: _numbers(name, Path(path), numbers) for name, path in files.items()}


def _numbers(name: str, path: Path, numbers: dict[str, int]) -> Ints:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"export.sets.{name}: found {error}; expected a text file in UTF-8 with one song id "
            "per line"
        ) from error
    given = dict.fromkeys(line for line in lines if line)
    known = sorted(numbers[song] for song in given if song in numbers)
    if not known:
        raise InputError(
            f"export.sets.{name}: found no song of the model in {path}; expected a text file with "
            "one song id per line"
        )
    if len(known) < len(given):
        LOG.warning("export.sets.%s: left out %d unknown songs", name, len(given) - len(known))
    return np.array(known, np.int64)
