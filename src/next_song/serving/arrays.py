"""The arrays that an exported model stores: an `Index`, laid out for one matrix product.

Each column of `searched` is a song; its rows are the target vector, what the parts of the kind
songs add, and the fallback score. A query is the weighted sum of the unit vectors of the history,
1, 0; for a history without a known song it is zeros, 0, 1. Number n stands for every song that the
model does not know: its vector is zero, and it has no pairs.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.parameters import Precision
from next_song.retrieval.definition import Index
from next_song.retrieval.song_pairs import RATES

GROUP = 128  # the number of columns is a multiple of it, and larger than the number of songs
NOWHERE = -60000.0  # score of the columns beyond the songs; float16 can represent it


def used_rates(index: Index) -> list[str]:
    """Returns the rates of song pairs that the score uses, in the order of RATES."""
    used = {part.rate for part in index.parts("pairs")}
    return [rate for rate in RATES if rate in used]


def stored_arrays(index: Index, precision: Precision) -> dict[str, NDArray[Any]]:
    """Returns the arrays by name, with real numbers in `precision`.

    searched: (d + 2, columns). query_units: (n + 1, d). pair_starts (n + 2,), pair_songs (e,),
    pair_rates (e, rates), only if the score uses rates: the pairs of song i are at starts[i] to
    starts[i + 1], and their rates are those of `used_rates`.
    """
    stored: dict[str, NDArray[Any]] = {
        "searched": _searched(index, precision),
        "query_units": np.pad(index.query_units.astype(precision), ((0, 1), (0, 0))),
    }
    if rates := used_rates(index):
        pairs = index.pairs
        stored["pair_starts"] = np.append(pairs.starts, len(pairs.others)).astype(np.int32)
        stored["pair_songs"] = pairs.others.astype(np.int32)
        stored["pair_rates"] = np.stack(
            [pairs.rates[RATES.index(rate)] for rate in rates], axis=1
        ).astype(precision)
    return stored


def _searched(index: Index, precision: Precision) -> NDArray[Any]:
    rows, songs = index.target_units.shape
    searched = np.zeros((rows + 2, (songs // GROUP + 1) * GROUP), precision)
    searched[:-2, :songs] = index.target_units
    searched[-2, :songs], searched[-1, :songs] = index.song_scores, index.fallback
    searched[-2:, songs:] = NOWHERE
    return searched
