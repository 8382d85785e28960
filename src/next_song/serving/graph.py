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
from next_song.retrieval.definition import OFTEN, Index
from next_song.retrieval.ranking import LOWEST, NO_SONG
from next_song.serving.arrays import NOWHERE, stored_arrays, used_rates
from next_song.serving.graph_ops import highest, pair_sums, times_in_history

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
        self._songs, self._k, self._repeats = len(index), k, index.setting.repeats
        self._vectors, self._pairs, self._repeated = (
            list(index.parts(kind)) for kind in ("vectors", "pairs", "repeats")
        )
        self._rates = used_rates(index)
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
        known = tf.cast(numbers < self._songs, tf.float32)
        ages = tf.cumsum(known, axis=1, exclusive=True, reverse=True)
        any_known = tf.reduce_any(numbers < self._songs, axis=1)
        scores = self._add_to(self._scores(numbers, known, ages, any_known), numbers, known, ages)
        best, songs = highest(scores, self._k, self._searched.shape[1])
        left = best > NOWHERE
        return {
            "song_ids": self._ids.lookup(tf.cast(tf.where(left, songs, NO_SONG), tf.int64)),
            "scores": tf.where(left, best, float(LOWEST)),
            "known": any_known,
        }

    def _scores(
        self, numbers: tf.Tensor, known: tf.Tensor, ages: tf.Tensor, any_known: tf.Tensor
    ) -> tf.Tensor:
        """Returns the parts of vectors and songs, or the fallback, by one product, (b, columns)."""
        units = tf.cast(tf.gather(self._query_units, numbers), tf.float32)
        query = tf.zeros(tf.shape(units[:, 0]))
        for part in self._vectors:
            weights = _weights(known, ages, part.decay)
            total = tf.linalg.matvec(units, weights, transpose_a=True)
            unit = tf.math.divide_no_nan(total, tf.norm(total, axis=1, keepdims=True))
            query += tf.constant(part.weight, tf.float32) * unit
        is_known = tf.cast(any_known[:, None], tf.float32)
        searched = tf.cast(self._searched, tf.float32)
        return tf.matmul(tf.concat([query, is_known, 1 - is_known], axis=1), searched)

    def _add_to(
        self, scores: tf.Tensor, numbers: tf.Tensor, known: tf.Tensor, ages: tf.Tensor
    ) -> tf.Tensor:
        """Returns the scores with the parts of pairs and of repeats, and without songs left out.

        All are one update, which TensorFlow does in place, so the scores are not copied.
        """
        shape = tf.shape(scores, tf.int64)
        rows = tf.broadcast_to(tf.range(shape[0])[:, None] * shape[1], tf.shape(numbers))
        updates = []
        if self._pairs:
            updates.append(self._paired(numbers, known, ages, rows))
        if self._repeated:
            updates.append(self._in_history(known, ages, rows + numbers))
        if not self._repeats:
            left_out = tf.reshape(rows + numbers, [-1])
            updates.append((left_out, tf.fill(tf.shape(left_out), -float("inf"))))
        if not updates:
            return scores
        positions, added = (tf.concat(each, axis=0) for each in zip(*updates, strict=True))
        flat = tf.tensor_scatter_nd_add(tf.reshape(scores, [-1]), positions[:, None], added)
        return tf.reshape(flat, shape)

    def _paired(
        self, numbers: tf.Tensor, known: tf.Tensor, ages: tf.Tensor, rows: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        pairs = (self._pair_starts, self._pair_songs, self._pair_rates)
        columns = [self._rates.index(part.rate) for part in self._pairs]
        weights = [_weights(known, ages, part.decay) for part in self._pairs]
        found, sums = pair_sums(pairs, columns, numbers, weights, rows)
        values = tf.math.log1p(sums / OFTEN)
        return found, tf.linalg.matvec(values, [float(part.weight) for part in self._pairs])

    def _in_history(
        self, known: tf.Tensor, ages: tf.Tensor, positions: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        is_last = known * tf.cast(ages == 0, tf.float32)
        found, times, last = times_in_history(known, is_last, positions)
        values = {
            "last": last,
            "older": tf.sign(times) - last,
            "times": tf.math.log(tf.maximum(times, 1)),
        }
        return found, tf.add_n([float(part.weight) * values[part.of] for part in self._repeated])


def _weights(known: tf.Tensor, ages: tf.Tensor, decay: float) -> tf.Tensor:
    """Returns decay^age of each known song, and 0 for others, (b, l)."""
    return known * tf.pow(tf.constant(decay, tf.float32), ages)


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
