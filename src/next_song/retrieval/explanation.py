"""What a score consists of: what each part adds, and which song of the history gave most of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.definition import Index, Known
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import FREE, Rules
from next_song.retrieval.setting import PairsPart, Part, SongsPart, VectorsPart
from next_song.retrieval.song_space import Floats, Ints


@dataclass(frozen=True)
class Explanation:
    """Why c songs stand where they stand after one history.

    adds: (c, p) float32, what each part adds to the score, in the order of the parts. sources:
    (c, p), the number of the song of the history that gave most of it, of equals the one that came
    first; NO_SONG where none gave anything above 0, or where the part has no weight; for repeats,
    the song itself where the history has it. chances: (c,), the probability that the score stands
    for: the softmax over all songs that may be an answer.
    """

    adds: Floats
    sources: Ints
    chances: NDArray[np.float64]


def explain(
    index: Index,
    history: Histories,
    songs: Ints,
    rules: Rules = FREE,
    artists: Histories | None = None,
) -> Explanation:
    """Returns the explanation of songs (c,) after one history, under its rules.

    artists: as `Index.score` describes them. A history without a known song gets the popularity
    ranking, in which no part has a say: all that parts add is 0.
    """
    known = Known.of(history, len(index))
    parts = list(index.setting.parts.values())
    chances = _chances(index.score(history, artists)[0], rules)[songs]
    if not len(known.songs):
        nothing = np.zeros((len(songs), len(parts)), np.float32)
        return Explanation(nothing, np.full(nothing.shape, NO_SONG), chances)
    weights = np.array([part.weight for part in parts], np.float32)
    adds = index.part_values(history, songs[None])[0] * weights
    sources = np.stack([_sources(index, known, part, songs) for part in parts], axis=1)
    return Explanation(adds, sources, chances)


def _chances(scores: Floats, rules: Rules) -> NDArray[np.float64]:
    rules.leave_out(scores)
    chances = np.zeros(len(scores))
    left = np.isfinite(scores)
    if left.any():
        powers = np.exp(scores[left].astype(np.float64) - scores[left].max())
        chances[left] = powers / powers.sum()
    return chances


def _sources(index: Index, known: Known, part: Part, songs: Ints) -> Ints:
    """Returns the song of the history that gave most to a part of each song, (c,)."""
    if isinstance(part, SongsPart) or not part.weight:
        return np.full(len(songs), NO_SONG)
    found, first = np.unique(known.songs, return_index=True)
    given = found[np.argsort(first)].astype(np.int64)  # in the order of the history
    if isinstance(part, VectorsPart | PairsPart):
        weights = known.weights(part.decay)[:, given].toarray()[0]
        given, weights = given[weights > 0], weights[weights > 0]
        shares = _shares(index, part, given, songs) * weights[:, None]
    else:
        shares = (given[:, None] == songs).astype(np.float32)
    most = shares.argmax(axis=0)
    return np.where(shares.max(axis=0) > 0, given[most], NO_SONG)


def _shares(index: Index, part: VectorsPart | PairsPart, given: Ints, songs: Ints) -> Floats:
    """Returns what each song of the history, at weight 1, gives to each song, (h, c)."""
    if isinstance(part, VectorsPart):
        return index.query_units[given] @ index.target_units[:, songs]
    rates: Floats = index.pairs.matrix(part.rate)[given][:, songs].toarray()
    return rates
