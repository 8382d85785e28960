"""A small archive whose song ids and names are as awkward as they may be."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from next_song import sql
from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.serving import graph
from next_song.serving.archive import ModelArchive
from next_song.serving.vocabulary import Vocabulary

K = 12
IDS = [
    "plain", "two words", "-k", "--json", "-", "--", "id:x", "id:", "it's", 'say "hi"',
    "$HOME `id`", "back\\slash", "tab\there", "\x1b[31mred\x1b[0m", "\x9b31m", "\u202eright",
    "Beyoncé", "日本", "🎵", "a;b|c&d>e*", " lead", "trail ", "é", "#1", "%s", "!!", "~",
    "{a,b}",
]  # fmt: skip


def odd_archive(path: Path) -> Path:
    """Writes the archive: song i is followed by song i + 1."""
    count = len(IDS)
    angles = 2 * np.pi * (np.arange(count) / count) ** 1.1  # no two neighbours are equally far
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    space = SongSpace(np.roll(vectors, -1, axis=0), vectors, np.arange(count, 0, -1))
    setting = Score(
        repeats=False, parts={"space": VectorsPart(kind="vectors", decay=0.5, weight=1)}
    )
    archive = ModelArchive()
    archive.k = K
    index = build_index(space, NO_PAIRS, np.zeros((2, count)), setting)
    graph.export(index, Vocabulary(IDS), K, archive.model)
    table = pa.table(
        {
            "song": pa.array(range(count), pa.int32()),
            "song_id": IDS,
            "artist": pa.array([f"By \x1b]0;{number}\x07" for number in range(count)]),
            "track": IDS,
            "plays": range(count, 0, -1),
        }
    )
    archive.add_extras(sql.connection().from_arrow(table), {"model": "odd", "hit_rate": {"5": 0.5}})
    archive.pack(path)
    return path
