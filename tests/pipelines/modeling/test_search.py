"""Successive halving on the circle, where more dimensions are better."""

from pathlib import Path
from typing import Any

import pytest

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Protocol, Word2Vec, Word2VecGrid
from next_song.pipelines.modeling.nodes import Training
from next_song.pipelines.modeling.search import halve
from next_song.retrieval.setting import Retrieval

POINT = {
    "sg": 1,
    "vector_size": 16,
    "window": 2,
    "epochs": 9,
    "negative": 5,
    "ns_exponent": 0.75,
    "sample": 0,
    "min_count": 1,
    "alpha": 0.025,
    "seed": 1,
    "workers": 1,
}

RETRIEVAL = Retrieval.model_validate(
    {
        "weights": "fixed",
        "fit": {"queries": 9, "least": 1, "candidates": 3, "spread": 1},
        "parts": {"space": {"kind": "vectors", "decay": 0, "weight": 1}},
    }
)


def searched(
    finished: Path, *, songs_as: str = "*", **lists: list[Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The trials and the chosen point, on the data of a finished run.

    songs_as: what the columns of its songs are.
    """
    read = sql.connection().read_parquet
    songs, playlists = (
        read(str(finished / f"03_primary/{name}.parquet")) for name in ("songs", "playlists")
    )
    trained = Training("wide").train_best(
        finished / "05_model_input/train_corpus.txt",
        playlists,
        songs.project(songs_as),
        read(str(finished / "04_feature/song_pairs.parquet")),
        Word2VecGrid.model_validate(POINT | lists),
        RETRIEVAL,
        Protocol(
            targets="last",
            repeats=False,
            k=[1],
            max_validation_queries=99,
            looks=1,
            seed=1,
            scores_mib=1,
        ),
        "mrr",
        1,
        None,
    )
    assert trained.space
    assert trained.space.query_vectors.shape[1] == trained.word2vec["vector_size"]
    return trained.trials.to_dict("records"), trained.word2vec


def test_a_single_point_needs_no_trial(finished: Path) -> None:
    assert searched(finished) == ([], POINT)


def test_a_min_count_of_the_grid_is_lowered_before_training(finished: Path) -> None:
    few = "* replace (plays // plays * 2 as plays)"
    _, chosen = searched(finished, songs_as=few, min_count=[3])
    assert chosen == POINT | {"min_count": 2}


def test_a_third_goes_on_with_three_times_the_epochs(finished: Path) -> None:
    trials, chosen = searched(finished, vector_size=[1, 2, 16, 24])
    assert [(one["vector_size"], one["epochs"]) for one in trials[:4]] == [
        (1, 1),
        (2, 1),
        (16, 1),
        (24, 1),
    ]
    first = sorted(trials[:4], key=lambda one: -one["figure"])[:2]
    assert sorted(one["vector_size"] for one in first) == [one["vector_size"] for one in trials[4:]]
    assert {one["epochs"] for one in trials[4:]} == {3}
    assert len(trials) == 6
    best = max(trials[4:], key=lambda one: one["figure"])
    assert chosen == POINT | {"vector_size": best["vector_size"]}
    assert chosen["epochs"] == 9


def points(epochs: int, sizes: range) -> list[Word2Vec]:
    given = [POINT | {"epochs": epochs, "vector_size": size} for size in sizes]
    return [Word2Vec.model_validate(one) for one in given]


def test_the_best_third_goes_on_and_ties_go_to_the_earlier_point() -> None:
    figures = {2: [0, 0.1, 0.5, 0.5, 0.2, 0.9, 0.3, 0.5], 6: [0, 0, 0.7, 0.7, 0, 0.1]}
    found, best = halve(points(20, range(1, 8)), lambda one: figures[one.epochs][one.vector_size])
    first = [(size, 2, figures[2][size]) for size in range(1, 8)]
    second = [(2, 6, 0.7), (3, 6, 0.7), (5, 6, 0.1)]
    columns = ["vector_size", "epochs", "figure"]
    assert [tuple(row) for row in found[columns].to_numpy().tolist()] == first + second
    assert best == points(20, range(2, 3))[0]


@pytest.mark.parametrize(
    ("count", "epochs", "trained"),
    [(1, 9, []), (2, 1, [1, 1]), (3, 27, [3, 3, 3]), (4, 9, [1, 1, 1, 1, 3, 3])],
)
def test_a_trial_has_at_least_one_epoch(count: int, epochs: int, trained: list[int]) -> None:
    given = points(epochs, range(1, 1 + count))
    found, best = halve(given, lambda one: -one.vector_size)
    assert found["epochs"].tolist() == trained
    assert best == given[0]


def test_the_same_search_finds_the_same(finished: Path) -> None:
    lists = {"window": [1, 2], "vector_size": [2, 8]}
    assert searched(finished, **lists) == searched(finished, **lists)


def test_every_point_is_checked_before_anything_is_trained() -> None:
    with pytest.raises(InputError, match="window: found 0; input should be greater than or equal"):
        Word2VecGrid.model_validate(POINT | {"window": [2, 0]})
