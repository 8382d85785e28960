"""The definition of retrieval: how a history becomes a ranking.

The score of a song is a sum of parts, each times its weight. For a history of known songs, oldest
first, age 0 is the latest; L(x) = ln(1 + 30 x); each kind of part has a value for every song:

    vectors  cosine(sum of decay^age * unit(query vector), target vector of the song)
    pairs    L(sum of decay^age * rate of the pair of that song of the history and the song)
    songs    ln(1 + plays), ln(1 + recent plays) or ln(1 + late plays) of the song
    repeats  last: 1 if the song is the latest of the history; older: 1 if it is in the history, but
             not the latest; times: ln(times in the history), 0 if it is not in it

Query vectors are Word2Vec's input vectors, target vectors its output vectors. song_pairs.sql
defines the rates, and songs.sql recent and late plays. Songs of the history are left out unless
`repeats` is true. Songs that are not in the song space are ignored. A history without a known song
gets the popularity ranking, with the score ln(plays), and 50 more for songs by the artists of the
history, if they are given. Songs that the model excludes are never answers. Ties go to the lower
song number, which is the more popular song.

`next_song.serving.graph` computes the same in TensorFlow, from the same `Index`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from next_song.retrieval.queries import Histories
from next_song.retrieval.setting import (
    PairsPart,
    Part,
    RepeatsPart,
    Score,
    SongsPart,
    VectorsPart,
)
from next_song.retrieval.song_pairs import SongPairs
from next_song.retrieval.song_space import Floats, Ints, SongSpace

OFTEN = np.float32(1 / 30)  # a rate that is worth ln 2
COUNTS = ("recent_plays", "late_plays")  # of the table of songs
BY_ARTIST = np.float32(50)  # more than the logarithm of any number of plays
NO_ARTIST = 0


@dataclass(frozen=True)
class Known:
    """The songs of q histories that the model knows, history by history, oldest first.

    rows: (m,) the history of each; songs: (m,) int32; ages: (m,), 0 for the latest; shape: q, and
    the number of songs that the model knows.
    """

    rows: Ints
    songs: NDArray[np.int32]
    ages: Ints
    shape: tuple[int, int]
    _made: dict[float, csr_array] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, histories: Histories, songs: int) -> "Known":
        """Returns the songs below this number."""
        rows, numbers = histories.flat()
        rows, numbers = rows[numbers < songs], numbers[numbers < songs]
        ends = np.cumsum(np.bincount(rows, minlength=len(histories)))
        return cls(rows, numbers, ends[rows] - 1 - np.arange(len(rows)), (len(histories), songs))

    def weights(self, decay: float) -> csr_array:
        """Returns the sum of decay^age of each song in each history, (q, songs) float32.

        It is made once for each decay; do not change it.
        """
        if decay not in self._made:
            weights = np.float32(decay) ** self.ages.astype(np.float32)
            rows = self.rows.astype(np.int32)  # of the type of `songs`, or scipy would copy pairs
            matrix = csr_array((weights, (rows, self.songs)), shape=self.shape)
            matrix.eliminate_zeros()
            self._made[decay] = matrix
        return self._made[decay]


@dataclass(frozen=True)
class Index:
    """A song space with the tables of its n songs, prepared for a score.

    query_units: (n, d) float32, the query vectors scaled to length 1. target_units: (d, n) float32;
    column i is the target vector of song i, scaled to length 1. pairs: among the n songs.
    song_values: by name, (n,) float32, ln(1 + plays) and the same of each of COUNTS. song_scores:
    (n,) float32, what the parts of the kind songs add to each song. fallback: (n,) float32, the
    scores for a history without a known song. artists: (n,) the number of the artist of each song,
    NO_ARTIST where there is none. excluded: (n,), songs that are never answers. Vectors of zeros
    stay zeros.
    """

    setting: Score
    query_units: Floats
    target_units: Floats
    pairs: SongPairs
    song_values: dict[str, Floats]
    song_scores: Floats
    fallback: Floats
    artists: Ints
    excluded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.fallback)

    def weighted(self, setting: Score) -> "Index":
        """Returns the same index for another score."""
        added = _song_scores(setting, self.song_values, len(self))
        return replace(self, setting=setting, song_scores=added)

    def excluding(self, songs: Ints) -> "Index":
        """Returns the same index that never answers with these songs, given by number."""
        excluded = self.excluded.copy()
        excluded[songs[songs < len(self)]] = True
        return replace(self, excluded=excluded)

    def score(self, histories: Histories, artists: Histories | None = None) -> Floats:
        """Returns the scores of all songs for each history, (q, n) float32; -inf if left out.

        artists: the numbers of the artists of each history's songs; only a history without a known
        song needs them.
        """
        known = Known.of(histories, len(self))
        queries = np.zeros((len(histories), len(self.target_units)), np.float32)
        for part in self.parts("vectors"):
            queries += np.float32(part.weight) * self._query(known, part.decay)
        scores: Floats = queries @ self.target_units
        scores += self.song_scores
        flat = scores.reshape(-1)  # one index is faster than two
        for part in self.parts("pairs", "repeats"):
            values = self._values(known, part)
            places = values.row.astype(np.int64) * len(self) + values.col
            flat[places] += np.float32(part.weight) * values.data
        if not self.setting.repeats:
            scores[known.rows, known.songs] = -np.inf
        for row in np.flatnonzero(np.bincount(known.rows, minlength=len(histories)) == 0):
            scores[row] = self.fallback
            if artists is not None:
                scores[row, self._by(artists[row : row + 1])] += BY_ARTIST
        scores[:, self.excluded] = -np.inf
        return scores

    def part_values(self, histories: Histories, songs: Ints) -> Floats:
        """Returns the value of each part, without its weight, for c songs of each history.

        songs: (q, c) song numbers. Returns (q, c, parts) float32, in the order of the parts. A
        history without a known song has no parts; its values are those of an empty history.
        """
        known = Known.of(histories, len(self))
        return np.stack(
            [self._part_values(known, part, songs) for part in self.setting.parts.values()], axis=2
        )

    def _part_values(self, known: Known, part: Part, songs: Ints) -> Floats:
        if isinstance(part, SongsPart):
            return self.song_values[part.of][songs]
        if isinstance(part, VectorsPart):
            query, values = self._query(known, part.decay), np.empty(songs.shape, np.float32)
            for row in range(len(songs)):  # the vectors of all rows at once would take much memory
                one = slice(row, row + 1)
                np.einsum(
                    "qd,dqc->qc", query[one], self.target_units[:, songs[one]], out=values[one]
                )
            return values
        found = self._values(known, part)
        dense = np.zeros(known.shape, np.float32)
        dense[found.row, found.col] = found.data
        return np.take_along_axis(dense, songs, axis=1)

    def parts(self, *kinds: str) -> Iterator[Any]:
        """Yields the parts of these kinds that have a weight."""
        return _parts(self.setting, *kinds)

    def _by(self, artists: Histories) -> NDArray[np.bool_]:
        """Returns which songs are by the artists of a history, (n,)."""
        given = artists.flat()[1]
        return np.isin(self.artists, given[given != NO_ARTIST])

    def _query(self, known: Known, decay: float) -> Floats:
        return _unit(known.weights(decay) @ self.query_units)

    def _values(self, known: Known, part: PairsPart | RepeatsPart) -> coo_array:
        """Returns the values of a part that few songs have, (q, n)."""
        if isinstance(part, PairsPart):
            values = coo_array(known.weights(part.decay) @ self.pairs.matrix(part.rate))
            values.data = np.log1p(values.data / OFTEN)
            return values
        times = known.weights(1)  # how often each song is in the history
        if part.of == "times":
            values = coo_array(times)
            values.data = np.log(values.data)
            return values
        latest = known.weights(0)
        return coo_array(latest if part.of == "last" else times.sign() - latest)


def build_index(
    space: SongSpace,
    pairs: SongPairs,
    counts: NDArray[Any],
    setting: Score,
    artists: Ints | None = None,
) -> Index:
    """Returns the index of a song space for a score.

    pairs: of all songs; those that the space lacks are left out. counts: (2, m), a row for each of
    COUNTS, a column for each song, and at least as many as the space has songs. artists: (m,), as
    many; without them, songs have none.
    """
    nobody = np.full(len(space), NO_ARTIST, np.int64)
    plays = {"plays": space.plays} | dict(zip(COUNTS, counts[:, : len(space)], strict=True))
    values = {name: np.log1p(each).astype(np.float32) for name, each in plays.items()}
    return Index(
        setting=setting,
        query_units=_unit(space.query_vectors),
        target_units=np.ascontiguousarray(_unit(space.target_vectors).T),
        pairs=pairs.among(len(space)),
        song_values=values,
        song_scores=_song_scores(setting, values, len(space)),
        fallback=np.log(space.plays).astype(np.float32),
        artists=nobody if artists is None else artists[: len(space)],
        excluded=np.zeros(len(space), bool),
    )


def _parts(setting: Score, *kinds: str) -> Iterator[Any]:
    return (part for part in setting.parts.values() if part.kind in kinds and part.weight)


def _song_scores(setting: Score, song_values: dict[str, Floats], songs: int) -> Floats:
    scores = np.zeros(songs, np.float32)
    for part in _parts(setting, "songs"):
        scores += np.float32(part.weight) * song_values[part.of]
    return scores


def _unit(vectors: Floats) -> Floats:
    squares = np.einsum("ij,ij->i", vectors, vectors)[:, None]  # without a matrix of squares
    units: Floats = vectors / np.sqrt(np.where(squares == 0, np.float32(1), squares))
    return units
