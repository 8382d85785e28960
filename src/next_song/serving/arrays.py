"""The arrays that an exported model stores: an `Index`, laid out for one matrix product.

Each column of `searched` is a song; its rows are the target vector, what popularity adds, and the
fallback score. A query is the unit vector of the history, 1, 0; for a history without a known song
it is zeros, 0, 1. Number n stands for every song that the model does not know: its vector is zero,
and it has no followers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.parameters import Precision
from next_song.retrieval.definition import Index

GROUP = 128  # the number of columns is a multiple of it, and larger than the number of songs
NOWHERE = -60000.0  # score of the columns beyond the songs; float16 can represent it


def stored_arrays(index: Index, precision: Precision) -> dict[str, NDArray[Any]]:
    """Returns the arrays by name, with real numbers in `precision`.

    searched: (d + 2, columns). query_units: (n + 1, d), only if they differ from the vectors in
    `searched`. follower_starts, follower_songs, follower_rates, only if followers have a weight:
    the followers of song i are at starts[i] to starts[i + 1].
    """
    stored: dict[str, NDArray[Any]] = {"searched": _searched(index, precision)}
    if not np.array_equal(index.query_units.T, index.target_units):
        stored["query_units"] = np.pad(index.query_units.astype(precision), ((0, 1), (0, 0)))
    if index.followers_weight:
        rates = index.followers
        stored["follower_starts"] = np.append(rates.indptr, rates.nnz).astype(np.int32)
        stored["follower_songs"] = rates.indices.astype(np.int32)
        stored["follower_rates"] = rates.data.astype(precision)
    return stored


def _searched(index: Index, precision: Precision) -> NDArray[Any]:
    rows, songs = index.searched.shape
    searched = np.zeros((rows + 1, (songs // GROUP + 1) * GROUP), precision)
    searched[:-1, :songs], searched[-1, :songs] = index.searched, index.fallback
    searched[-2:, songs:] = NOWHERE
    return searched
