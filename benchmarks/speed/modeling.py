"""Training against bare gensim, and a grid on two cores against one candidate after another."""

from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import Word2Vec as GensimWord2Vec

from next_song import sql
from next_song.grid import base_parameters
from next_song.parameters import Word2Vec
from next_song.retrieval.tables import training_plays
from next_song.retrieval.training import train
from speed.measure import Apart, Row, apart
from speed.nodes import ROOT, measured_run, project_with
from speed.samples import QUICK, Size

FULL = Size(30_000, 66_000, dirty=0)
REPEATS = 3
CORES = 2


def candidate(**changed: Any) -> dict[str, Any]:
    """Hyper-parameters of conf/base's `wide`, but few epochs."""
    wide: dict[str, Any] = base_parameters()["modeling"]["wide"]["word2vec"]
    return wide | {"epochs": 1} | changed


def tables(root: Path) -> tuple[Any, Any]:
    """The playlists and songs that a run made."""
    connection = sql.connection()
    made = (root / "03_primary" / f"{name}.parquet" for name in ("playlists", "songs"))
    playlists, songs = (connection.read_parquet(str(path)) for path in made)
    return playlists, songs


def ours(root: Path, params: dict[str, Any]) -> Any:
    """What the node does: the vectors."""
    corpus, parsed = root / "05_model_input/train_corpus.txt", Word2Vec.model_validate(params)
    return train(corpus, *tables(root), parsed).query_vectors


def bare(root: Path, params: dict[str, Any]) -> Any:
    """The same with gensim alone."""
    _, songs = tables(root)
    plays, corpus = training_plays(songs), str(root / "05_model_input/train_corpus.txt")
    with open(corpus) as file:
        lines = sum(1 for _ in file)
    model = GensimWord2Vec(**Word2Vec.model_validate(params).model_dump(), sorted_vocab=0)
    model.build_vocab_from_freq(
        {str(song): int(count) for song, count in enumerate(plays) if count >= params["min_count"]}
    )
    model.train(
        corpus_file=corpus,
        total_examples=lines,
        total_words=int(plays.sum()),
        epochs=params["epochs"],
    )
    return model.wv.vectors


def middle(measured: list[Apart]) -> Apart:
    """The one of median seconds."""
    return sorted(measured, key=lambda one: one.seconds)[len(measured) // 2]


def train_rows(root: Path) -> list[Row]:
    """One candidate, and memory."""
    pairs = [
        (apart(ours, root, candidate()), apart(bare, root, candidate())) for _ in range(REPEATS)
    ]
    for one, other in pairs:
        np.testing.assert_array_equal(one.result, other.result)
    one, other = (middle([pair[place] for pair in pairs]) for place in (0, 1))
    plays = int(training_plays(tables(root)[1]).sum())
    per_second = [plays * candidate()["epochs"] / made.seconds for made in (one, other)]
    part = "training, one candidate"
    return [
        Row(part, "bare gensim", "plays/s", *per_second, 0.95, at_most=False, note="same vectors"),
        Row(part + ", peak memory", "bare gensim", "GiB", one.peak_gib, other.peak_gib, 1.2),
    ]


def grid_row(folder: Path, root: Path) -> Row:
    """Four equal candidates, scored with fixed weights."""
    grid = {f"candidate_{number}": {"word2vec": candidate(seed=number)} for number in range(1, 5)}
    project = project_with(folder / "project_grid", grid)
    given = {"retrieval": {"weights": "fixed"}}
    seconds = {
        runner: measured_run(project, root, given, "modeling", runner)["seconds"]
        for runner in ("SequentialRunner", "ParallelRunner")
    }
    return Row(
        f"training, grid on {CORES} cores",
        "the same candidates one after another",
        "candidates/s",
        len(grid) / seconds["ParallelRunner"],
        len(grid) / seconds["SequentialRunner"],
        1.75,
        at_most=False,
    )


def rows(folder: Path, quick: bool) -> list[Row]:
    """All of it, on playlists that data_engineering has prepared."""
    source, root = (QUICK if quick else FULL).made(folder), folder / "modeling"
    measured_run(ROOT, root, {"input": str(source)}, "data_engineering")
    return [*train_rows(root), grid_row(folder, root)]
