"""A trained model in Python: it answers histories from the arrays of its archive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from next_song.errors import InputError
from next_song.retrieval.definition import NO_ARTIST
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import Rules, recommend
from next_song.retrieval.song_space import Floats, Ints
from next_song.retrieval.tables import artists_of
from next_song.serving import explained, song_search
from next_song.serving.archive import EXTRA, ModelArchive
from next_song.serving.asked import BETWEEN, Asked, Given, named_artists
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
        self.index, self._sets = read_index(archive)
        self.song_ids = self.column("song_id")

    @cached_property
    def songs(self) -> "pd.DataFrame":
        """The songs that the model knows, most played first: song_id, artist, track, plays."""
        import pandas as pd  # takes half a second

        return pd.DataFrame({name: self.column(name) for name in SONG_COLUMNS})

    @cached_property
    def names(self) -> NDArray[Any]:
        """What each song is called, (n,): "artist - title", or the part of it that is known."""
        columns = (self.column(name).tolist() for name in ("artist", "track", "song_id"))
        named = [
            (f"{artist}{BETWEEN}" if artist else "") + (track or song)
            for artist, track, song in zip(*columns, strict=True)
        ]
        return np.array(named, object)

    @cached_property
    def scorecard(self) -> dict[str, Any]:
        """How the model did on the test split, beside the baselines."""
        return self._archive.scorecard

    @property
    def sets(self) -> list[str]:
        """The names of the sets of songs that `exclude` and `only` may name."""
        return list(self._sets)

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
            table = table.assign(**explained.columns(self.index, answers, self.names))
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
        return self._answered(asked, k, rules)

    def wished(self, histories: Given, k: int, wishes: Wishes) -> Answers:
        """Returns the answers to histories under the same wishes, as numbers of songs."""
        asked = Asked.of(histories)
        rules = self.rules(1, wishes.exclude, wishes.only or None, wishes.per_artist or None)[0]
        if wishes.exclude_set:
            left_out = self._lists("exclude_set", wishes.exclude_set, 1)[0]
            rules = replace(rules, exclude=np.concatenate([rules.exclude, left_out]))
        if wishes.only_set:
            chosen = self._lists("only_set", wishes.only_set, 1)[0]
            both = chosen if rules.only is None else np.intersect1d(chosen, rules.only)
            rules = replace(rules, only=both)
        return self._answered(asked, k, [rules])

    def _answered(self, asked: Asked, k: int, rules: list[Rules]) -> Answers:
        numbers, by, unknown = self._numbers(asked)
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
        left_out = self._lists("exclude", exclude, histories)
        chosen = [None] if only is None else self._lists("only", only, histories)
        if only is not None and not len(only):
            raise InputError("only: found no song; expected at least one, or None for all songs")
        count = max(len(left_out), len(chosen))
        return [
            Rules(left_out[row % len(left_out)], chosen[row % len(chosen)], most)
            for row in range(count)
        ]

    def _lists(self, name: str, given: Any, histories: int) -> list[Ints]:
        """Returns the song numbers of one list for all histories, or of one list for each."""
        if isinstance(given, str):
            if given not in self._sets:
                there = ", ".join(self._sets) or "none: export.sets names them"
                raise InputError(f"{name}: found the set {given!r}; expected one of {there}")
            return [self._sets[given]]
        if not isinstance(given, Iterable) or isinstance(given, Mapping):
            raise InputError(f"{name}: found {given!r}; expected a list of song ids or names")
        lists = list(given)
        if not any(_is_list(one) for one in lists):
            lists = [lists]
        if not all(_is_list(one) and all(isinstance(s, str) for s in one) for one in lists):
            raise InputError(f"{name}: found {given!r}; expected a list of song ids or names")
        if len(lists) not in (1, histories):
            raise InputError(
                f"{name}: found {len(lists)} lists; expected one for each of {histories} histories"
            )
        numbers = self.numbers(chain.from_iterable(lists))
        return [
            np.array([numbers[song] for song in songs if song in numbers], np.int64)
            for songs in lists
        ]

    def ids(self, songs: Ints) -> list[list[str]]:
        """Returns the ids of song numbers (q, k), "" for NO_SONG."""
        ids: list[list[str]] = np.append(self.song_ids, "")[songs].tolist()  # NO_SONG is the last
        return ids

    def numbers(self, texts: Iterable[str]) -> dict[str, int]:
        """Returns the number of the song that each text names, without those that name none."""
        wanted = set(texts)
        found = {text: self._number_of[text] for text in wanted if text in self._number_of}
        others = sorted(wanted - found.keys() - {""})
        if others:
            named = song_search.find(self._archive.songs, others)
            found |= {text: self._number_of[song.song_id] for text, song in named.items()}
        return found

    def _numbers(self, asked: Asked) -> tuple[Histories, Histories, list[str]]:
        """Returns the songs and the artists of histories as numbers, and the unknown songs."""
        numbers = self.numbers(chain.from_iterable(asked.songs))
        nothing = len(self.index)  # no song has this number
        songs = [[numbers.get(song, nothing) for song in history] for history in asked.songs]
        artists = [
            [] if any(song in numbers for song in history) else self._artists(history, by)
            for history, by in zip(asked.songs, asked.artists, strict=True)
        ]
        unknown = dict.fromkeys(chain.from_iterable(asked.songs))
        missing = [song for song in unknown if song not in numbers]
        return Histories.of(songs), Histories.of(artists), missing

    def _artists(self, history: list[str], given: list[str]) -> list[int]:
        """Returns the numbers of the artists of songs, given or as their names begin."""
        return [self.artist_number(name) for name in given or named_artists(history)]

    def artist_number(self, name: str) -> int:
        """Returns the number of an artist, in upper or lower case; NO_ARTIST if none is known."""
        return self._artist_numbers.get(name.casefold(), NO_ARTIST)

    def column(self, name: str) -> NDArray[Any]:
        """Returns a column of the songs table, (n,) by song number; None where there is nothing."""
        path = self._archive.folder / EXTRA / "songs.parquet"
        values = pq.ParquetFile(path).read(columns=[name])[name].to_pylist()
        return np.array(values, object if name != "plays" else np.int64)

    @cached_property
    def _number_of(self) -> dict[str, int]:
        return {song: number for number, song in enumerate(self.song_ids.tolist())}

    @cached_property
    def _artist_numbers(self) -> dict[str, int]:
        names, _ = artists_of(self.column("artist").tolist())
        return {name.casefold(): number for number, name in enumerate(names)} | {"": NO_ARTIST}

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


def _is_list(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str)
