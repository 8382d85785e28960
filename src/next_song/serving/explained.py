"""Explanations as columns of a table of recommendations, and in words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from next_song.retrieval.definition import Index
from next_song.retrieval.explanation import Explanation, explain
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import NO_SONG
from next_song.retrieval.rules import Rules
from next_song.retrieval.setting import Part
from next_song.retrieval.song_space import Ints

LEAST = 0.05  # what a part must add to be named
MOST = 3  # parts that are named
SAID = {
    "vectors": "near in the space",
    "next": "often directly after",
    "later": "often soon after",
    "earlier": "often before",
    "together": "often together with",
    "plays": "much played",
    "recent_plays": "much played lately",
    "last": "the latest song",
    "older": "played before",
    "times": "played often before",
}


def columns(
    index: Index,
    histories: Histories,
    best: Ints,
    rules: Sequence[Rules],
    artists: Histories,
    ids: NDArray[Any],
) -> dict[str, Any]:
    """Returns the columns that explain the songs (q, k) of `recommend`, row by row, by name.

    ids: (n,) the id of each song. Rows without a song are left out.
    """
    made = [
        explain(
            index,
            histories[row : row + 1],
            songs[songs != NO_SONG],
            rules[row] if len(rules) > 1 else rules[0],
            artists[row : row + 1],
        )
        for row, songs in enumerate(best)
    ]
    names = list(index.setting.parts)
    adds = np.concatenate([np.zeros((0, len(names)), np.float32), *(one.adds for one in made)])
    sources = np.concatenate([np.zeros((0, len(names)), np.int64), *(one.sources for one in made)])
    texts = np.append(ids, "").astype(object)[sources]  # NO_SONG is the last
    chances = np.concatenate([np.zeros(0), *(one.chances for one in made)])
    found: dict[str, Any] = {"probability": chances}
    found["why"] = [line for one in made for line in said(index, one)]
    for place, name in enumerate(names):
        found |= {f"part.{name}": adds[:, place], f"from.{name}": texts[:, place]}
    return found


def said(index: Index, explanation: Explanation) -> list[str]:
    """Returns what each song's parts add, most first, as "near in the space .41, ..."."""
    kinds = [_words(part) for part in index.setting.parts.values()]
    return [_line(kinds, adds) for adds in explanation.adds.tolist()]


def _line(kinds: list[str], adds: list[float]) -> str:
    totals = dict.fromkeys(kinds, 0.0)
    for kind, added in zip(kinds, adds, strict=True):
        totals[kind] += added
    first = sorted(totals.items(), key=lambda one: -one[1])[:MOST]
    words = [f"{kind} {added:.2f}" for kind, added in first if added >= LEAST]
    return ", ".join(words) or "much played"


def _words(part: Part) -> str:
    if part.kind == "vectors":
        return SAID["vectors"]
    return SAID[part.rate if part.kind == "pairs" else part.of]
