"""A trained model in Python: it answers histories from the arrays of its archive."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from next_song.errors import InputError
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import Rules, recommend
from next_song.retrieval.song_space import Floats, Ints
from next_song.serving import explained
from next_song.serving.archive import ModelArchive
from next_song.serving.asked import Asked, Given, named_artists
from next_song.serving.catalogue import Catalogue
from next_song.serving.stored_index import read_index
from next_song.serving.wishes import Wishes

if TYPE_CHECKING:
    import pandas as pd

Wanted = Sequence[str] | Sequence[Sequence[str]]
SONG_COLUMNS = ("song_id", "artist", "track", "plays")


@dataclass(frozen=True)
class Answers:
    """The answers to q histories.

    queries: what stands for each history. songs: (q, k) song numbers, best first, NO_SONG where
    no song is left; scores: (q, k). known: whether the model knows a song of each history.
    histories, artists: as numbers; rules: one for each history, or a single one. unknown: the songs
    of histories that the model does not know, each once.
    """

    queries: list[Any]
    songs: Ints
    scores: Floats
    known: list[bool]
    histories: Histories
    artists: Histories
    rules: list[Rules]
    unknown: list[str]


class Model:
    """The model of an archive. Several threads may ask it, if they ask by song ids.

    It computes `next_song.retrieval.definition` in NumPy, as the exported graph does in TensorFlow,
    up to the order of sums.
    """

    def __init__(self, archive: ModelArchive) -> None:
        self._archive = archive
        self.index, sets = read_index(archive)
        self.catalogue = Catalogue(archive, sets)

    @cached_property
    def songs(self) -> "pd.DataFrame":
        """The songs that the model knows, most played first: song_id, artist, track, plays."""
        import pandas as pd  # takes half a second

        return pd.DataFrame({name: self.catalogue.column(name) for name in SONG_COLUMNS})

    @cached_property
    def scorecard(self) -> dict[str, Any]:
        """How the model did on the test split, beside the baselines."""
        return self._archive.scorecard

    @property
    def sets(self) -> list[str]:
        """The names of the sets of songs that `exclude` and `only` may name."""
        return list(self.catalogue.sets)

    def recommend(
        self,
        histories: Given,
        k: int = 20,
        *,
        exclude: Wanted | str = (),
        only: Wanted | str | None = None,
        per_artist: int | None = None,
        explain: bool = False,
    ) -> "pd.DataFrame":
        """Returns the k songs that most likely follow each history, best first.

        histories: lists of song ids or names, oldest first; or a DataFrame or a DuckDB relation
        with the columns playlist and song, and maybe position and artist. exclude: songs that are
        never answers; only: the songs to choose from. Each is a list for all histories, a list of
        lists, one for each history, or the name of a set that the model holds. per_artist: the
        most songs by one artist.

        Columns: query (the number of the list, or the playlist), rank from 1, song_id, artist,
        track, score. A history has fewer than k rows if fewer songs are left. `attrs["unknown"]`
        holds the songs of histories that the model does not know. A history without a known song
        gets songs by its artists, else the most played ones.

        explain: adds the columns probability (the softmax of scores over the songs that may be
        answers), why (in words), and for each part of the score `part.NAME`, what it adds, and
        `from.NAME`, the name of the song of the history that gave most of it.

        Raises InputError for an argument that is not of this form.
        """
        answers = self.answers(histories, k, exclude, only, per_artist)
        table = self._table(answers)
        if explain:
            table = table.assign(**explained.columns(self.index, answers, self.catalogue.names))
        table.attrs["unknown"] = answers.unknown
        return table

    def answers(
        self,
        histories: Given,
        k: int = 20,
        exclude: Wanted | str = (),
        only: Wanted | str | None = None,
        per_artist: int | None = None,
    ) -> Answers:
        """Returns what `recommend` returns, as numbers of songs."""
        self.check_k(k)
        asked = Asked.of(histories)
        rules = self.rules(len(asked.songs), exclude, only, per_artist)
        return self._answered(asked, k, rules, by_name=True)

    def wished(self, histories: list[list[str]], k: int, wishes: Wishes) -> Answers:
        """Returns the answers to histories of song ids under the same wishes, as song numbers."""
        asked = Asked.of(histories)
        rules = self.rules(1, wishes.exclude, wishes.only or None, wishes.per_artist or None)[0]
        if wishes.exclude_set:
            (left_out,) = self.catalogue.lists("exclude_set", wishes.exclude_set, 1)
            rules = replace(rules, exclude=np.concatenate([rules.exclude, left_out]))
        if wishes.only_set:
            (chosen,) = self.catalogue.lists("only_set", wishes.only_set, 1)
            both = chosen if rules.only is None else np.intersect1d(chosen, rules.only)
            rules = replace(rules, only=both)
        return self._answered(asked, k, [rules], by_name=False)

    def _answered(self, asked: Asked, k: int, rules: list[Rules], *, by_name: bool) -> Answers:
        found = self.catalogue.known(chain.from_iterable(asked.songs), by_name=by_name)
        numbers, by, unknown = self._numbers(asked, found)
        songs, scores = recommend(self.index, numbers, k, rules, by)
        nothing = len(self.index)
        known = [any(song < nothing for song in one) for one in numbers.lists()]
        return Answers(asked.queries, songs, scores, known, numbers, by, rules, unknown)

    def check_k(self, k: int) -> None:
        """Raises InputError unless k is a number from 1 to the number of songs."""
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= len(self.index):
            raise InputError(
                f"k: found {k!r}; expected 1 to {len(self.index)}, the number of songs"
            )

    def rules(
        self, histories: int, exclude: Wanted | str, only: Wanted | str | None, most: int | None
    ) -> list[Rules]:
        """Returns the rules of each history, or a single one for all. Raises InputError."""
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise InputError(
                f"per_artist: found {most!r}; expected a number of at least 1, or None"
            )
        left_out = self.catalogue.lists("exclude", exclude, histories)
        chosen = [None] if only is None else self.catalogue.lists("only", only, histories)
        if only is not None and not len(only):
            raise InputError("only: found no song; expected at least one, or None for all songs")
        count = max(len(left_out), len(chosen))
        return [
            Rules(left_out[row % len(left_out)], chosen[row % len(chosen)], most)
            for row in range(count)
        ]

    def _numbers(
        self, asked: Asked, found: dict[str, int]
    ) -> tuple[Histories, Histories, list[str]]:
        """Returns the songs and the artists of histories as numbers, and the unknown songs."""
        nothing = len(self.index)  # no song has this number
        songs = [[found.get(song, nothing) for song in history] for history in asked.songs]
        artists = [
            [] if any(song in found for song in history) else self._artists(history, by)
            for history, by in zip(asked.songs, asked.artists, strict=True)
        ]
        every = dict.fromkeys(chain.from_iterable(asked.songs))
        unknown = [song for song in every if song not in found]
        return Histories.of(songs), Histories.of(artists), unknown

    def _artists(self, history: list[str], given: list[str]) -> list[int]:
        """Returns the numbers of the artists of songs, given or as their names begin."""
        return [self.catalogue.artist_number(name) for name in given or named_artists(history)]

    def _table(self, answers: Answers) -> "pd.DataFrame":
        import pandas as pd  # takes half a second

        rows, columns = np.nonzero(answers.songs != NO_SONG)
        found = answers.songs[rows, columns]
        queries = [answers.queries[row] for row in rows.tolist()]
        named: dict[str, Any] = {
            name: self.songs[name].to_numpy()[found] for name in ("song_id", "artist", "track")
        }
        scores = {"score": answers.scores[rows, columns]}
        return pd.DataFrame({"query": queries, "rank": columns + 1} | named | scores)
