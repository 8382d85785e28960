"""Retrieval written again, slowly and from its words alone: one query, one song at a time."""

import math

import numpy as np
from scipy.sparse import csr_array

from next_song.parameters import Retrieval
from next_song.retrieval.song_space import SongSpace


def unit(vector: np.ndarray) -> np.ndarray:
    length = math.sqrt(sum(float(x) ** 2 for x in vector))
    return vector / length if length else vector


def scores(
    space: SongSpace, followers: csr_array, retrieval: Retrieval, history: list[int]
) -> list[float]:
    known = [song for song in history if song < len(space)]
    if not known:
        return [math.log(plays) for plays in space.plays]
    query = np.zeros(space.query_vectors.shape[1])
    for age, song in enumerate(reversed(known)):
        query += retrieval.decay**age * unit(space.query_vectors[song].astype(float))
    query = unit(query)
    rates = followers.toarray()
    vectors = space.query_vectors if retrieval.target == "input" else space.target_vectors
    result = []
    for song in range(len(space)):
        cosine = float(query @ unit(vectors[song].astype(float)))
        prior = retrieval.popularity * math.log(space.plays[song])
        follows = sum(
            retrieval.decay**age * float(rates[earlier, song])
            for age, earlier in enumerate(reversed(known))
        )
        seen_to_follow = retrieval.followers * math.log(1 + 30 * follows)
        seen = song in known and not retrieval.repeats
        result.append(-math.inf if seen else cosine + prior + seen_to_follow)
    return result


def ranking(values: list[float]) -> list[int]:
    """Songs best first, ties to the lower number, songs left out not at all."""
    songs = [song for song, value in enumerate(values) if value > -math.inf]
    return sorted(songs, key=lambda song: (-values[song], song))
