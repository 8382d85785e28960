"""Rules of a request in TensorFlow: they compute what `next_song.retrieval.rules` defines."""

import tensorflow as tf

ANY = ""  # the name of no set: it leaves nothing out

REQUEST = {
    "song_ids": tf.TensorSpec([None, None], tf.string, name="song_ids"),
    "artists": tf.TensorSpec([None, None], tf.string, name="artists"),
    "exclude": tf.TensorSpec([None, None], tf.string, name="exclude"),
    "only": tf.TensorSpec([None, None], tf.string, name="only"),
    "exclude_set": tf.TensorSpec([None], tf.string, name="exclude_set"),
    "only_set": tf.TensorSpec([None], tf.string, name="only_set"),
    "per_artist": tf.TensorSpec([None], tf.int64, name="per_artist"),
}


def for_each(song_ids: tf.Tensor, *rules: tf.Tensor) -> tf.Tensor:
    """Returns a row of song ids for each row of the rules: a single history counts for all."""
    rows = tf.reduce_max([tf.shape(given)[0] for given in (song_ids, *rules)])
    return tf.broadcast_to(song_ids, [rows, tf.shape(song_ids)[1]])


def members(numbers: tf.Tensor, columns: int) -> tf.Tensor:
    """Returns which columns a list names, (b, columns) bool; numbers: (b, l), below columns."""
    rows = tf.broadcast_to(tf.range(tf.shape(numbers, tf.int64)[0])[:, None], tf.shape(numbers))
    places = tf.reshape(tf.stack([rows, numbers], axis=2), [-1, 2])
    shape = tf.stack([tf.shape(numbers, tf.int64)[0], columns])
    return tf.scatter_nd(places, tf.ones(tf.shape(places)[:1], tf.int32), shape) > 0


def chosen(given: tf.Tensor, numbers: tf.Tensor, columns: int) -> tf.Tensor:
    """Returns which columns may be an answer if only a list may; an empty one allows all.

    given: (b, l) the ids of the list, padded with "". numbers: (b, l), those of the ids.
    """
    without = tf.reduce_all(given == "", axis=1)[:, None]
    return without | members(numbers, columns)


def of_set(names: list[str], sets: tf.Variable, wanted: tf.Tensor) -> tf.Tensor:
    """Returns the members of the set that each request names, (b, columns) bool.

    names: of the sets, the first is ANY. sets: (s, columns) bool. wanted: (b,) names. Another name
    fails as an invalid argument.
    """
    equal = wanted[:, None] == tf.constant(names)[None]
    expected = ", ".join(repr(name) for name in names[1:]) or "none, as the model has no sets"
    message = f"only_set, exclude_set: found another name; expected one of {expected}"
    with tf.control_dependencies(
        [tf.debugging.Assert(tf.reduce_all(tf.reduce_any(equal, 1)), [message])]
    ):
        return tf.gather(sets, tf.argmax(tf.cast(equal, tf.int32), axis=1))


def within_artist(scores: tf.Tensor, artists: tf.Tensor) -> tf.Tensor:
    """Returns how many songs by the same artist are better than each song, (b, columns) int32.

    scores: (b, columns), ties go to the lower column. artists: (columns,) int32, 0 for none; songs
    without an artist have none before them.
    """
    order = tf.argsort(scores, direction="DESCENDING", stable=True)
    in_order = tf.gather(artists, order)
    grouping = tf.argsort(in_order, stable=True)
    grouped = tf.gather(in_order, grouping, batch_dims=1)
    places = tf.range(tf.shape(scores)[1])[None] - tf.searchsorted(grouped, grouped)
    songs = tf.gather(order, grouping, batch_dims=1)
    rows = tf.broadcast_to(tf.range(tf.shape(songs)[0])[:, None], tf.shape(songs))
    found = tf.scatter_nd(tf.stack([rows, songs], axis=2), places, tf.shape(songs))
    return tf.where(artists == 0, 0, found)


def few_of_each(scores: tf.Tensor, artists: tf.Tensor, most: tf.Tensor) -> tf.Tensor:
    """Returns the scores with -inf for all but the best songs of each artist.

    most: (b,) int64, how many songs of each; 0 for any number. Raises an invalid argument for less.
    """
    tf.debugging.assert_non_negative(most, "per_artist: expected at least 1, or 0 for any number")

    def limited() -> tf.Tensor:
        places = tf.cast(within_artist(scores, artists), tf.int64)
        kept = (places < most[:, None]) | (most == 0)[:, None]
        return tf.where(kept, scores, -float("inf"))

    return tf.cond(tf.reduce_any(most > 0), limited, lambda: scores)
