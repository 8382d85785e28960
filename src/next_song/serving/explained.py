"""Explanations of recommendations: as columns of a table, and in words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.definition import BY_ARTIST, Index
from next_song.retrieval.explanation import Explanation, explain
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import Rules
from next_song.retrieval.setting import Part
from next_song.retrieval.song_space import Floats, Ints

LEAST = 0.05  # what a part must add to be named
MOST = 3  # parts that are named
LITTLE = "little speaks for it"  # where no part adds as much as LEAST
SAID = {
    "vectors": "near in the space to",
    "next": "often directly after",
    "later": "often soon after",
    "earlier": "often before",
    "together": "often together with",
    "plays": "much played",
    "recent_plays": "much played lately",
    "late_plays": "often late in a playlist",
    "last": "the latest song",
    "older": "played before",
    "times": "played often",
}


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


def columns(index: Index, answers: Answers, names: NDArray[Any]) -> dict[str, Any]:
    """Returns the columns that explain all songs of answers, row by row, by column.

    names: (n,) what stands for each song of the model. Rows without a song are left out.
    """
    made = [explanation(index, answers, row) for row in range(len(answers.songs))]
    parts = list(index.setting.parts)
    adds = np.concatenate([np.zeros((0, len(parts)), np.float32), *(one.adds for one in made)])
    sources = np.concatenate([np.zeros((0, len(parts)), np.int64), *(one.sources for one in made)])
    texts = np.append(names, "").astype(object)[sources]  # NO_SONG is the last
    chances = np.concatenate([np.zeros(0), *(one.chances for one in made)])
    found: dict[str, Any] = {"probability": chances}
    found["why"] = [
        line
        for one, scores, known in zip(made, answers.scores.tolist(), answers.known, strict=True)
        for line in said(index, one, names, scores, known=known)
    ]
    for place, name in enumerate(parts):
        found |= {f"part.{name}": adds[:, place], f"from.{name}": texts[:, place]}
    return found


def explanation(index: Index, answers: Answers, row: int) -> Explanation:
    """Returns the explanation of the songs that answer one of the histories."""
    songs, rules = answers.songs[row], answers.rules
    return explain(
        index,
        answers.histories[row : row + 1],
        songs[songs != NO_SONG],
        rules[row] if len(rules) > 1 else rules[0],
        answers.artists[row : row + 1],
    )


def said(
    index: Index,
    explanation: Explanation,
    names: NDArray[Any],
    scores: list[float],
    *,
    known: bool,
) -> list[str]:
    """Returns what adds most to each song, as "often together with X 2.72, near in the space 0.41".

    names: (n,) what stands for each song of the model. scores: of these songs, and more after them
    where fewer songs are left. known: whether the model knows a song of the history.
    """
    parts = list(index.setting.parts.values())
    return [
        said_of(
            parts,
            adds,
            [names[source] if source != NO_SONG else "" for source in sources],
            score,
            known=known,
        )
        for adds, sources, score in zip(
            explanation.adds.tolist(), explanation.sources.tolist(), scores, strict=False
        )
    ]


def said_of(
    parts: list[Part], adds: list[float], sources: list[str], score: float, *, known: bool
) -> str:
    """Returns the words for one song: parts that say the same add up, the largest names the song.

    adds, sources: of each part, what it adds, and the name of the song that gave most of it. known:
    whether a song of the history is known; if none is, songs are by its artists, or played much.
    """
    totals: dict[str, float] = {}
    songs: dict[str, str] = {}
    for part, added, source in sorted(
        zip(parts, adds, sources, strict=True), key=lambda one: -one[1]
    ):
        kind = _kind(part)
        totals[kind] = totals.get(kind, 0) + added
        songs.setdefault(kind, source if part.kind in ("vectors", "pairs") else "")
    first = sorted(totals.items(), key=lambda one: -one[1])[:MOST]
    words = [
        " ".join(filter(None, (SAID[kind], songs[kind], f"{added:.2f}")))
        for kind, added in first
        if added >= LEAST
    ]
    if words or known:
        return ", ".join(words) or LITTLE
    return "by the same artist" if score >= BY_ARTIST else "much played"


def _kind(part: Part) -> str:
    if part.kind == "vectors":
        return part.kind
    return part.rate if part.kind == "pairs" else part.of
