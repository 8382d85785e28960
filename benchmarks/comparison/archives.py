"""The size of an exported model, and how long one answer takes."""

import statistics
import time
from pathlib import Path

import numpy as np

from next_song.serving.archive import ModelArchive

QUESTIONS, LENGTH, WARM = 300, 20, 20


def mib(archive: ModelArchive) -> float:
    """Returns the size of the model's files."""
    files: list[Path] = [path for path in archive.model.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 2**20


def p50(archive: ModelArchive, songs: list[str]) -> float:
    """Returns the median of milliseconds of one question of twenty songs, in process."""
    random, times = np.random.default_rng(1), []
    for _ in range(QUESTIONS):
        history = list(random.choice(songs[: len(songs) // 2], LENGTH))
        started = time.perf_counter()
        archive.answer([history])
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[WARM:])


def song_ids(archive: ModelArchive) -> list[str]:
    """Returns the ids of the songs that an archive knows, by song number."""
    ids: list[str] = archive.songs.order("song").select("song_id").fetchnumpy()["song_id"].tolist()
    return ids
