"""Words that are spelled almost as one that was typed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler

ONE, TWO = 4, 8  # letters of a word in which so many typos are tolerated
COMPARED = 100  # words of a similar set of letters, whose spelling is compared


class Spelling:
    """The words of all songs, to be searched by spelling.

    A bit set of letters for each word leaves out nearly all others at once, since a typo changes
    at most two letters of the set.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._letters = np.fromiter(map(_letters, words), np.uint64, len(words))
        self._lengths = np.fromiter(map(len, words), np.int32, len(words))

    def near(self, word: str) -> list[tuple[int, int]]:
        """Returns the numbers of words with few typos, and how many these are: 1 or 2.

        A typo is a letter too many, too few, another one, or two that changed places (optimal
        string alignment). Words of less than four letters have none, of less than eight one.
        """
        most = (len(word) >= ONE) + (len(word) >= TWO)
        if not most:
            return []
        alike = self._unlike(word) <= 2 * most
        close = np.flatnonzero(alike & (np.abs(self._lengths - len(word)) <= most)).tolist()
        found = [(one, OSA.distance(word, self._words[one], score_cutoff=most)) for one in close]
        return [(one, typos) for one, typos in found if 0 < typos <= most]

    def similar(self, word: str, most: int) -> list[tuple[int, float]]:
        """Returns the numbers of the most similar words, however unlike, and their similarity."""
        order = np.argsort(self._unlike(word), kind="stable")[:COMPARED].tolist()
        found = [(one, JaroWinkler.similarity(word, self._words[one])) for one in order]
        return sorted(found, key=lambda pair: -pair[1])[:most]

    def _unlike(self, word: str) -> NDArray[np.uint8]:
        counted: NDArray[np.uint8] = np.bitwise_count(self._letters ^ np.uint64(_letters(word)))
        return counted


def _letters(word: str) -> int:
    return sum({1 << (ord(letter) & 63) for letter in word})
