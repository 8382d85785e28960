"""Retrieval written again, slowly and from its words alone: one query, one song at a time."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from next_song.retrieval.setting import Part, Score
from next_song.retrieval.song_pairs import RATES, SongPairs
from next_song.retrieval.song_space import SongSpace


def unit(vector: np.ndarray) -> np.ndarray:
    length = math.sqrt(sum(float(x) ** 2 for x in vector))
    return vector / length if length else vector


def rate(pairs: SongPairs, name: str, song: int, other: int) -> float:
    if song >= len(pairs):
        return 0
    for entry in range(pairs.starts[song], pairs.starts[song + 1]):
        if pairs.others[entry] == other:
            return float(pairs.rates[RATES.index(name)][entry])
    return 0


def value(
    part: Part, space: SongSpace, pairs: SongPairs, counts: np.ndarray, known: list[int], song: int
) -> float:
    """The value of one part for one song after a history of known songs."""
    ages = list(enumerate(reversed(known)))
    if part.kind == "vectors":
        query = sum(
            part.decay**age * unit(space.query_vectors[one].astype(float)) for age, one in ages
        )
        return float(unit(query) @ unit(space.target_vectors[song].astype(float)))
    if part.kind == "pairs":
        total = sum(part.decay**age * rate(pairs, part.rate, one, song) for age, one in ages)
        return math.log(1 + 30 * total)
    if part.kind == "songs":
        of = [space.plays, *counts][["plays", "recent_plays", "late_plays"].index(part.of)]
        return math.log(1 + of[song])
    times, last = known.count(song), song == known[-1]
    return {
        "last": float(last),
        "older": float(times > 0 and not last),
        "times": math.log(times) if times else 0,
    }[part.of]


def gave(
    part: Part, space: SongSpace, pairs: SongPairs, known: list[int], song: int
) -> dict[int, float]:
    """What each song of a history gives to a part of a song that is not of kind songs."""
    if part.kind == "repeats":
        return {one: float(one == song) for one in known}
    weights = dict.fromkeys(known, 0.0)
    for age, one in enumerate(reversed(known)):
        weights[one] += part.decay**age
    if part.kind == "pairs":
        return {one: weights[one] * rate(pairs, part.rate, one, song) for one in known}
    target = unit(space.target_vectors[song].astype(float))
    return {
        one: weights[one] * float(unit(space.query_vectors[one].astype(float)) @ target)
        for one in known
    }


def scores(
    space: SongSpace,
    pairs: SongPairs,
    counts: np.ndarray,
    setting: Score,
    history: list[int],
    artists: Sequence[int] = (),
    by: Sequence[int] = (),
) -> list[float]:
    """artists: that of each song, 0 for none; by: those of the history."""
    known = [song for song in history if song < len(space)]
    if not known:
        return [
            math.log(plays) + (50 if song < len(artists) and artists[song] in set(by) - {0} else 0)
            for song, plays in enumerate(space.plays)
        ]
    return [
        -math.inf
        if song in known and not setting.repeats
        else sum(
            part.weight * value(part, space, pairs, counts, known, song)
            for part in setting.parts.values()
        )
        for song in range(len(space))
    ]


def ranking(values: list[float]) -> list[int]:
    """Songs best first, ties to the lower number, songs left out not at all."""
    songs = [song for song, value in enumerate(values) if value > -math.inf]
    return sorted(songs, key=lambda song: (-values[song], song))


def under_rules(
    songs: list[int],
    exclude: Collection[int] = (),
    only: Collection[int] | None = None,
    per_artist: int | None = None,
    artists: Sequence[int] = (),
) -> list[int]:
    """A ranking without what the rules leave out."""
    kept: list[int] = []
    for song in songs:
        allowed = song not in exclude and (only is None or song in only)
        others = [one for one in kept if artists[one] == artists[song]]
        full = per_artist is not None and artists[song] != 0 and len(others) >= per_artist
        if allowed and not full:
            kept.append(song)
    return kept
