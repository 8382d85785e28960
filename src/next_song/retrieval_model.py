"""Retrieval in TensorFlow: the maths of `next_song.retrieval`, as a model that can be served.

Importing this imports TensorFlow, which takes seconds: import it where it is needed.
"""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or it greets everyone who imports it

import keras
import numpy as np
import tensorflow as tf

from next_song.retrieval import FOLLOWS_OFTEN, LOWEST, NO_SONG, Index

SIGNATURE = [tf.TensorSpec([None, None], tf.string, name="song_ids")]


class RetrievalModel(tf.Module):  # type: ignore[misc]
    """Answers histories with the k best songs of an index.

    vocabulary: a text file with the id of song number i on line i, UTF-8. It must stay while the
    model lives; an exported model carries its own copy. Raises ValueError unless 1 <= k <= n.
    """

    def __init__(self, index: Index, vocabulary: Path, k: int) -> None:
        super().__init__()
        if not 1 <= k <= len(index):
            raise ValueError(f"k: found {k}, expected 1 to {len(index)}, the number of songs")
        line, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
        self._path = tf.saved_model.Asset(str(vocabulary))
        # anonymous, or the tables' names would hold the path, which differs from run to run
        self._numbers = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(self._path, tf.string, line, tf.int64, number),
            NO_SONG,
            experimental_is_anonymous=True,
        )
        self._ids = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(self._path, tf.int64, number, tf.string, line),
            "",
            experimental_is_anonymous=True,
        )
        self._query_units = tf.Variable(index.query_units, trainable=False, name="query_units")
        self._target_units = tf.Variable(index.target_units, trainable=False, name="target_units")
        self._prior = tf.Variable(index.prior, trainable=False, name="prior")
        self._fallback = tf.Variable(index.fallback, trainable=False, name="fallback")
        self._decay, self._repeats, self._k = index.decay, index.repeats, k
        self._followers_weight, rates = index.followers_weight, index.followers
        # row i of the matrix is songs and rates from starts[i] to starts[i + 1]
        for name, part in {"starts": rates.indptr, "songs": rates.indices}.items():
            variable = tf.Variable(part.astype(np.int32), trainable=False, name=f"follower_{name}")
            setattr(self, f"_follower_{name}", variable)
        self._rates = tf.Variable(rates.data, trainable=False, name="follower_rates")

    @tf.function(input_signature=SIGNATURE)  # type: ignore[untyped-decorator]
    def serve(self, song_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """Answer a batch of histories.

        song_ids: (b, l) strings, oldest first, "" where a history is shorter. Returns song_ids
        (b, k) and scores (b, k) float32, best first, "" and the lowest float32 where no song is
        left; known (b,), whether any song of the history is known.
        """
        numbers = self._numbers.lookup(song_ids)
        known = numbers >= 0
        weights = self._weights(known)
        scores = tf.matmul(self._encode(numbers, weights), self._target_units) + self._prior
        if self._followers_weight:
            scores = self._add_followers(scores, numbers, weights)
        if not self._repeats:
            scores = _leave_out(scores, numbers, known)
        any_known = tf.reduce_any(known, axis=1)
        scores = tf.where(any_known[:, None], scores, self._fallback)
        best, songs = tf.math.top_k(scores, self._k)
        left_out = tf.math.is_inf(best)
        songs = tf.where(left_out, NO_SONG, songs)
        return {
            "song_ids": self._ids.lookup(tf.cast(songs, tf.int64)),
            "scores": tf.where(left_out, tf.constant(LOWEST), best),
            "known": any_known,
        }

    def _weights(self, known: tf.Tensor) -> tf.Tensor:
        """decay^age of each known song, 0 elsewhere."""
        ages = tf.cumsum(tf.cast(known, tf.float32), axis=1, exclusive=True, reverse=True)
        return tf.where(known, tf.pow(tf.constant(self._decay, tf.float32), ages), 0.0)

    def _add_followers(
        self, scores: tf.Tensor, numbers: tf.Tensor, weights: tf.Tensor
    ) -> tf.Tensor:
        """What follows the songs of the histories: few songs of many, so summed by place."""
        places = tf.where(weights > 0)
        songs = tf.gather_nd(numbers, places)
        starts = tf.gather(self._follower_starts, songs)
        counts = tf.gather(self._follower_starts, songs + 1) - starts
        entries = tf.repeat(starts, counts) + tf.ragged.range(counts).flat_values
        rows = tf.repeat(places[:, 0], counts)
        rates = tf.gather(self._rates, entries) * tf.repeat(tf.gather_nd(weights, places), counts)
        followers = tf.cast(tf.gather(self._follower_songs, entries), tf.int64)
        width = tf.shape(scores, tf.int64)[1]
        targets, sums = tf.unique(rows * width + followers)
        follows = tf.math.unsorted_segment_sum(rates, sums, tf.size(targets))
        bonus = self._followers_weight * tf.math.log1p(follows / FOLLOWS_OFTEN)
        return tf.tensor_scatter_nd_add(
            scores, tf.stack([targets // width, targets % width], axis=1), bonus
        )

    def _encode(self, numbers: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        units = tf.gather(self._query_units, tf.maximum(numbers, 0))
        queries = tf.einsum("bl,bld->bd", weights, units)
        norms = tf.norm(queries, axis=1, keepdims=True)
        return queries / tf.where(norms == 0, 1.0, norms)


def load(folder: Path) -> Any:
    """Load a SavedModel: a function from arrays of strings (b, l) to `serve`'s answer as arrays."""
    model = tf.saved_model.load(str(folder))
    serve = model.signatures["serving_default"]

    def answer(song_ids: Any) -> dict[str, Any]:
        tensors = serve(song_ids=tf.constant(song_ids, tf.string))
        return {name: tensor.numpy() for name, tensor in tensors.items()}

    answer.model = model  # type: ignore[attr-defined]  # the tables live as long as it does
    return answer


def _leave_out(scores: tf.Tensor, numbers: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    places = tf.where(known)
    songs = tf.stack([places[:, 0], tf.gather_nd(numbers, places)], axis=1)
    return tf.tensor_scatter_nd_update(
        scores, songs, tf.fill(tf.shape(songs)[:1], tf.constant(float("-inf")))
    )


def export(index: Index, vocabulary: Path, k: int, folder: Path) -> None:
    """Write a SavedModel with Keras's exporter, the same bytes for the same index.

    Keras's exporter around a tf.Module, not a keras.Model: that stores the vectors twice.
    """
    model = RetrievalModel(index, vocabulary, k)
    graph = model.serve.get_concrete_function().graph
    # TensorFlow found them in a set, whose order differs from run to run
    graph.variables = sorted(graph.variables, key=lambda variable: variable.name)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", model.serve)
    archive.write_out(str(folder), verbose=False)
    (folder / "fingerprint.pb").unlink()  # it holds a random number; loading does without it
