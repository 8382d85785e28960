import numpy as np

from next_song.evaluation.slices import by_slice
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NOT_RANKED

# 12 plays: the first third of them is of song 0, the next of songs 1 and 2, the last of 3 to 6
PLAYS = np.array([4, 2, 2, 1, 1, 1, 1])
NEW = 7


def slices(kind: str, asked: list[tuple[list[int], int, bool]]) -> dict[str, tuple[float, float]]:
    """{slice: (queries, hit rate)} for histories, their targets and whether these are hit."""
    histories = Histories.of([history for history, _, _ in asked])
    targets = np.array([target for _, target, _ in asked], np.int32)
    ranks = np.array([4 if hit else 5 for _, _, hit in asked])
    found = by_slice(ranks, Queries(histories, targets), PLAYS, k=5)[kind]
    return {name: (one["queries"], one["hit_rate"]) for name, one in found.items()}


def test_targets_by_a_third_of_the_plays() -> None:
    hit = {0, 2, 4, 5}
    asked = [([0], target, target in hit) for target in range(8)]
    expected = {"head": (1, 1), "middle": (2, 1 / 2), "tail": (4, 2 / 4), "new": (1, 0)}
    assert slices("target", asked) == expected


def test_a_song_belongs_to_the_third_in_which_its_plays_begin() -> None:
    queries = Queries(Histories.of([[0]] * 3), np.arange(3, dtype=np.int32))
    found = by_slice(np.full(3, NOT_RANKED), queries, np.array([5, 4, 1]), k=5)["target"]
    # of 10 plays song 0 has the first, song 1 begins at 5 of 10, song 2 at 9 of 10
    assert {name: one["queries"] for name, one in found.items()} == {
        "head": 1,
        "middle": 1,
        "tail": 1,
    }


def test_histories_by_length() -> None:
    asked = [([0] * length, 1, length in {3, 10}) for length in [1, 2, 3, 4, 9, 10, 11]]
    expected = {"1": (1, 0), "2-3": (2, 1 / 2), "4-9": (2, 0), "10+": (2, 1 / 2)}
    assert slices("history", asked) == expected


def test_histories_by_unknown_songs() -> None:
    asked = [
        ([0, 1, 2], 3, True),
        ([NEW, 1], 3, True),  # one of two
        ([NEW, 1, 2], 3, False),
        ([NEW, 1, NEW], 3, False),  # two of three
        ([NEW], 3, True),
    ]
    expected = {"none": (1, 1), "up to half": (2, 1 / 2), "over half": (2, 1 / 2)}
    assert slices("unknown", asked) == expected


def test_a_slice_without_queries_is_left_out() -> None:
    assert slices("target", [([0], NEW, False)]) == {"new": (1, 0)}
