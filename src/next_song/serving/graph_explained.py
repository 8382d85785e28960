"""Explanations in TensorFlow: they compute what `next_song.retrieval.explanation` defines.

In shapes, b is the number of histories, l their length, k the number of answers of each, p the
number of parts.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from next_song.retrieval.definition import OFTEN
from next_song.retrieval.setting import Part
from next_song.serving.graph_ops import pair_entries, weights


class Asked(NamedTuple):
    """Histories and their answers.

    numbers: (b, l) song numbers; known: (b, l) float32, 1 for known songs; ages: (b, l), 0 for the
    latest; songs: (b, k) the answers, as columns.
    """

    numbers: tf.Tensor
    known: tf.Tensor
    ages: tf.Tensor
    songs: tf.Tensor

    def weights(self, decay: float) -> tf.Tensor:
        """Returns decay^age of each known song, and 0 for others, (b, l)."""
        return weights(self.known, self.ages, decay)

    @property
    def same(self) -> tf.Tensor:
        """Where two places of a history have the same known song, (b, l, l) float32."""
        equal = self.numbers[:, :, None] == self.numbers[:, None]
        return tf.cast(equal, tf.float32) * self.known[:, None]

    @property
    def is_answer(self) -> tf.Tensor:
        """Where a song of the history is an answer, (b, l, k) float32."""
        equal = self.numbers[:, :, None] == tf.cast(self.songs, tf.int64)[:, None]
        return tf.cast(equal, tf.float32) * self.known[:, :, None]


class Tables(NamedTuple):
    """The arrays of `next_song.serving.arrays` that explanations read.

    pairs: starts, songs and rates; rates: the names of the columns of these. song_values: by name,
    (columns,).
    """

    query_units: Any
    searched: Any
    pairs: tuple[Any, ...]
    rates: list[str]
    song_values: dict[str, Any]


def explained(parts: list[Part], tables: Tables, asked: Asked) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns what each part adds to the score of each answer, and where that comes from.

    adds: (b, k, p) float32, 0 for a history without a known song. places: (b, k, p), the place in
    the history of the song that gave most; -1 where none gave anything above 0.
    """
    units, rates = _units(tables, asked), _rates(tables, asked)
    found = [_part(part, tables, asked, units, rates) for part in parts]
    any_known = tf.reduce_max(asked.known, axis=1)[:, None, None]
    adds = tf.stack([adds for adds, _ in found], axis=2) * any_known
    return adds, tf.stack([places for _, places in found], axis=2)


def _part(
    part: Part, tables: Tables, asked: Asked, units: tf.Tensor, rates: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns what a part adds (b, k), and the places (b, k)."""
    nowhere = tf.fill(tf.shape(asked.songs), -1)
    if not part.weight:
        return tf.zeros(tf.shape(asked.songs)), nowhere
    weight = tf.constant(part.weight, tf.float32)
    if part.kind == "songs":
        return weight * tf.gather(tables.song_values[part.of], asked.songs), nowhere
    if part.kind == "repeats":
        return weight * _repeated(part.of, asked), _most(asked.is_answer)
    given = asked.weights(part.decay)
    gives = units if part.kind == "vectors" else rates[..., tables.rates.index(part.rate)]
    total = tf.einsum("bl,blk->bk", given, gives)
    if part.kind == "vectors":
        vectors = tf.cast(tf.gather(tables.query_units, asked.numbers), tf.float32)
        length = tf.norm(tf.linalg.matvec(vectors, given, transpose_a=True), axis=1)
        values = tf.math.divide_no_nan(total, length[:, None])
    else:
        values = tf.math.log1p(total / OFTEN)
    shares = tf.einsum("blm,bm->bl", asked.same, given)[:, :, None] * gives
    return weight * values, _most(shares * asked.known[:, :, None])


def _repeated(of: str, asked: Asked) -> tf.Tensor:
    times = tf.reduce_sum(asked.is_answer, axis=1)
    latest = tf.cast(asked.ages == 0, tf.float32)[:, :, None]
    last = tf.reduce_sum(asked.is_answer * latest, axis=1)
    values = {"last": last, "older": tf.sign(times) - last}
    return values.get(of, tf.math.log(tf.maximum(times, 1)))


def _most(shares: tf.Tensor) -> tf.Tensor:
    """Returns the place of the largest share of each answer, -1 if none is above 0, (b, k)."""
    most = tf.argmax(shares, axis=1, output_type=tf.int32)
    return tf.where(tf.reduce_max(shares, axis=1) > 0, most, -1)


def _units(tables: Tables, asked: Asked) -> tf.Tensor:
    """Returns the products of the histories' unit vectors with those of the answers, (b, l, k)."""
    vectors = tf.cast(tf.gather(tables.query_units, asked.numbers), tf.float32)
    answers = tf.cast(tf.gather(tables.searched[:-2], asked.songs, axis=1), tf.float32)
    return tf.einsum("bld,dbk->blk", vectors, answers)


def _rates(tables: Tables, asked: Asked) -> tf.Tensor:
    """Returns the rates of the pairs of a song of the history and an answer, (b, l, k, rates)."""
    shape = tf.concat([tf.shape(asked.numbers), [tf.shape(asked.songs)[1], len(tables.rates)]], 0)
    if not tables.rates:
        return tf.zeros(shape)
    starts, others, rates = tables.pairs
    entries, of = pair_entries(starts, asked.numbers)
    row, place = of // shape[1], of % shape[1]
    at = tf.stack([row, tf.gather(others, entries)], axis=1)
    slot = tf.gather_nd(_slots(tables, asked), at)
    kept = tf.where(slot >= 0)[:, 0]
    to = tf.gather(tf.stack([row, place, slot], axis=1), kept)
    found = tf.gather(tf.gather(rates, entries), kept)
    return tf.scatter_nd(to, tf.cast(found, tf.float32), shape)


def _slots(tables: Tables, asked: Asked) -> tf.Tensor:
    """Returns which answer a column is, (b, columns); -1 for none."""
    rows, answers = tf.unstack(tf.shape(asked.songs))
    at = tf.stack([tf.repeat(tf.range(rows), answers), tf.reshape(asked.songs, [-1])], axis=1)
    empty = tf.fill([rows, tf.shape(tables.searched)[1]], -1)
    return tf.tensor_scatter_nd_update(empty, at, tf.tile(tf.range(answers), [rows]))
