"""What a score consists of: what each part adds, and which song of the history gave most of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.definition import Index, Known
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.setting import PairsPart, Part, SongsPart, VectorsPart
from next_song.retrieval.song_space import Floats, Ints


@dataclass(frozen=True)
class Explanation:
    """Why c songs stand where they stand after one history.

    adds: (c, p) float32, what each part adds to the score, in the order of the parts. sources:
    (c, p), the number of the song of the history that gave most of it; NO_SONG where none gave
    anything above 0. chances: (c,), the probability that the score stands for: the softmax over all
    songs that may be an answer.
    """

    adds: Floats
    sources: Ints
    chances: NDArray[np.float64]


def explain(index: Index, history: list[int], songs: Ints) -> Explanation:
    """Returns the explanation of songs (c,) after a history of song numbers, oldest first.

    A history without a known song gets the popularity ranking, in which no part has a say: all that
    parts add is 0.
    """
    asked = Histories.of([history])
    known = Known.of(asked, len(index))
    parts = list(index.setting.parts.values())
    scores = index.score(asked)[0].astype(np.float64)
    best = scores.max()
    chances = np.exp(scores - best) if np.isfinite(best) else np.zeros(len(scores))
    chances /= max(1, chances.sum())  # with a song left, the sum is at least 1
    if not len(known.songs):
        nothing = np.zeros((len(songs), len(parts)))
        return Explanation(
            nothing.astype(np.float32), np.full(nothing.shape, NO_SONG), chances[songs]
        )
    weights = np.array([part.weight for part in parts], np.float32)
    adds = index.part_values(asked, songs[None])[0] * weights
    sources = np.stack([_sources(index, known, part, songs) for part in parts], axis=1)
    return Explanation(adds, sources, chances[songs])


def _sources(index: Index, known: Known, part: Part, songs: Ints) -> Ints:
    """Returns the song of the history that gave most to a part of each song, (c,)."""
    if isinstance(part, SongsPart):
        return np.full(len(songs), NO_SONG)
    if isinstance(part, VectorsPart | PairsPart):
        weights = known.weights(part.decay)
        given = weights.indices.astype(np.int64)
        shares = _shares(index, part, given, songs) * weights.data[:, None]
    else:
        given = np.unique(known.songs)
        shares = (given[:, None] == songs).astype(np.float32)
    most = shares.argmax(axis=0)
    return np.where(shares.max(axis=0) > 0, given[most], NO_SONG)


def _shares(index: Index, part: VectorsPart | PairsPart, given: Ints, songs: Ints) -> Floats:
    """Returns what each song of the history, at weight 1, gives to each song, (h, c)."""
    if isinstance(part, VectorsPart):
        return index.query_units[given] @ index.target_units[:, songs]
    rates: Floats = index.pairs.matrix(part.rate)[given].toarray()[:, songs]
    return rates
