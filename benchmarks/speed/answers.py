"""Ways to answer the same batches, and their times."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from next_song.retrieval.definition import Index
from speed.measure import seconds
from speed.spaces import DIMENSIONS, K

Answer = Callable[[Any], Any]


def bare(index: Index, batch: int) -> tuple[Answer, Answer]:
    """A product with the targets and the K best: in NumPy, and in TensorFlow."""
    import tensorflow as tf

    queries = np.random.default_rng(3).standard_normal((batch, DIMENSIONS), np.float32)
    targets, given = tf.Variable(index.target_units), tf.constant(queries)

    def in_numpy(_: Any) -> Any:
        scores = queries @ index.target_units
        songs = np.argpartition(scores, -K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, songs, 1), axis=1)
        return np.take_along_axis(songs, order, 1)

    @tf.function
    def graph() -> Any:
        return tf.math.top_k(tf.matmul(given, targets), K)

    def in_tensorflow(_: Any) -> Any:
        return graph().indices.numpy()

    if (in_numpy(None) != in_tensorflow(None)).mean() > 0.01:  # scores equal to seven digits
        raise ValueError("bare product: found other songs in NumPy than in TensorFlow")
    return in_numpy, in_tensorflow


def in_turns(ways: list[tuple[Answer, int | None]], parts: list[Any], rounds: int) -> Any:
    """Seconds, (ways, parts * rounds), each way with so many threads of NumPy, None for all.

    All parts by one way, then by the next: the threads of NumPy and of TensorFlow look for more
    work for a while after each call, and would be in each other's way.
    """
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for (way, threads), times in zip(ways, taken, strict=True):
            with threadpool_limits(threads):
                way(parts[0])
                times += [seconds(partial(way, part)) for part in parts]
    return np.array(taken)


def compared(times: Any, share: float) -> list[float]:
    """Milliseconds of the model, of TensorFlow and of NumPy at a percentile.

    NumPy with all threads or with one, whichever is faster: on a busy machine its threads wait for
    each other.
    """
    ours, tensorflow, *numpy = np.percentile(times * 1000, share, axis=1)
    return [ours, tensorflow, min(numpy)]
