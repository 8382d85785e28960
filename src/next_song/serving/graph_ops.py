"""Operations of the exported model that TensorFlow does not have."""

import tensorflow as tf

from next_song.serving.arrays import GROUP


def highest(scores: tf.Tensor, k: int, columns: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the k highest scores and their columns, (b, k), best first.

    scores: (b, columns). Ties go to the lower column. All k scores are in the k groups with the
    highest maxima: each maximum there is higher than every score of the other groups, or equal and
    in a lower column. So most scores are read only once, which takes a quarter of the time of
    top_k at two million songs.
    """
    groups = columns // GROUP
    if groups <= k:
        best, songs = tf.math.top_k(scores, k)
        return best, songs
    grouped = tf.reshape(scores, [-1, groups, GROUP])
    chosen = tf.sort(tf.math.top_k(tf.reduce_max(grouped, axis=2), k).indices)
    candidates = tf.reshape(tf.gather(grouped, chosen, batch_dims=1), [-1, k * GROUP])
    best, positions = tf.math.top_k(candidates, k)
    return best, tf.gather(chosen, positions // GROUP, batch_dims=1) * GROUP + positions % GROUP


def weights(known: tf.Tensor, ages: tf.Tensor, decay: float) -> tf.Tensor:
    """Returns decay^age of each known song, and 0 for others, (b, l)."""
    return known * tf.pow(tf.constant(decay, tf.float32), ages)


def pair_entries(starts: tf.Tensor, numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns where the pairs of all songs (b, l) are stored, and whose they are, each (e,).

    Whose: the place of the song in `numbers` as one row.
    """
    numbers = tf.reshape(numbers, [-1])
    first = tf.gather(starts, numbers)
    counts = tf.gather(starts, numbers + 1) - first
    ends = tf.cumsum(counts)
    entry = tf.range(tf.reduce_sum(counts))
    of = tf.searchsorted(ends, entry, side="right")  # tf.repeat, but without a padded matrix
    return entry + tf.gather(first + counts - ends, of), of


def pair_sums(
    pairs: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
    columns: list[int],
    numbers: tf.Tensor,
    given: list[tf.Tensor],
    rows: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the positions of the songs paired with the histories', each once, and sums of rates.

    pairs: starts, songs and rates of `next_song.serving.arrays`. columns: for each of p parts, its
    column of the rates. numbers: (b, l), the songs of the histories; given: their weights for each
    part, (b, l). rows: (b, l), what is added to the number of a song to give its position. Returns
    positions (u,) and sums (u, p).
    """
    starts, songs, rates = pairs
    entries, of = pair_entries(starts, numbers)
    positions = tf.gather(tf.reshape(rows, [-1]), of)
    positions += tf.cast(tf.gather(songs, entries), tf.int64)
    each = tf.stack([tf.reshape(one, [-1]) for one in given], axis=1)
    found_rates = tf.cast(tf.gather(tf.gather(rates, entries), columns, axis=1), tf.float32)
    found, groups = tf.unique(positions)
    worth = tf.gather(each, of) * found_rates
    return found, tf.math.unsorted_segment_sum(worth, groups, tf.size(found))


def times_in_history(
    known: tf.Tensor, is_last: tf.Tensor, positions: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns the positions of the histories' songs, each once, its times, and if it is the latest.

    known, is_last: (b, l) float32, 1 or 0. positions: (b, l). Songs that are not known come 0
    times. Returns positions, times and 1 or 0, each (u,).
    """
    found, groups = tf.unique(tf.reshape(positions, [-1]))
    each = tf.stack([tf.reshape(known, [-1]), tf.reshape(is_last, [-1])], axis=1)
    sums = tf.math.unsorted_segment_sum(each, groups, tf.size(found))
    return found, sums[:, 0], sums[:, 1]
