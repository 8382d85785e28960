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
from next_song.retrieval.definition import BY_ARTIST, Index
from next_song.retrieval.ranking import LOWEST, NO_SONG
from next_song.serving import graph_rules
from next_song.serving.arrays import LEAST, stored_arrays, stored_rules
from next_song.serving.graph_explained import Asked, Tables, explained
from next_song.serving.graph_ops import highest
from next_song.serving.graph_scores import ScoringModel
from next_song.serving.locations import add_locations
from next_song.serving.reproducible import make_reproducible
from next_song.serving.vocabulary import Vocabulary

SIGNATURE = [tf.TensorSpec([None, None], tf.string, name="song_ids")]
RULED = list(graph_rules.REQUEST.values())


class RetrievalModel(ScoringModel):
    """A model that answers histories with the k best songs of an index.

    Its functions are traced without autograph, as they are written, so that coverage sees which
    lines tests reach. folder: where it writes the vocabulary, which must stay as long as the model;
    an exported model has its own copy. precision: of the stored numbers; sums are float32. Raises
    ValueError unless 1 <= k <= n.
    """

    def __init__(
        self, index: Index, vocabulary: Vocabulary, k: int, folder: Path, precision: Precision
    ) -> None:
        if not 1 <= k <= len(index):
            raise ValueError(f"k: found {k}, expected 1 to {len(index)}, the number of songs")
        super().__init__(index, vocabulary, folder, precision)
        self._k = k
        self._artist_count = len(vocabulary.artists)
        self._set_names = [graph_rules.ANY, *vocabulary.sets]
        self._parts = list(index.setting.parts.values())

    @tf.function(input_signature=SIGNATURE, autograph=False)  # type: ignore[untyped-decorator]
    def serve(self, song_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the answers to a batch of histories.

        song_ids: (b, l) strings, oldest first, padded with "". Returns song_ids (b, k) and scores
        (b, k) float32, best first, filled up with "" and the lowest float32 if no song is left;
        and known (b,), whether the model knows any song of the history.
        """
        scores, known = self._all_scores(song_ids)
        return self._answer(*self._best(scores), known)

    @tf.function(input_signature=RULED, autograph=False)  # type: ignore[untyped-decorator]
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
        rules = artists, exclude, only, exclude_set, only_set
        song_ids = graph_rules.for_each(song_ids, *rules, per_artist)
        scores, known = self._under_rules(song_ids, *rules)
        few = graph_rules.few_of_each(scores, self._artists, per_artist)
        return self._answer(*self._best(few), known)

    @tf.function(input_signature=RULED, autograph=False)  # type: ignore[untyped-decorator]
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
        rules = artists, exclude, only, exclude_set, only_set
        song_ids = graph_rules.for_each(song_ids, *rules, per_artist)
        scores, known = self._under_rules(song_ids, *rules)
        few = graph_rules.few_of_each(scores, self._artists, per_artist)
        best, songs = self._best(few)
        asked = Asked(*self._history(song_ids), songs)
        adds, places = explained(self._parts, self._tables, asked)
        left = (best > LEAST)[:, :, None]
        total = tf.reduce_logsumexp(scores, axis=1, keepdims=True)
        padded = tf.pad(song_ids, [[0, 0], [0, 1]])  # "", which place -1 leads to
        found = tf.gather(padded, tf.where(left, places, -1) % tf.shape(padded)[1], batch_dims=1)
        return self._answer(best, songs, known) | {
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

    def _best(self, scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the k highest scores and their columns, each (b, k)."""
        return highest(scores, self._k, self._searched.shape[1])

    def _answer(
        self, best: tf.Tensor, songs: tf.Tensor, any_known: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        left = best > LEAST
        return {
            "song_ids": self._ids.lookup(tf.cast(tf.where(left, songs, NO_SONG), tf.int64)),
            "scores": tf.where(left, best, float(LOWEST)),
            "known": any_known,
        }


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
