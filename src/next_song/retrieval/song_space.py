"""The song space: the vectors that one candidate learned for its songs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SongSpace:
    """The vectors and play counts of n songs; row i belongs to song number i.

    query_vectors: (n, d) float32, Word2Vec's input vectors, which encode a history.
    target_vectors: (n, d) float32, Word2Vec's output vectors, which negative sampling moves towards
    the input vectors of the songs that are played nearby.
    plays: (n,) int64, plays in training, at least 1, highest first. Songs are numbered by
    popularity, so a song space holds the first n songs of the table `songs`.

    Raises ValueError if shapes, types or order are wrong, or if a number is not finite.
    """

    query_vectors: Floats
    target_vectors: Floats
    plays: Ints

    def __post_init__(self) -> None:
        shape = self.query_vectors.shape
        if len(shape) != 2 or 0 in shape:
            raise ValueError(f"query_vectors: found shape {shape}, expected (songs, dimensions)")
        if self.target_vectors.shape != shape or self.plays.shape != shape[:1]:
            raise ValueError(
                f"found query_vectors {shape}, target_vectors {self.target_vectors.shape}, "
                f"plays {self.plays.shape}; expected (n, d), (n, d), (n,)"
            )
        for name in ("query_vectors", "target_vectors"):
            vectors = getattr(self, name)
            if vectors.dtype != np.float32 or not np.isfinite(vectors).all():
                raise ValueError(f"{name}: found {vectors.dtype}, expected finite float32")
        if self.plays[-1] < 1 or (np.diff(self.plays) > 0).any():
            raise ValueError("plays: expected at least 1 for every song, highest first")

    def __len__(self) -> int:
        return len(self.plays)
