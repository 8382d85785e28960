"""Which candidate goes on from an archive, and with which of its points."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from next_song.errors import InputError
from next_song.grid import base_parameters
from next_song.parameters import Protocol, Word2Vec, Word2VecGrid
from next_song.pipelines.modeling import former, nodes
from next_song.pipelines.modeling.search import NO_TRIALS
from next_song.retrieval.candidate import Trained
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.training import Start

SIZES = (8, 16, 16, 4)
GRID = base_parameters()["modeling"]["wide"]["word2vec"]
PROTOCOL = Protocol(
    targets="last", repeats=False, k=[1], max_validation_queries=9, looks=1, seed=1, scores_mib=1
)
TABLES: Any = SimpleNamespace(
    playlists=duckdb.sql("select 'validation' as split where false"),
    songs=duckdb.sql("select 0 as song, 3 as plays"),
)


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """An archive of the candidate `wide`, where the grid has `near` and `wide`."""
    made = SimpleNamespace(scorecard={"model": "wide"}, score=SimpleNamespace(repeats=False))
    monkeypatch.setattr(former, "open_archive", lambda address, name: made)
    monkeypatch.setattr(former, "candidate_names", lambda: ["near", "wide"])
    return made


def test_the_archive_is_of_one_candidate(archive: SimpleNamespace) -> None:
    found = former.former_model("a.tar.gz", "wide", repeats=False)
    assert found is archive  # type: ignore[comparison-overlap]
    assert former.former_model("a.tar.gz", "near", repeats=False) is None


def test_an_archive_of_another_protocol_is_told(archive: SimpleNamespace) -> None:
    """Its score lacks the parts that tell repeats from songs that are near themselves."""
    with pytest.raises(InputError) as error:
        former.former_model("a.tar.gz", "near", repeats=True)
    assert str(error.value) == (
        "selection.start_from: found a model with protocol.repeats=False in a.tar.gz; expected "
        "True, as in this run: set protocol.repeats to that of the archive, or leave start_from "
        "out to train anew"
    )


def test_a_candidate_that_the_grid_lacks_is_told(archive: SimpleNamespace) -> None:
    archive.scorecard["model"] = "old"
    with pytest.raises(InputError) as error:
        former.former_model("a.tar.gz", "wide", repeats=False)
    assert str(error.value) == (
        "selection.start_from: found a model of candidate old in a.tar.gz; expected one of the "
        "grid, near, wide: give the candidate its old name in conf/base, or leave start_from out "
        "to train anew"
    )


def points() -> list[Word2Vec]:
    first = Word2VecGrid.model_validate(GRID).points()[0]
    return [
        first.model_copy(update={"vector_size": size, "window": window})
        for window, size in enumerate(SIZES, 1)
    ]


def start(size: int) -> Start:
    vectors = np.zeros((3, size), np.float32)
    return Start(SongSpace(vectors, vectors, np.full(3, 9)), np.arange(3))


@pytest.mark.parametrize(("size", "windows"), [(8, [1]), (16, [2, 3]), (4, [4])])
def test_points_of_the_size_of_the_archive_go_on_in_their_order(
    size: int, windows: list[int]
) -> None:
    assert [one.window for one in former.fitting(points(), start(size), "wide")] == windows


def test_another_size_is_told_with_those_of_the_grid() -> None:
    with pytest.raises(InputError) as error:
        former.fitting(points(), start(5), "wide")
    assert str(error.value) == (
        "selection.start_from: found vectors of size 5 in the archive; expected 8, 16, 16, 4, the "
        "vector_size of candidate wide: change it to that of the archive, or leave start_from out "
        "to train anew"
    )


@pytest.mark.parametrize(
    ("lists", "unread"),
    [
        (
            {},
            {
                "params:retrieval",
                "params:protocol",
                "params:selection.metric",
                "params:selection.k",
            },
        ),
        ({"window": [1, 2]}, set()),
    ],
)
def test_a_single_point_is_chosen_by_no_metric(
    lists: dict[str, list[int]], unread: set[str]
) -> None:
    grid = Word2VecGrid.model_validate(points()[0].model_dump() | lists)
    assert nodes._unread(None, None, None, None, grid) == unread


def test_trials_go_on_from_the_archive_as_the_training_after_them_does(
    archive: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, given = (
        start(8),
        Word2VecGrid.model_validate(GRID | {"vector_size": 8, "window": [1, 2]}),
    )
    starts: list[Start] = []

    def train(
        corpus: Any, playlists: Any, songs: Any, params: Word2Vec, at: Any = None
    ) -> SongSpace:
        starts.append(at)
        return begun.space

    def halve(points: list[Word2Vec], figure: Any) -> tuple[pd.DataFrame, Word2Vec]:
        return pd.DataFrame([figure(point) for point in points]), points[0]

    monkeypatch.setattr(nodes, "start_of", lambda former, songs: begun)
    monkeypatch.setattr(nodes, "train", train)
    monkeypatch.setattr(nodes, "halve", halve)
    playlists = duckdb.sql(
        "select 'validation' as split, [0, 1]::int[] as songs, 0 as first_target"
    )
    songs = duckdb.sql(
        "select unnest([0, 1, 2]) as song, 9 as plays, 1 as recent_plays, 1 as late_plays"
    )
    pairs = duckdb.sql(
        "select 0 as song, 1::integer as other, 1::float as next, 1::float as later, "
        "1::float as earlier, 1::float as together"
    )
    pairs = pairs.union(pairs.select("song, 2::integer, next + 1, later, earlier, together"))
    retrieval = Retrieval.model_validate(base_parameters()["retrieval"] | {"weights": "fixed"})
    protocol = PROTOCOL.model_copy(update={"k": [2]})
    made = nodes.Training("wide").train_best(
        Path("none"), playlists, songs, pairs, given, retrieval, protocol, "mrr", 2, "a.tar.gz"
    )
    assert starts == [begun] * 3  # two trials, and the training of the best
    # by the pairs, 2 comes before 1: its reciprocal rank is a half, though it is a hit
    assert made.trials[0].tolist() == [0.5, 0.5]


def test_a_candidate_that_is_left_out_has_its_first_point_and_no_figures(
    archive: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = SimpleNamespace(sample=lambda most, seed: asked.append((most, seed)))
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(nodes, "validation", lambda playlists, protocol: empty)
    given = points()[0].model_dump() | {"window": [7, 3], "min_count": 1}
    trained = nodes.Training("near").train_best(
        None,  # type: ignore[arg-type]
        TABLES.playlists,
        TABLES.songs,
        None,  # type: ignore[arg-type]
        Word2VecGrid.model_validate(given),
        SimpleNamespace(score=lambda repeats: None),  # type: ignore[arg-type]
        PROTOCOL,
        "mrr",
        1,
        "a.tar.gz",
    )
    assert asked == [(1000, PROTOCOL.seed)]  # the queries of a trial
    assert (trained.space, trained.word2vec["window"]) == (None, 7)
    pd.testing.assert_frame_equal(trained.trials, NO_TRIALS)
    scored = nodes.score(
        Trained(NO_TRIALS, {}, None),
        *[None] * 3,
        None,
        PROTOCOL,
        "a.tar.gz",  # type: ignore[arg-type]
    )
    assert scored.scorecard == {}
    assert scored.ranks.shape == (0,)
    assert scored.ranks.dtype == np.int64
