"""Playlists in which each split has an answer of its own, and the tables that runs make of them.

After each trigger, training plays one song, validation another and the test split a third. So what
a model answers says which splits it learned from, and what it is asked says which split it is.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from next_song import sql
from next_song.parameters import Cleaning, Columns, PairCounts, Protocol, Sessions, Split
from next_song.pipelines.data_engineering import nodes
from next_song.pipelines.data_engineering.pairs import count_pairs

TRIGGERS = 12
PROTOCOL = Protocol(
    targets="last",
    repeats=False,
    k=[1, 2, 3],
    max_validation_queries=999,
    looks=1,
    seed=1,
    scores_mib=1,
)
Rows = list[tuple[str, str, str, int]]


def plays_apart() -> Rows:
    """Returns rows of playlist, song, split and position; play order is the reverse of row order.

    In each of four equal parts of validation, and of three of the test split, what comes next is:
    `only`, a song that no other split plays there; `taught`, played there in validation and in the
    test split; `known`, played there in training and validation; and, after a song that is unknown,
    the most played song of training in validation, and that of validation in the test split.
    """
    lists: list[tuple[str, list[str]]] = []
    for n in range(TRIGGERS):
        t, v, x = (f"{name} only {n}" for name in ("train", "validation", "test"))
        lists += [("train", [f"trigger {n}", t]), ("train", [f"cue {n}", f"known {n}"])] * 3
        alone = [v, x, f"taught {n}", f"start {n}"]  # known from training, far from the others
        lists += [("train", [f"{song}'s", song]) for song in alone]
        lists += [(split, [f"hit of {split}"]) for split in ("train", "validation", "test")] * 4
        lists += [("validation", ["hit of validation", f"trigger {n}", v])] * 4
        lists += [("validation", [f"start {n}", f"taught {n}"])] * 4
        lists += [("validation", [f"cue {n}", f"known {n}"])] * 4
        lists += [("validation", [f"never heard {n}", "hit of train"])] * 4
        lists += [("test", ["hit of test", f"trigger {n}", x])] * 6
        lists += [("test", [f"start {n}", f"taught {n}"])] * 6
        lists += [("test", [f"unheard {n}", "hit of validation"])] * 6
    lists += [("train", ["hit of test"]), ("train", ["hit of validation"])]
    return [
        (f"playlist {number}", song, split, position)
        for number, (split, songs) in enumerate(lists)
        for position, song in reversed(list(enumerate(songs)))
    ]


def write(rows: Rows, path: Path) -> Path:
    """Writes the plays as a table that the source `plays` reads."""
    columns = ["playlist", "song", "split", "position"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def tables(path: Path, defaults: dict[str, Any], *training: str) -> SimpleNamespace:
    """Returns what data_engineering makes for models that train on these splits, and the corpus."""
    groups = {"columns": Columns, "sessions": Sessions, "cleaning": Cleaning, "split": Split}
    given = defaults | {
        "cleaning": defaults["cleaning"] | {"min_songs": 1},
        "split": defaults["split"] | {"by": "column"},
    }
    checked = [group.model_validate(given[name]) for name, group in groups.items()]
    plays, _, _ = nodes.prepare_plays([str(path)], "plays", *checked)
    plays, made = sql.materialized(plays, "apart_plays"), nodes.TrainingTables(*training)
    songs = sql.materialized(made.number_songs(plays), f"songs_{len(training)}")
    playlists = sql.materialized(made.list_playlists(plays, songs), f"playlists_{len(training)}")
    counts = PairCounts.model_validate(defaults["song_pairs"])
    pairs = sql.materialized(count_pairs(playlists, counts), f"pairs_{len(training)}")
    corpus = path.with_name(f"corpus_{len(training)}.txt")
    lines = nodes.write_corpus(playlists).fetchall()
    corpus.write_text("".join(f"{line}\n" for (line,) in lines))
    return SimpleNamespace(songs=songs, playlists=playlists, pairs=pairs, corpus=corpus)
