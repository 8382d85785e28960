"""The songs that have one of several words for each word of a text."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from next_song.serving.song_search.postings import Postings

NONE = 255
FREQUENT = 20_000  # songs of a word


class Choice(NamedTuple):
    """The words from number `first` to before `end`, and what each costs: 0 to 254."""

    first: int
    end: int
    cost: int


class Matches:
    """Intersects the songs of words: rows of the songs table, the most played first."""

    def __init__(self, postings: Postings) -> None:
        self._postings, self._songs = postings, len(postings.counts)

    def best(self, choices: Sequence[Sequence[Choice]], most: int) -> list[tuple[int, int]]:
        """Returns rank and row of the songs that have a word of each list of choices, best first.

        The rank is twice the sum of costs, and one more if the song has further words. Of the
        same rank, the most played songs come first.
        """
        rows, costs = self._costs(choices)
        ranks = 2 * costs + (self._postings.counts[rows] != len(choices))
        found: list[tuple[int, int]] = []
        for rank in np.flatnonzero(np.bincount(ranks)).tolist():
            if len(found) < most:
                best = rows[ranks == rank][: most - len(found)]
                found += [(rank, row) for row in best.tolist()]
        return found

    def complete(self, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """Returns the songs with a word of each range and no others, the most played first."""
        if not ranges:
            return [*np.flatnonzero(self._postings.counts == 0).tolist()]
        rows, _ = self._costs([[Choice(*one, 0)] for one in ranges])
        return [*rows[self._postings.counts[rows] == len(ranges)].tolist()]

    def closest(self, similar: Sequence[Sequence[tuple[int, float]]], most: int) -> list[int]:
        """Returns the songs with the largest sum of similarities, a rare word counting more.

        similar: for each word of a text, numbers of words and their similarity. Of a word that
        many songs have, only the most played ones are compared.
        """
        of_word = {
            word: self._postings.of_words(word, word + 1) for words in similar for word, _ in words
        }
        every = [songs[:FREQUENT] for songs in of_word.values()]
        rows = np.unique(np.concatenate([*every, np.arange(min(most, self._songs))]))
        total = np.zeros(len(rows), np.float32)
        for words in similar:
            scores = np.zeros(self._songs, np.float32)
            for word, similarity in reversed(words):  # the most similar one last
                scores[of_word[word]] = similarity * np.log(1 + self._songs / len(of_word[word]))
            total += scores[rows]
        best = np.argsort(-total, kind="stable")[:most]
        return [*rows[best].tolist()]

    def _costs(
        self, choices: Sequence[Sequence[Choice]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Returns the songs with a word of each list, ascending, and the sum of least costs."""
        rows, costs = np.empty(0, np.int64), np.empty(0, np.int16)
        for place, choice in enumerate(sorted(choices, key=self._size)):
            each = np.full(self._songs, NONE, np.uint8)
            for first, end, cost in sorted(choice, key=lambda one: -one.cost):
                each[self._postings.of_words(first, end)] = cost
            if place == 0:
                rows = np.flatnonzero(each != NONE)
                costs = each[rows].astype(np.int16)
            else:
                kept = each[rows] != NONE
                rows, costs = rows[kept], costs[kept] + each[rows[kept]]
            if not len(rows):
                break
        return rows, costs

    def _size(self, choice: Sequence[Choice]) -> int:
        return sum(len(self._postings.of_words(first, end)) for first, end, _ in choice)
