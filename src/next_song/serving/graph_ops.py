"""Parts of the exported model that TensorFlow has no single operation for."""

import tensorflow as tf

from next_song.serving.arrays import GROUP


def highest(scores: tf.Tensor, k: int, columns: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The k highest scores and their columns, (b, k), best first; ties go to the lower column.

    scores: (b, columns). They are all in the k groups with the highest maxima, for each of these
    holds something better, or as good and before it, than any other group; so most scores are
    looked at once only, which at two million songs takes a quarter of the time of top_k.
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


def follows(
    followers: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
    numbers: tf.Tensor,
    weights: tf.Tensor,
    rows: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """How much songs follow the songs of histories: positions, each once, and sums of rates there.

    followers: starts, songs and rates of `next_song.serving.arrays`. numbers, weights: (b, l),
    the histories' songs and what each counts. rows: (b, l), what is added to the number of a
    follower to give its place.
    """
    starts, songs, rates = followers
    numbers, weights, rows = (tf.reshape(part, [-1]) for part in (numbers, weights, rows))
    first = tf.gather(starts, numbers)
    counts = tf.gather(starts, numbers + 1) - first
    ends = tf.cumsum(counts)
    entry = tf.range(tf.reduce_sum(counts))
    of = tf.searchsorted(ends, entry, side="right")  # tf.repeat, but without a padded matrix
    entries = entry + tf.gather(first + counts - ends, of)
    positions = tf.gather(rows, of) + tf.cast(tf.gather(songs, entries), tf.int64)
    worth = tf.gather(weights, of) * tf.cast(tf.gather(rates, entries), tf.float32)
    found, groups = tf.unique(positions)
    return found, tf.math.unsorted_segment_sum(worth, groups, tf.size(found))
