"""A small archive whose song ids and names are as awkward as they may be."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from next_song import sql
from next_song.parameters import Precision
from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import PairsPart, Score, SongsPart, VectorsPart
from next_song.retrieval.song_pairs import RATES, SongPairs
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import artists_of
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


COUNT = len(IDS)
ARTISTS = [f"By \x1b]0;{number if number < 20 else number % 3}\x07" for number in range(COUNT)]
SETS = {"the even ones": np.arange(0, COUNT, 2), 'a "market"': np.arange(COUNT // 2)}


def odd_archive(path: Path, precision: Precision = "float32", *, few: bool = False) -> Path:
    """Writes the archive: song i is followed by song i + 1. few: of the first 5, answers of 3."""
    count, k = (5, 3) if few else (COUNT, K)
    ids, sets = IDS[:count], {} if few else SETS
    angles = 2 * np.pi * (np.arange(count) / count) ** 1.1  # no two neighbours are equally far
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    space = SongSpace(np.roll(vectors, -1, axis=0), vectors, np.arange(count, 0, -1))
    others = (np.arange(count, dtype=np.int32) + 1) % count
    pairs = SongPairs(np.arange(count + 1), others, (np.full(count, 0.2, np.float32),) * len(RATES))
    setting = Score(
        repeats=False,
        parts={
            "space": VectorsPart(kind="vectors", decay=0.5, weight=1),
            "next": PairsPart(kind="pairs", rate="next", decay=0.5, weight=0.1),
            "plays": SongsPart(kind="songs", of="plays", weight=0.01),
        },
    )
    archive = ModelArchive()
    archive.k = k
    artists, artist_of = artists_of(ARTISTS[:count])
    index = build_index(space, pairs, np.zeros((2, count)), setting, artist_of)
    graph.export(index, Vocabulary(ids, artists, sets), k, archive.model, precision)
    table = pa.table(
        {
            "song": pa.array(range(count), pa.int32()),
            "song_id": ids,
            "artist": ARTISTS[:count],
            "track": ids,
            "plays": range(count, 0, -1),
        }
    )
    archive.add_extras(sql.connection().from_arrow(table), {"model": "odd", "hit_rate": {"5": 0.5}})
    archive.pack(path)
    return path
