"""The faults of the real file, spread over a share of the songs, playlists and plays."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class SongFault(IntEnum):
    """The fault of a song, wherever it is played."""

    NONE = 0
    QUOTED_TRACK = 1
    QUOTED_ARTIST = 2
    EMPTY_TRACK = 3
    EMPTY_ARTIST = 4
    SPACED_TRACK = 5
    SPACED_ARTIST = 6


class PlaylistFault(IntEnum):
    """The fault of a playlist; SHORT has one or two songs."""

    NONE = 0
    QUOTE_FIRST = 1
    QUOTED_NAME = 2
    TRAILING_SPACE = 3
    LEADING_SPACE = 4
    SHORT = 5


class PlayFault(IntEnum):
    """The fault of one line; REPEATED is an exact copy of the line before."""

    NONE = 0
    REPEATED = 1
    MISSING_FIELD = 2
    CUT = 3


def spread_faults(
    kinds: type[IntEnum], count: int, share: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Returns a fault for each of `count` items, (count,), NONE for all but a share of them.

    All kinds are equally frequent. If share > 0 and count is large enough, every kind appears.
    """
    faults = np.zeros(count, dtype=np.uint8)
    real = [kind for kind in kinds if kind > 0]
    each = min(int(np.ceil(share * count / len(real))), count // len(real))
    struck = rng.choice(count, each * len(real), replace=False)
    faults[struck] = np.tile(np.array(real, dtype=np.uint8), each)
    return faults
