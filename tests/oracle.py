"""Retrieval written again, slowly and from its words alone: one query, one song at a time."""

import math

import numpy as np

from next_song.parameters import Retrieval
from next_song.song_space import SongSpace


def unit(vector: np.ndarray) -> np.ndarray:
    length = math.sqrt(sum(float(x) ** 2 for x in vector))
    return vector / length if length else vector


def scores(space: SongSpace, retrieval: Retrieval, history: list[int]) -> list[float]:
    known = [song for song in history if song < len(space)]
    if not known:
        return [math.log(plays) for plays in space.plays]
    query = np.zeros(space.query_vectors.shape[1])
    for age, song in enumerate(reversed(known)):
        query += retrieval.decay**age * unit(space.query_vectors[song].astype(float))
    query = unit(query)
    vectors = space.query_vectors if retrieval.target == "input" else space.target_vectors
    result = []
    for song in range(len(space)):
        cosine = float(query @ unit(vectors[song].astype(float)))
        prior = retrieval.popularity * math.log(space.plays[song])
        seen = song in known and not retrieval.repeats
        result.append(-math.inf if seen else cosine + prior)
    return result


def ranking(values: list[float]) -> list[int]:
    """Songs best first, ties to the lower number, songs left out not at all."""
    songs = [song for song, value in enumerate(values) if value > -math.inf]
    return sorted(songs, key=lambda song: (-values[song], song))
