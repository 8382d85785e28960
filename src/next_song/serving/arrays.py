"""What an exported model stores: an `Index`, laid out for one matrix product.

The columns of `searched` are songs, the rows their target vector, prior and fallback. A query is
the history's unit vector, 1, 0; without a known song it is zeros, 0, 1. Number n stands for any
song that the model lacks: its vector is zero and it has no followers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.parameters import Precision
from next_song.retrieval.definition import Index

GROUP = 128  # columns are a multiple of it, one more than songs at least
NOWHERE = -60000.0  # score of the columns beyond the songs; float16 holds it


def stored_arrays(index: Index, precision: Precision) -> dict[str, NDArray[Any]]:
    """The arrays by name; real numbers in `precision`.

    searched: (d + 2, columns). query_units: (n + 1, d), only where they are not those of
    `searched`. follower_starts, follower_songs, follower_rates, only where followers count: those
    of song i stand from starts[i] to starts[i + 1].
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
