"""Made song spaces of any size, exported, and histories to ask them: the same for the same size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from next_song.grid import base_parameters
from next_song.parameters import Precision
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import top_k
from next_song.retrieval.setting import Retrieval, Score
from next_song.retrieval.song_pairs import RATES, SongPairs
from next_song.retrieval.song_space import SongSpace
from next_song.serving.archive import ModelArchive

DIMENSIONS, LENGTH, K, MOST = 64, 20, 100, 100
ROUNDING = {"float32": 1e-4, "float16": 3e-2}  # of scores, which are sums of parts up to 10


def retrieval() -> Retrieval:
    """The parts and weights of conf/base."""
    return Retrieval.model_validate(base_parameters()["retrieval"])


def blended() -> Score:
    """The score of conf/base, vectors and pairs, without repeats."""
    return retrieval().score(repeats=False)


def vectors() -> Score:
    """The same without song pairs."""
    return blended().only("vectors", "songs")


@dataclass(frozen=True)
class Made:
    """n songs with random vectors, Zipf plays and up to 100 pairs each."""

    space: SongSpace
    pairs: SongPairs
    ids: Any

    @classmethod
    def of(cls, songs: int, dimensions: int = DIMENSIONS) -> "Made":
        """The songs by their number; more plays, more pairs: ten of each play at most."""
        random = np.random.default_rng(1)
        units = random.standard_normal((2, songs, dimensions), np.float32)
        plays = 1 + (songs / np.arange(1, songs + 1)).astype(np.int64)
        counts = np.minimum(10 * plays, MOST)
        starts = np.concatenate([[0], counts.cumsum()])
        steps = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
        apart = random.integers(1, songs // MOST, songs)
        first = random.integers(0, songs - (counts - 1) * apart)
        others = np.repeat(first, counts) + steps * np.repeat(apart, counts)
        rates = tuple(random.random(starts[-1], np.float32) / 5 for _ in RATES)
        ids = np.array([f"Artist {song % 9973}\tTrack {song}" for song in range(songs)], object)
        pairs = SongPairs(starts, others.astype(np.int32), rates)
        return cls(SongSpace(*units, plays), pairs, ids)

    def index(self, score: Score) -> Index:
        """Ready to be searched."""
        counts = np.stack([self.space.plays // 10, self.space.plays // 3])
        return build_index(self.space, self.pairs, counts, score)

    def export(self, index: Index, precision: Precision = "float32") -> ModelArchive:
        """As the pipeline exports, without the songs table and the scorecard."""
        from next_song.serving import graph
        from next_song.serving.vocabulary import Vocabulary

        archive = ModelArchive()
        graph.export(index, Vocabulary(self.ids), K, archive.model, precision)
        return archive

    def histories(self, count: int) -> Any:
        """Song numbers, (count, 20)."""
        return np.random.default_rng(2).integers(0, len(self.ids), (count, LENGTH))


def model_bytes(archive: ModelArchive) -> int:
    """Size of the model without its songs' ids, which are part of the songs table."""
    files: list[Path] = [file for file in archive.model.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files if file.parent.name != "assets")


def check(index: Index, histories: Any, ids: Any, answer: Any, precision: Precision) -> None:
    """Raise unless the answer is that of `next_song.retrieval`, up to rounding."""
    songs, scores = top_k(index, Histories.of(histories.tolist()), K)
    rounding = ROUNDING[precision]
    gaps = np.abs(np.diff(scores, axis=1, prepend=np.inf, append=-np.inf))
    clear = np.minimum(gaps[:, 1:], gaps[:, :-1]) > 2 * rounding
    same = np.char.decode(answer["song_ids"].astype(bytes), "utf-8") == ids[songs].astype(str)
    if not (same[clear].all() and np.allclose(answer["scores"], scores, atol=rounding)):
        raise ValueError(
            f"exported model, {len(index)} songs, {precision}: found {(~same[clear]).sum()} of "
            f"{clear.sum()} songs that ranking.top_k does not have there, scores off by "
            f"{np.abs(answer['scores'] - scores).max():.1e}; expected none, and {rounding:.0e}"
        )
