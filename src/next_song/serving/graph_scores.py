"""The scores of all songs in TensorFlow: what `Index.score` of the definition computes."""

from pathlib import Path

import tensorflow as tf

from next_song.parameters import Precision
from next_song.retrieval.definition import OFTEN, Index
from next_song.serving.arrays import stored_arrays, stored_rules, used_rates
from next_song.serving.graph_ops import pair_sums, times_in_history, weights
from next_song.serving.vocabulary import Vocabulary, ids_table, numbers_table


class ScoringModel(tf.Module):  # type: ignore[misc]
    """The variables and the tables of a model, and the scores of its songs."""

    def __init__(
        self, index: Index, vocabulary: Vocabulary, folder: Path, precision: Precision
    ) -> None:
        super().__init__()
        songs, artists = vocabulary.write(folder)
        self._paths = [tf.saved_model.Asset(str(path)) for path in (songs, artists)]
        self._numbers = numbers_table("numbers", songs, self._paths[0], len(index))
        self._ids = ids_table("ids", songs, self._paths[0])
        self._artist_numbers = numbers_table("artists", artists, self._paths[1], 0)
        self._songs, self._repeats = len(index), index.setting.repeats
        self._vectors, self._pairs, self._repeated = (
            list(index.parts(kind)) for kind in ("vectors", "pairs", "repeats")
        )
        self._rates = used_rates(index.setting)
        stored = stored_arrays(index, precision) | stored_rules(index, vocabulary.sets)
        for name, values in stored.items():
            setattr(self, f"_{name}", tf.Variable(values, trainable=False, name=name))

    def _all_scores(self, song_ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the score of each column, (b, columns), and whether any song is known, (b,)."""
        numbers, known, ages = self._history(song_ids)
        any_known = tf.reduce_any(numbers < self._songs, axis=1)
        scores = self._scores(numbers, known, ages, any_known)
        return self._add_to(scores, numbers, known, ages), any_known

    def _history(self, song_ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns song numbers, 1 for known songs, and ages, each (b, l)."""
        numbers = self._numbers.lookup(song_ids)
        known = tf.cast(numbers < self._songs, tf.float32)
        return numbers, known, tf.cumsum(known, axis=1, exclusive=True, reverse=True)

    def _scores(
        self, numbers: tf.Tensor, known: tf.Tensor, ages: tf.Tensor, any_known: tf.Tensor
    ) -> tf.Tensor:
        """Returns the parts of vectors and songs, or the fallback, by one product, (b, columns)."""
        units = tf.cast(tf.gather(self._query_units, numbers), tf.float32)
        query = tf.zeros(tf.shape(units[:, 0]))
        for part in self._vectors:
            given = weights(known, ages, part.decay)
            total = tf.linalg.matvec(units, given, transpose_a=True)
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
        given = [weights(known, ages, part.decay) for part in self._pairs]
        found, sums = pair_sums(pairs, columns, numbers, given, rows)
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
