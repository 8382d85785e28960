import numpy as np

from comparison.ablation import Asked, ablation
from next_song.evaluation.metrics import Metric
from next_song.grid import base_parameters
from next_song.parameters import Protocol
from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import queries_of
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_pairs import SongPairs
from next_song.retrieval.song_space import SongSpace

SONGS, PLAYLISTS = 60, 40
PARTS = {
    "space": {"kind": "vectors", "decay": 0.5, "weight": 0.1},
    "next": {"kind": "pairs", "rate": "next", "decay": 0, "weight": 1},
}


def asked() -> Asked:
    """Playlists of three songs i, i + 1, i + 2: each song is followed by the next number."""
    songs = np.array([n + i for n in range(PLAYLISTS) for i in range(3)], np.int32)
    queries = queries_of(songs, np.arange(PLAYLISTS + 1) * 3, np.zeros(PLAYLISTS, int), "last")
    base = base_parameters()
    protocol = Protocol.model_validate(base["protocol"] | {"k": [1, 10]})
    retrieval = Retrieval.model_validate(base["retrieval"] | {"parts": PARTS})
    return Asked(queries, retrieval, protocol, Metric("hit_rate", 1))


def test_each_part_is_left_out_and_the_tutorial_is_asked() -> None:
    vectors = np.random.default_rng(1).standard_normal((2, SONGS, 8)).astype(np.float32)
    plays = np.full(SONGS, 3)
    space = SongSpace(*vectors, plays)
    some, none = np.ones(SONGS - 1, np.float32), np.zeros(SONGS - 1, np.float32)
    starts = np.minimum(np.arange(SONGS + 1), SONGS - 1)
    pairs = SongPairs(starts, np.arange(1, SONGS, dtype=np.int32), (some, none, none, none))
    given = asked()
    index = build_index(
        space, pairs, np.stack([plays, plays]), given.retrieval.score(repeats=False)
    )
    cards = ablation(given, index, space)
    assert list(cards) == [
        "everything",
        "without `space`",
        "without `next`",
        "vectors alone",
        "without a fit: the weights of `conf/base`",
        "the tutorial as published",
    ]
    hits = {name: card["hit_rate"]["1"] for name, card in cards.items()}
    assert hits["everything"] == hits["without `space`"] == 1
    assert hits["without `next`"] == hits["vectors alone"] < 0.2
    behind = cards["without `next`"]["behind"]
    assert behind["difference"] == 1 - hits["without `next`"]
    assert behind["low"] > 0.5
    assert cards["everything"]["behind"]["difference"] == 0
