"""Retrieval in TensorFlow, for serving: it computes what `next_song.retrieval.definition` defines.

Importing this module imports TensorFlow, which takes seconds: import it where it is needed.
"""

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # else it logs a greeting on import

import keras
import tensorflow as tf
from google.protobuf.text_format import MessageToString, Parse
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from next_song.parameters import Precision
from next_song.retrieval.definition import FOLLOWS_OFTEN, Index
from next_song.retrieval.ranking import LOWEST, NO_SONG
from next_song.serving.arrays import NOWHERE, stored_arrays
from next_song.serving.graph_ops import follows, highest

SIGNATURE = [tf.TensorSpec([None, None], tf.string, name="song_ids")]


class Lines(tf.lookup.TextFileInitializer):  # type: ignore[misc]
    """Fills a lookup table of the given name with the lines of a text file.

    TensorFlow Serving runs a model in a session. There, each call creates a table without a name
    again, and empty. By default TensorFlow puts the path of the file into the name, and the path
    differs from run to run, so the caller names the table by its content instead.
    """

    def __init__(self, name: str, *args: Any) -> None:
        self._table = name
        super().__init__(*args)

    @property
    def _shared_name(self) -> str:
        return self._table


class RetrievalModel(tf.Module):  # type: ignore[misc]
    """A model that answers histories with the k best songs of an index.

    vocabulary: a text file in UTF-8 with the id of song number i on line i. It must exist as long
    as the model; an exported model has its own copy. precision: of the stored numbers; sums are
    float32. Raises ValueError unless 1 <= k <= n.
    """

    def __init__(
        self, index: Index, vocabulary: Path, k: int, precision: Precision = "float32"
    ) -> None:
        super().__init__()
        if not 1 <= k <= len(index):
            raise ValueError(f"k: found {k}, expected 1 to {len(index)}, the number of songs")
        line, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
        self._path = tf.saved_model.Asset(str(vocabulary))
        digest = sha256(vocabulary.read_bytes()).hexdigest()
        self._numbers = tf.lookup.StaticHashTable(
            Lines(f"numbers_{digest}", self._path, tf.string, line, tf.int64, number), len(index)
        )
        self._ids = tf.lookup.StaticHashTable(
            Lines(f"ids_{digest}", self._path, tf.int64, number, tf.string, line), ""
        )
        self._songs, self._k, self._decay = len(index), k, index.decay
        self._repeats, self._followers_weight = index.repeats, index.followers_weight
        for name, values in stored_arrays(index, precision).items():
            setattr(self, f"_{name}", tf.Variable(values, trainable=False, name=name))

    @tf.function(input_signature=SIGNATURE)  # type: ignore[untyped-decorator]
    def serve(self, song_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the answers to a batch of histories.

        song_ids: (b, l) strings, oldest first, padded with "". Returns song_ids (b, k) and scores
        (b, k) float32, best first, filled up with "" and the lowest float32 if no song is left;
        and known (b,), whether the model knows any song of the history.
        """
        numbers = self._numbers.lookup(song_ids)
        known = numbers < self._songs
        any_known = tf.reduce_any(known, axis=1)
        weights = self._weights(tf.cast(known, tf.float32))
        scores = self._add_to(self._scores(numbers, weights, any_known), numbers, weights)
        best, songs = highest(scores, self._k, self._searched.shape[1])
        left = best > NOWHERE
        return {
            "song_ids": self._ids.lookup(tf.cast(tf.where(left, songs, NO_SONG), tf.int64)),
            "scores": tf.where(left, best, float(LOWEST)),
            "known": any_known,
        }

    def _weights(self, known: tf.Tensor) -> tf.Tensor:
        """Returns decay^age of each known song, and 0 for others."""
        ages = tf.cumsum(known, axis=1, exclusive=True, reverse=True)
        return known * tf.pow(tf.constant(self._decay, tf.float32), ages)

    def _scores(self, numbers: tf.Tensor, weights: tf.Tensor, any_known: tf.Tensor) -> tf.Tensor:
        """Returns cosine plus popularity, or the fallback, from one product, (b, columns)."""
        if hasattr(self, "_query_units"):
            units = tf.gather(self._query_units, numbers)
        else:
            units = tf.transpose(tf.gather(self._searched, numbers, axis=1)[:-2], [1, 2, 0])
        query = tf.linalg.matvec(tf.cast(units, tf.float32), weights, transpose_a=True)
        unit = tf.math.divide_no_nan(query, tf.norm(query, axis=1, keepdims=True))
        known = tf.cast(any_known[:, None], tf.float32)
        searched = tf.cast(self._searched, tf.float32)
        return tf.matmul(tf.concat([unit, known, 1 - known], axis=1), searched)

    def _add_to(self, scores: tf.Tensor, numbers: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """Returns the scores with the followers added and the songs of the history left out.

        Both are one update, which TensorFlow does in place, so the scores are not copied.
        """
        shape = tf.shape(scores, tf.int64)
        rows = tf.broadcast_to(tf.range(shape[0])[:, None] * shape[1], tf.shape(numbers))
        positions, added = [], []
        if self._followers_weight:
            found, rates = follows(self._followers(), numbers, weights, rows)
            positions.append(found)
            added.append(self._followers_weight * tf.math.log1p(rates / FOLLOWS_OFTEN))
        if not self._repeats:
            positions.append(tf.reshape(rows + numbers, [-1]))
            added.append(tf.fill(tf.shape(positions[-1]), -float("inf")))
        if not positions:
            return scores
        flat, positions = tf.reshape(scores, [-1]), tf.concat(positions, axis=0)
        flat = tf.tensor_scatter_nd_add(flat, positions[:, None], tf.concat(added, axis=0))
        return tf.reshape(flat, shape)

    def _followers(self) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return self._follower_starts, self._follower_songs, self._follower_rates


def export(
    index: Index, vocabulary: Path, k: int, folder: Path, precision: Precision = "float32"
) -> None:
    """Writes a SavedModel with Keras's exporter; the same index gives the same bytes.

    The model is a tf.Module, since a keras.Model would be stored with the vectors twice.
    """
    model = RetrievalModel(index, vocabulary, k, precision)
    graph = model.serve.get_concrete_function().graph
    # TensorFlow collects them in a set, whose order differs from run to run
    graph.variables = sorted(graph.variables, key=lambda variable: variable.name)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", model.serve)
    archive.write_out(str(folder), verbose=False)
    (
        folder / "fingerprint.pb"
    ).unlink()  # it contains a random number, and loading does not need it
    _make_reproducible(folder / "saved_model.pb")


def _make_reproducible(path: Path) -> None:
    """Removes from a graph what depends on the process and the machine that wrote it.

    TensorFlow numbers functions and captured tensors from the start of the process, and their
    names contain these numbers. Functions are numbered again from 1. The names of captured
    tensors, which nothing uses, are removed, and so are the devices and threads of this machine.
    """
    text = MessageToString(SavedModel.FromString(path.read_bytes()))
    names = sorted(set(re.findall(r'"(__\w+_\d+)"', text)), key=lambda name: _stem(name)[::-1])
    anew = {name: f"{_stem(name)[0]}_{number}" for number, name in enumerate(names, start=1)}
    text = re.sub(r'"(__\w+_\d+)"', lambda found: f'"{anew[found[1]]}"', text)
    saved = Parse(text, SavedModel())
    graph = saved.meta_graphs[0].graph_def
    graph.library.function.sort(key=lambda function: function.signature.name)
    for function in graph.library.function:
        for argument in function.arg_attr.values():
            argument.attr.pop("_user_specified_name", None)
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            node.attr.pop("config_proto", None)
    path.write_bytes(saved.SerializeToString(deterministic=True))


def _stem(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("_")
    return stem, int(number)
