"""The votes of the baselines, written again: slowly, one song at a time, from the words alone."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from next_song.evaluation import baselines, neighbours, voting
from next_song.evaluation.baselines import BASELINES
from next_song.evaluation.neighbours import SessionKnn, Stan, Vstan
from next_song.evaluation.voting import Baseline
from next_song.retrieval.queries import Histories

Playlists = list[list[int]]


def build(name: str, playlists: Playlists, repeats: bool) -> Baseline:
    songs = np.array([song for playlist in playlists for song in playlist], np.int32)
    offsets = np.cumsum([0] + [len(playlist) for playlist in playlists])
    return BASELINES[name](songs, offsets, np.bincount(songs), repeats)


def scores(name: str, playlists: Playlists, history: list[int]) -> list[float]:
    """The scores of one history, whose songs may be answers."""
    return build(name, playlists, True).score(Histories.of([history]))[0].tolist()


def slow(name: str, playlists: Playlists, repeats: bool, history: list[int]) -> list[float]:
    """The scores of all songs for one history."""
    plays = np.bincount([song for playlist in playlists for song in playlist])
    known = [song for song in history if song < len(plays)]
    votes = [VOTES[name](known, playlists, song) if known else 0 for song in range(len(plays))]
    left_out = set() if repeats else set(known)
    scores = [-math.inf if song in left_out else vote for song, vote in enumerate(votes)]
    if max(scores) <= 0:
        scores = [score + math.log(count) for score, count in zip(scores, plays, strict=True)]
    return scores


def ages(history: list[int]) -> dict[int, int]:
    """The ages of the most recent songs; a song counts where it was played last."""
    recent = list(reversed(history))[: voting.RECENT_SONGS]
    return {song: recent.index(song) for song in recent}


def no_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return 0


def sequential_rule_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return math.fsum(
        1 / (there - here)
        for playlist in playlists
        for here, first in enumerate(playlist)
        for there, second in enumerate(playlist)
        if first == history[-1] and second == song and 1 <= there - here <= baselines.STEPS
    )


def association_rule_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return sum(history[-1] in playlist and song in playlist for playlist in playlists)


def item_votes(history: list[int], playlists: Playlists, song: int) -> float:
    def vector(one: int) -> list[int]:
        return [int(one in playlist) for playlist in playlists]

    def cosine(a: list[int], b: list[int]) -> float:
        both = sum(x * y for x, y in zip(a, b, strict=True))
        return both / math.sqrt(sum(a) * sum(b))

    return math.fsum(
        0.6**age * cosine(vector(other), vector(song)) for other, age in ages(history).items()
    )


def idf(playlists: Playlists, song: int) -> float:
    return math.log(len(playlists) / sum(song in playlist for playlist in playlists))


def nearest(
    playlists: Playlists, weights: dict[int, float], most: int, age: float = math.inf
) -> dict[int, float]:
    """The similarity of the nearest playlists, by their numbers."""

    def called(song: int) -> list[int]:
        with_it = [i for i, playlist in enumerate(playlists) if song in playlist]
        return with_it[-neighbours.LATEST :]

    near = {}
    for i, playlist in enumerate(playlists):
        shared = math.fsum(weight for song, weight in weights.items() if i in called(song))
        if shared > 0:
            later = (len(playlists) - 1 - i) / len(playlists)
            near[i] = shared / math.sqrt(len(set(playlist))) * math.exp(-later / age)
    chosen = sorted(near, key=lambda i: (-np.float32(near[i]), -i))[:most]
    return {i: near[i] for i in chosen}


def session_votes(history: list[int], playlists: Playlists, song: int) -> float:
    weights = {other: 0.6**age * idf(playlists, other) for other, age in ages(history).items()}
    near = nearest(playlists, weights, SessionKnn.nearest)
    return idf(playlists, song) * math.fsum(near[i] for i in near if song in playlists[i])


def stan_votes(history: list[int], playlists: Playlists, song: int) -> float:
    return math.fsum(similarity for similarity, _ in stan_pairs(Stan, history, playlists, song))


def vstan_votes(history: list[int], playlists: Playlists, song: int) -> float:
    votes = [
        similarity * math.exp(-newest / Vstan.shared_age)
        for similarity, newest in stan_pairs(Vstan, history, playlists, song)
    ]
    return math.fsum(votes) * (1 + Vstan.rarity * idf(playlists, song))


def stan_pairs(
    model: type[Stan], history: list[int], playlists: Playlists, song: int
) -> Iterator[tuple[float, int]]:
    """For each near playlist with the song: its vote by STAN, the least age of what it shares."""
    recent = ages(history)
    weights = {other: math.exp(-age / model.song_age) for other, age in recent.items()}
    near = nearest(playlists, weights, model.nearest, model.playlist_age)
    for playlist, similarity in ((playlists[i], near[i]) for i in near if song in playlists[i]):
        shared = [place for place, other in enumerate(playlist) if other in recent]
        place = max(place for place, other in enumerate(playlist) if other == song)
        decay = math.exp(-abs(place - max(shared)) / model.distance)
        yield similarity * decay, min(recent[playlist[place]] for place in shared)


VOTES: dict[str, Callable[[list[int], Playlists, int], float]] = {
    "popularity": no_votes,
    "sequential_rules": sequential_rule_votes,
    "association_rules": association_rule_votes,
    "item_knn": item_votes,
    "session_knn": session_votes,
    "stan": stan_votes,
    "vstan": vstan_votes,
}
