"""The index of an exported model, read from the arrays of its archive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from next_song.errors import InputError
from next_song.retrieval.definition import Index
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS, RATES, SongPairs
from next_song.retrieval.song_space import Ints
from next_song.serving.archive import ModelArchive
from next_song.serving.arrays import LEAST, used_rates
from next_song.serving.locations import Locations
from next_song.serving.manifest import ManifestError


def read_index(archive: ModelArchive) -> tuple[Index, dict[str, Ints]]:
    """Returns the index of an archive's model, and the song numbers of each of its sets.

    It answers as the exported graph does, up to the order of sums. Raises InputError if arrays are
    missing or do not fit.
    """
    try:
        return _read(archive)
    except (ManifestError, ValidationError, KeyError, IndexError, ValueError) as error:
        raise InputError(
            f"model {archive.url or archive.folder}: found arrays that do not fit together "
            f"({type(error).__name__}); expected the archive as `kedro run` exported it: copy it "
            "again"
        ) from error


def _read(archive: ModelArchive) -> tuple[Index, dict[str, Ints]]:
    located = Locations.read(archive.folder)
    stored = {name: located.array(archive.folder, name) for name in located.arrays}
    songs, searched = len(stored["query_units"]) - 1, np.asarray(stored["searched"], np.float32)
    setting = located.score
    index = Index(
        setting=setting,
        query_units=np.asarray(stored["query_units"][:songs], np.float32),
        target_units=searched[:-2, :songs],
        pairs=_pairs(stored, setting, songs),
        song_values={
            part.of: stored.get(f"values_{part.of}", np.zeros(songs, np.float32))[:songs]
            for part in setting.parts.values()
            if part.kind == "songs"
        },
        song_scores=searched[-2, :songs],  # as the graph adds them, also where they are rounded
        fallback=searched[-1, :songs],
        artists=stored["artists"][:songs].astype(np.int64),
        excluded=searched[-1, :songs] < LEAST,
    )
    sets = dict(zip(located.sets, stored["sets"][1:], strict=True))
    return index, {name: np.flatnonzero(each[:songs]) for name, each in sets.items()}


def _pairs(stored: dict[str, NDArray[Any]], setting: Score, songs: int) -> SongPairs:
    used = used_rates(setting)
    if not used:
        return NO_PAIRS.among(songs)
    columns = dict(zip(used, stored["pair_rates"].T, strict=True))
    nothing = np.zeros(len(stored["pair_songs"]), np.float32)
    rates = tuple(columns.get(rate, nothing).astype(np.float32, "C") for rate in RATES)
    return SongPairs(
        stored["pair_starts"][: songs + 1].astype(np.int64), stored["pair_songs"], rates
    )
