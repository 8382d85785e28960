"""Which songs have which word: an inverted index of names, in arrays."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from next_song.serving.song_search.words import is_spoken, words

Matrix = Any  # sparse.csr_matrix


class Postings(NamedTuple):
    """The words in alphabetical order, and the songs of each.

    The songs of word w are at starts[w] to starts[w + 1], ascending; so a range of words has its
    songs in one piece. counts: distinct words of each song that are asked for with its name.
    """

    words: list[str]
    starts: NDArray[np.int64]
    songs: NDArray[np.int32]
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, names: pa.Array) -> Self:
        """Returns the index of names, (n,). Each distinct token is read once."""
        token_songs, tokens = _tokens(names)
        token_words, vocabulary = _words(tokens)
        found: Matrix = (token_words @ token_songs).tocsr()
        found.sort_indices()
        starts, songs = found.indptr.astype(np.int64), found.indices.astype(np.int32)
        return cls(vocabulary, starts, songs, _counts(vocabulary, starts, songs, len(names)))

    def of_words(self, first: int, end: int) -> NDArray[np.int32]:
        """Returns the songs of the words from `first` to before `end`; some may be there twice."""
        return self.songs[self.starts[first] : self.starts[end]]


def _tokens(names: pa.Array) -> tuple[Matrix, Sequence[str]]:
    """Returns which token, between spaces, stands in which name, and the distinct tokens."""
    split = pc.split_pattern(names, " ")
    coded = split.flatten().dictionary_encode()
    rows = np.repeat(np.arange(len(names), dtype=np.int32), pc.list_value_length(split).to_numpy())
    return _matrix(coded.indices.to_numpy(), rows, (len(coded.dictionary), len(names))), (
        coded.dictionary.to_pylist()
    )


def _words(tokens: Sequence[str]) -> tuple[Matrix, list[str]]:
    """Returns which word stands in which token, and the distinct words, sorted."""
    found = [words(token) for token in tokens]
    vocabulary = sorted({word for each in found for word in each})
    numbers = {word: number for number, word in enumerate(vocabulary)}
    rows = np.fromiter((numbers[word] for each in found for word in each), np.int32)
    columns = np.repeat(np.arange(len(tokens), dtype=np.int32), [len(each) for each in found])
    return _matrix(rows, columns, (len(vocabulary), len(tokens))), vocabulary


def _matrix(rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]) -> Matrix:
    return sparse.csr_matrix((np.ones(len(rows), np.bool_), (rows, columns)), shape=shape)


def _counts(
    vocabulary: list[str], starts: NDArray[np.int64], songs: NDArray[np.int32], rows: int
) -> NDArray[np.int32]:
    """Returns the distinct words of each song, (n,): the spoken ones or, without any, all."""
    spoken = np.repeat([is_spoken(word) for word in vocabulary], np.diff(starts)).astype(bool)
    every, said = np.bincount(songs, minlength=rows), np.bincount(songs[spoken], minlength=rows)
    return np.where(said > 0, said, every).astype(np.int32)
