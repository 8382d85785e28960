"""The arrays that an exported model stores: an `Index`, laid out for one matrix product.

Each column of `searched` is a song; its rows are the target vector, what the parts of the kind
songs add, and the fallback score. A query is the weighted sum of the unit vectors of the history,
1, 0; for a history without a known song it is zeros, 0, 1. Number n stands for every song that the
model does not know: its vector is zero, and it has no pairs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.parameters import Precision
from next_song.retrieval.definition import Index
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import RATES
from next_song.retrieval.song_space import Ints

GROUP = 128  # the number of columns is a multiple of it, and larger than the number of songs
NOWHERE = -60000.0  # score of excluded songs and of the columns beyond the songs, in any float
LEAST = NOWHERE / 2  # what is lower is no answer: other parts may add to NOWHERE


def used_rates(setting: Score) -> list[str]:
    """Returns the rates of song pairs that a score uses, in the order of RATES."""
    parts = (part for part in setting.parts.values() if part.kind == "pairs" and part.weight)
    used = {part.rate for part in parts}
    return [rate for rate in RATES if rate in used]


def stored_arrays(index: Index, precision: Precision) -> dict[str, NDArray[Any]]:
    """Returns the arrays by name, with real numbers in `precision`.

    searched: (d + 2, columns). query_units: (n + 1, d). pair_starts (n + 2,), pair_songs (e,),
    pair_rates (e, rates), only if the score uses rates: the pairs of song i are at starts[i] to
    starts[i + 1], and their rates are those of `used_rates`. values_NAME: (columns,) float32, of
    each part of the kind songs, for explanations.
    """
    stored: dict[str, NDArray[Any]] = {
        "searched": _searched(index, precision),
        "query_units": np.pad(index.query_units.astype(precision), ((0, 1), (0, 0))),
    }
    for part in index.parts("songs"):
        values = index.song_values[part.of]
        stored[f"values_{part.of}"] = np.pad(values, (0, _columns(index) - len(index)))
    if rates := used_rates(index.setting):
        pairs = index.pairs
        stored["pair_starts"] = np.append(pairs.starts, len(pairs.others)).astype(np.int32)
        stored["pair_songs"] = pairs.others.astype(np.int32)
        stored["pair_rates"] = np.stack(
            [pairs.rates[RATES.index(rate)] for rate in rates], axis=1
        ).astype(precision)
    return stored


def stored_rules(index: Index, sets: Mapping[str, Ints]) -> dict[str, NDArray[Any]]:
    """Returns the arrays that rules need, by name, for the columns of `searched`.

    artists: (columns,) int32, the number of each song's artist. sets: (1 + sets, columns) bool,
    the members of each set; the first has all songs.
    """
    columns = _columns(index)
    stored = np.zeros((1 + len(sets), columns), bool)
    stored[0] = True
    for row, songs in enumerate(sets.values(), start=1):
        stored[row, songs] = True
    artists = np.pad(index.artists.astype(np.int32), (0, columns - len(index)))
    return {"artists": artists, "sets": stored}


def _columns(index: Index) -> int:
    return (len(index) // GROUP + 1) * GROUP


def _searched(index: Index, precision: Precision) -> NDArray[Any]:
    rows, songs = index.target_units.shape
    searched = np.zeros((rows + 2, _columns(index)), precision)
    searched[:-2, :songs] = index.target_units
    searched[-2, :songs], searched[-1, :songs] = index.song_scores, index.fallback
    searched[-2:, songs:] = NOWHERE
    searched[:-2, :songs][:, index.excluded] = 0
    searched[-2:, :songs][:, index.excluded] = NOWHERE
    return searched


def check_arrays(stored: Mapping[str, NDArray[Any]], setting: Score, sets: int) -> int:
    """Returns the number of songs of stored arrays, if they fit together.

    sets: how many sets of songs the model holds by name. Raises ValueError, KeyError, IndexError or
    TypeError if an array is missing, has another type or shape, leads outside of another, or has a
    number that is none.
    """
    songs, columns = len(stored["query_units"]) - 1, stored["searched"].shape[-1]
    if not 1 <= songs < columns:
        raise ValueError(f"found {columns} columns; expected more than the {songs} songs")
    shapes = _shapes(stored, setting, sets)
    for name, (kind, *shape) in shapes.items():
        found = stored[name]
        if found.dtype.kind != kind or found.shape != tuple(shape):
            raise ValueError(f"found {name} of shape {found.shape}; expected {tuple(shape)}")
        if kind == "f" and not np.isfinite(np.add.reduce(found, axis=None, dtype=np.float32)):
            raise ValueError(f"found {name} with what is no number")
    _check_range("artists", stored["artists"], songs + 1)
    if "pair_starts" in shapes:
        starts = stored["pair_starts"]
        _check_range("pair_songs", stored["pair_songs"], songs)
        if starts[0] or starts[-1] != len(stored["pair_songs"]) or (np.diff(starts) < 0).any():
            raise ValueError("found pair_starts that do not lead through pair_songs")
    return songs


def _shapes(stored: Mapping[str, NDArray[Any]], setting: Score, sets: int) -> dict[str, list[Any]]:
    """Returns the kind of numbers and the shape that each array should have."""
    rows, dimensions = stored["query_units"].shape
    columns, rates = stored["searched"].shape[-1], used_rates(setting)
    shapes = {
        "query_units": ["f", rows, dimensions],
        "searched": ["f", dimensions + 2, columns],
        "artists": ["i", columns],
        "sets": ["b", 1 + sets, columns],
    }
    shapes |= {name: ["f", columns] for name in stored if name.startswith("values_")}
    if rates:
        pairs = len(stored["pair_songs"])
        shapes["pair_starts"], shapes["pair_songs"] = ["i", rows + 1], ["i", pairs]
        shapes["pair_rates"] = ["f", pairs, len(rates)]
    return shapes


def _check_range(name: str, numbers: NDArray[Any], end: int) -> None:
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < end):
        raise ValueError(f"found {name} that are not from 0 to {end - 1}")
