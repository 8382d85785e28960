"""Answers to many histories at once, as Arrow tables."""

from typing import Any

import numpy as np
import pyarrow as pa

from next_song.parameters import Recommendation
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import recommend
from next_song.retrieval.song_space import Floats, Ints
from next_song.serving.model import Model
from next_song.serving.ruled import wished
from next_song.serving.wishes import Wishes


class Answering:
    """Answers tables of histories by a model, under the rules of the parameters.

    Several threads may call it at the same time. Raises InputError if the rules are wrong.
    """

    def __init__(self, model: Model, params: Recommendation) -> None:
        model.check_k(params.k)
        self._model, self._params = model, params
        wishes = Wishes(
            exclude_set=params.exclude_set or "",
            only_set=params.only_set or "",
            per_artist=params.per_artist or 0,
        )
        self._rules = [wished(model.catalogue, wishes)]
        model.catalogue.artist_number("?")  # the names are read here, once for all threads
        self._songs = pa.table(
            {
                name: pa.array(model.catalogue.column(name), pa.string())
                for name in ("song_id", "artist", "track")
            }
        )

    def __call__(self, histories: pa.Table) -> pa.Table:
        """Returns the answers to histories: playlist, songs, unknown and artists, a row each.

        songs: song numbers, oldest first; artists: names, of histories without a known song. The
        answer has the columns playlist, unknown, rank, song_id, artist, track and score, a row per
        song; or playlist, unknown, song_ids and scores, a row per playlist.
        """
        columns = {name: histories[name].combine_chunks() for name in histories.column_names}
        asked, artists = _lists(columns["songs"]), self._artists(columns["artists"])
        best, scores = recommend(self._model.index, asked, self._params.k, self._rules, artists)
        about = pa.table({name: columns[name] for name in ("playlist", "unknown")})
        made = self._by_song if self._params.rows == "songs" else self._by_playlist
        return made(about, best, scores)

    def _artists(self, names: Any) -> Histories:
        flat = names.values.to_pylist()
        numbers = np.array([self._model.catalogue.artist_number(name) for name in flat], np.int32)
        offsets = names.offsets.to_numpy().astype(np.int64)
        return Histories(numbers, offsets[:-1], offsets[1:])

    def _by_song(self, about: pa.Table, best: Ints, scores: Floats) -> pa.Table:
        rows, places = np.nonzero(best != NO_SONG)
        made = about.take(rows).append_column("rank", pa.array(places + 1, pa.int32()))
        named = self._songs.take(best[rows, places])
        for name in named.column_names:
            made = made.append_column(name, named[name])
        return made.append_column("score", pa.array(scores[rows, places]))

    def _by_playlist(self, about: pa.Table, best: Ints, scores: Floats) -> pa.Table:
        left = best != NO_SONG
        ends = pa.array(np.concatenate([[0], left.sum(axis=1).cumsum()]), pa.int32())
        ids = self._songs["song_id"].take(best[left]).combine_chunks()
        made = about.append_column("song_ids", pa.ListArray.from_arrays(ends, ids))
        return made.append_column("scores", pa.ListArray.from_arrays(ends, pa.array(scores[left])))


def _lists(songs: Any) -> Histories:
    offsets = songs.offsets.to_numpy().astype(np.int64)
    flat = songs.values.to_numpy()
    return Histories(flat, offsets[:-1], offsets[1:])
