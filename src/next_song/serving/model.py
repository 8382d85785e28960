"""A trained model in Python: it answers histories from the arrays of its archive."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from next_song.errors import InputError
from next_song.retrieval.definition import NO_ARTIST
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import Rules, recommend
from next_song.serving import explained
from next_song.serving.archive import ModelArchive
from next_song.serving.asked import Asked, Given, named_artists
from next_song.serving.catalogue import Catalogue
from next_song.serving.explained import Answers
from next_song.serving.ruled import Wanted, rules_of, wished
from next_song.serving.stored_index import read_index
from next_song.serving.wishes import Answer, Question

if TYPE_CHECKING:
    import pandas as pd

SONG_COLUMNS = ("song_id", "artist", "track", "plays")
FEW = 20  # songs of an answer, unless it is said how many
MOST = 100  # songs of an answer, unless an archive says what it was exported for


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

    @property
    def most(self) -> int:
        """How many songs an answer of its exported signatures has."""
        return min(self._archive.k or MOST, len(self.index))

    def recommend(
        self,
        histories: Given,
        k: int | None = None,
        *,
        exclude: Wanted | str = (),
        only: Wanted | str | None = None,
        per_artist: int | None = None,
        explain: bool = False,
    ) -> "pd.DataFrame":
        """Returns the k songs that most likely follow each history, best first.

        k: 20 or, if the model has fewer songs, all of them, unless it is given.
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
        k = min(FEW, len(self.index)) if k is None else k
        self.check_k(k)
        asked = Asked.of(histories)
        rules = rules_of(self.catalogue, len(asked.songs), exclude, only, per_artist)
        answers = self._answers(asked, k, rules)
        table = self._table(answers)
        if explain:
            table = table.assign(**explained.columns(self.index, answers, self.catalogue.names))
        table.attrs["unknown"] = answers.unknown
        return table

    def artist(self, name: str) -> str:
        """Returns an artist as questions name it, from a name in any case; "" if it is unknown."""
        return self.catalogue.artist(name)

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Returns the answer to each question, as the exported signatures give it.

        The questions share one product. k: from 1 to the number of songs. Raises InputError if the
        model has no set of a name.
        """
        rules = [wished(self.catalogue, one.wishes) for one in questions]
        songs, artists = [one.history for one in questions], [[*one.artists] for one in questions]
        asked = Asked([*range(len(questions))], songs, artists)
        found = self._answers(asked, max(one.k for one in questions), rules, exactly=True)
        ids, scores = self.catalogue.ids(found.songs), found.scores.tolist()
        made = []
        for row, (_, k, _, wishes) in enumerate(questions):
            answer = Answer(ids[row][:k], scores[row][:k], found.known[row])
            made.append(self._with_why(answer, found, row) if wishes.explain else answer)
        return made

    def check_k(self, k: int) -> None:
        """Raises InputError unless k is a number from 1 to the number of songs."""
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= len(self.index):
            raise InputError(
                f"k: found {k!r}; expected 1 to {len(self.index)}, the number of songs"
            )

    def _answers(
        self, asked: Asked, k: int, rules: list[Rules], *, exactly: bool = False
    ) -> Answers:
        """Returns answers as numbers. exactly: songs by id alone, artists as the table has them."""
        every = dict.fromkeys(chain.from_iterable(asked.songs))
        found = self.catalogue.known(every, by_name=not exactly)
        known = [any(song in found for song in history) for history in asked.songs]
        nothing = len(self.index)  # no song has this number
        numbers = Histories.of([[found.get(s, nothing) for s in one] for one in asked.songs])
        named = zip(known, asked.songs, asked.artists, strict=True)
        artists = Histories.of(
            [[] if any_known else self._artists(*one, exactly=exactly) for any_known, *one in named]
        )
        songs, scores = recommend(self.index, numbers, k, rules, artists)
        unknown = [song for song in every if song not in found]
        return Answers(asked.queries, songs, scores, known, numbers, artists, rules, unknown)

    def _artists(self, history: list[str], given: list[str], *, exactly: bool) -> list[int]:
        """Returns the numbers of the artists of songs, given or as the songs' names begin."""
        if exactly:
            return [self.catalogue.artists.get(name, NO_ARTIST) for name in given]
        named = [name for name in given if name] or named_artists(history)
        return [self.catalogue.artist_number(name) for name in named]

    def _with_why(self, answer: Answer, found: Answers, row: int) -> Answer:
        """Returns an answer with its explanation, zeros and "" where no song is left."""
        told = explained.explanation(self.index, found, row)
        k = len(answer.song_ids)
        room = (0, max(0, k - len(told.chances)))
        sources = np.pad(told.sources, (room, (0, 0)), constant_values=NO_SONG)[:k]
        why = explained.said(
            self.index, told, self.catalogue.names, answer.scores, known=answer.known
        )
        return answer._replace(
            probabilities=np.pad(told.chances, room)[:k].tolist(),
            why=[*why, *[""] * room[1]][:k],
            adds=np.pad(told.adds, (room, (0, 0)))[:k].tolist(),
            sources=self.catalogue.ids(sources),
        )

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
