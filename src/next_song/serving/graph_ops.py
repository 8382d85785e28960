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


def follows(
    followers: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
    numbers: tf.Tensor,
    weights: tf.Tensor,
    rows: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the positions of the histories' followers, each once, and the sums of their rates.

    followers: starts, songs and rates of `next_song.serving.arrays`. numbers, weights: (b, l), the
    songs of the histories and their weights. rows: (b, l), what is added to the number of a
    follower to give its position.
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
