"""Retrieval in TensorFlow, for serving: it computes what `next_song.retrieval.definition` defines.

Importing this module imports TensorFlow, which takes seconds: import it where it is needed.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # else it logs a greeting on import

import keras
import tensorflow as tf

from next_song.parameters import Precision
from next_song.retrieval.definition import BY_ARTIST, OFTEN, Index
from next_song.retrieval.ranking import LOWEST, NO_SONG
from next_song.serving import graph_rules
from next_song.serving.arrays import LEAST, stored_arrays, stored_rules, used_rates
from next_song.serving.graph_explained import Asked, Tables, explained
from next_song.serving.graph_ops import highest, pair_sums, times_in_history
from next_song.serving.locations import add_locations
from next_song.serving.reproducible import make_reproducible
from next_song.serving.vocabulary import Vocabulary, ids_table, numbers_table

SIGNATURE = [tf.TensorSpec([None, None], tf.string, name="song_ids")]


class RetrievalModel(tf.Module):  # type: ignore[misc]
    """A model that answers histories with the k best songs of an index.

    folder: where it writes the vocabulary, which must stay as long as the model; an exported model
    has its own copy. precision: of the stored numbers; sums are float32. Raises ValueError unless
    1 <= k <= n.
    """

    def __init__(
        self, index: Index, vocabulary: Vocabulary, k: int, folder: Path, precision: Precision
    ) -> None:
        super().__init__()
        if not 1 <= k <= len(index):
            raise ValueError(f"k: found {k}, expected 1 to {len(index)}, the number of songs")
        songs, artists = vocabulary.write(folder)
        self._paths = [tf.saved_model.Asset(str(path)) for path in (songs, artists)]
        self._numbers = numbers_table("numbers", songs, self._paths[0], len(index))
        self._ids = ids_table("ids", songs, self._paths[0])
        self._artist_numbers = numbers_table("artists", artists, self._paths[1], 0)
        self._songs, self._k, self._repeats = len(index), k, index.setting.repeats
        self._vectors, self._pairs, self._repeated = (
            list(index.parts(kind)) for kind in ("vectors", "pairs", "repeats")
        )
        self._rates = used_rates(index.setting)
        self._artist_count = len(vocabulary.artists)
        self._set_names = [graph_rules.ANY, *vocabulary.sets]
        stored = stored_arrays(index, precision) | stored_rules(index, vocabulary.sets)
        for name, values in stored.items():
            setattr(self, f"_{name}", tf.Variable(values, trainable=False, name=name))
        self._parts = list(index.setting.parts.values())

    @tf.function(input_signature=SIGNATURE)  # type: ignore[untyped-decorator]
    def serve(self, song_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the answers to a batch of histories.

        song_ids: (b, l) strings, oldest first, padded with "". Returns song_ids (b, k) and scores
        (b, k) float32, best first, filled up with "" and the lowest float32 if no song is left;
        and known (b,), whether the model knows any song of the history.
        """
        scores, known = self._all_scores(song_ids)
        return self._answer(scores, known)

    @tf.function(input_signature=list(graph_rules.REQUEST.values()))  # type: ignore[untyped-decorator]
    def recommend(
        self,
        song_ids: tf.Tensor,
        artists: tf.Tensor,
        exclude: tf.Tensor,
        only: tf.Tensor,
        exclude_set: tf.Tensor,
        only_set: tf.Tensor,
        per_artist: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Returns the answers to a batch of histories under rules, as `serve` does.

        song_ids, exclude, only: (b, any) strings, padded with "": the history, songs that are left
        out, and songs to choose from, all if there is none. artists: (b, any) strings, those of the
        history's songs, in any order. exclude_set, only_set: (b,) strings, the names of sets that
        the model holds; "" for none. per_artist: (b,) int64, the most songs by one artist; 0 for
        any number.
        """
        scores, known = self._under_rules(song_ids, artists, exclude, only, exclude_set, only_set)
        return self._answer(graph_rules.few_of_each(scores, self._artists, per_artist), known)

    @tf.function(input_signature=list(graph_rules.REQUEST.values()))  # type: ignore[untyped-decorator]
    def explain(
        self,
        song_ids: tf.Tensor,
        artists: tf.Tensor,
        exclude: tf.Tensor,
        only: tf.Tensor,
        exclude_set: tf.Tensor,
        only_set: tf.Tensor,
        per_artist: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Returns the answers of `recommend`, each with what its score consists of.

        More outputs, with p parts in the order of the score: probabilities (b, k) float32, the
        softmax over all songs that may be an answer; adds (b, k, p) float32, what each part adds;
        sources (b, k, p), the id of the song of the history that gave most of it, or "".
        """
        scores, known = self._under_rules(song_ids, artists, exclude, only, exclude_set, only_set)
        few = graph_rules.few_of_each(scores, self._artists, per_artist)
        best, songs = highest(few, self._k, self._searched.shape[1])
        asked = Asked(*self._history(song_ids), songs)
        adds, places = explained(self._parts, self._tables, asked)
        left = (best > LEAST)[:, :, None]
        total = tf.reduce_logsumexp(scores, axis=1, keepdims=True)
        padded = tf.pad(song_ids, [[0, 0], [0, 1]])  # "", which place -1 leads to
        found = tf.gather(padded, tf.where(left, places, -1) % tf.shape(padded)[1], batch_dims=1)
        return self._answer(few, known) | {
            "probabilities": tf.where(left[..., 0], tf.exp(best - total), 0),
            "adds": tf.where(left, adds, 0),
            "sources": found,
        }

    def _under_rules(
        self,
        song_ids: tf.Tensor,
        artists: tf.Tensor,
        exclude: tf.Tensor,
        only: tf.Tensor,
        exclude_set: tf.Tensor,
        only_set: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the scores, -inf for songs that may not be an answer, and if a song is known."""
        scores, known = self._all_scores(song_ids)
        scores += self._by_artists(artists) * tf.cast(~known, tf.float32)[:, None]
        allowed = self._allowed(exclude, only, exclude_set, only_set)
        return tf.where(allowed, scores, -float("inf")), known

    @property
    def _tables(self) -> Tables:
        of_songs = {part.of for part in self._parts if part.kind == "songs" and part.weight}
        return Tables(
            query_units=self._query_units,
            searched=self._searched,
            pairs=(self._pair_starts, self._pair_songs, self._pair_rates) if self._rates else (),
            rates=self._rates,
            song_values={name: getattr(self, f"_values_{name}") for name in of_songs},
        )

    def _by_artists(self, artists: tf.Tensor) -> tf.Tensor:
        """Returns what is added to songs by these artists, if no song is known, (b, columns)."""
        numbers = self._artist_numbers.lookup(artists)
        named = graph_rules.members(numbers, self._artist_count) & (
            tf.range(self._artist_count) > 0
        )
        return BY_ARTIST * tf.cast(tf.gather(named, self._artists, axis=1), tf.float32)

    def _allowed(
        self, exclude: tf.Tensor, only: tf.Tensor, exclude_set: tf.Tensor, only_set: tf.Tensor
    ) -> tf.Tensor:
        columns = self._searched.shape[1]
        in_set, out_of_set = (
            graph_rules.of_set(self._set_names, self._sets, name)
            for name in (only_set, exclude_set)
        )
        return (
            ~graph_rules.members(self._numbers.lookup(exclude), columns)
            & graph_rules.chosen(only, self._numbers.lookup(only), columns)
            & in_set
            & (~out_of_set | (exclude_set == graph_rules.ANY)[:, None])
        )

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

    def _answer(self, scores: tf.Tensor, any_known: tf.Tensor) -> dict[str, tf.Tensor]:
        best, songs = highest(scores, self._k, self._searched.shape[1])
        left = best > LEAST
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
    index: Index, vocabulary: Vocabulary, k: int, folder: Path, precision: Precision = "float32"
) -> None:
    """Writes a SavedModel with Keras's exporter; the same index gives the same bytes.

    folder: `1` of an archive, which is told where the arrays are. The model is a tf.Module, since a
    keras.Model would be stored with the vectors twice.
    """
    with TemporaryDirectory(prefix="next-song-") as names:
        model = RetrievalModel(index, vocabulary, k, Path(names), precision)
        for function in (model.serve, model.recommend, model.explain):
            graph = function.get_concrete_function().graph
            # TensorFlow collects them in a set, whose order differs from run to run
            graph.variables = sorted(graph.variables, key=lambda variable: variable.name)
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serving_default", model.serve)
        archive.add_endpoint("recommend", model.recommend)
        archive.add_endpoint("explain", model.explain)
        archive.write_out(str(folder), verbose=False)
    # it contains a random number, and loading does not need it
    (folder / "fingerprint.pb").unlink()
    make_reproducible(folder / "saved_model.pb")
    stored = stored_arrays(index, precision) | stored_rules(index, vocabulary.sets)
    add_locations(folder.parent, stored, list(vocabulary.sets), index.setting)
