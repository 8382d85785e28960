"""Rules of a request: which songs may answer a history.

The answer under rules is the ranking of all songs without those that the rules leave out, in the
same order; ties go to the lower song number. `next_song.serving.graph_rules` computes the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from next_song.retrieval.definition import NO_ARTIST, Index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import LOWEST, NO_SONG, SCORES_MIB, blocks, highest
from next_song.retrieval.song_space import Floats, Ints


@dataclass(frozen=True)
class Rules:
    """What may be an answer to a history.

    exclude: (e,) the numbers of songs to leave out. only: (o,) the numbers of the songs to choose
    from; None: all. per_artist: the most songs by one artist; None: any number.
    """

    exclude: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    only: Ints | None = None
    per_artist: int | None = None

    def leave_out(self, scores: Floats) -> None:
        """Sets the scores of songs that may not be an answer to -inf; scores: (n,)."""
        if self.only is not None:
            others = np.ones(len(scores), bool)
            others[self.only] = False
            scores[others] = -np.inf
        scores[self.exclude] = -np.inf


FREE = Rules()


def recommend(
    index: Index,
    histories: Histories,
    k: int,
    rules: Sequence[Rules],
    artists: Histories | None = None,
    scores_mib: float = SCORES_MIB,
) -> tuple[Ints, Floats]:
    """Returns the k best songs of each history under its rules, and their scores, each (q, k).

    rules: one for each history, or a single one for all. artists: as `Index.score` describes them.
    If fewer than k songs are left, the rest is NO_SONG with the score LOWEST.
    """
    songs = np.full((len(histories), k), NO_SONG)
    values = np.full((len(histories), k), LOWEST, np.float32)
    for rows in blocks(index, len(histories), scores_mib):
        scores = index.score(histories[rows], artists[rows] if artists else None)
        for row, line in enumerate(scores, start=rows.start):
            rule = rules[row] if len(rules) > 1 else rules[0]
            rule.leave_out(line)
            best = _best(line, k, index.artists, rule.per_artist)
            songs[row, : len(best)], values[row, : len(best)] = best, line[best]
    return songs, values


def _best(scores: Floats, k: int, artists: Ints, per_artist: int | None) -> Ints:
    """Returns the best songs, at most k of them and at most per_artist by one artist."""
    wanted = min(k, len(scores))
    while True:
        found = highest(scores, wanted)
        best: Ints = found[np.isfinite(scores[found])]
        if per_artist is None:
            return best
        kept: Ints = best[places(artists[best]) < per_artist]
        if len(kept) >= k or len(best) < wanted or wanted == len(scores):
            return kept[:k]
        wanted = min(4 * wanted, len(scores))


def places(artists: Ints) -> Ints:
    """Returns how many songs by the same artist stand before each song, (s,).

    Songs without an artist have none before them.
    """
    order = np.argsort(artists, kind="stable")
    grouped = artists[order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1])) if len(order) else order
    counts = np.diff(np.append(starts, len(order)))
    result = np.empty(len(order), np.int64)
    result[order] = np.arange(len(order)) - np.repeat(starts, counts)
    result[artists == NO_ARTIST] = 0
    return result
