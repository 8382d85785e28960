"""Four weekly runs that train anew, beside runs that start from the last archive: `weeks.py DATA`.

DATA is nowplaying.parquet, whose sequences follow the date, in ten slices. Week 1 learns six of
them, the last of which is its validation split, and is tested on the seventh; each later week
learns one more. One candidate alone is trained. Prints a table in Markdown.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from kedro.framework.startup import bootstrap_project

from comparison.finished import ROOT
from comparison.tables import apart, figure, table
from comparison.weekly import SLICES, K, Made, Week
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import compare
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import former_numbers

WEEKS = 4
HEADER = [
    "week",
    "training",
    f"HR@{K}",
    f"MRR@{K}",
    "behind anew",
    "CPU",
    "cosine",
    "after a rotation",
]


def drift(former: SongSpace, songs: Any, space: SongSpace, now: Any) -> tuple[float, float]:
    """Returns the mean cosine of the songs' vectors with those before: as they are, and turned.

    Turned is by the rotation that fits best (Schönemann, Psychometrika 1966).
    """
    numbers = former_numbers(songs, now)[: len(space)]
    known = (numbers >= 0) & (numbers < len(former))
    before, after = former.query_vectors[numbers[known]], space.query_vectors[known]
    before, after = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (before, after))
    left, _, right = np.linalg.svd(before.T @ after)
    found = [
        float((turned * after).sum(axis=1).mean()) for turned in (before, before @ left @ right)
    ]
    return found[0], found[1]


def main(source: str) -> None:
    """Run the weeks, and print their table."""
    bootstrap_project(ROOT)
    rows, before = [], None
    with TemporaryDirectory(prefix="next-song-weeks-") as folder:
        for number in range(WEEKS):
            week = Week(source, SLICES - WEEKS + number + 1, Path(folder) / str(number))
            archives = [Path(folder) / f"{how}{number}.tar.gz" for how in ("anew", "continued")]
            anew = week.run(None, archives[0])
            made = [anew, anew]
            if before:
                made[1] = week.run(str(Path(folder) / f"continued{number - 1}.tar.gz"), archives[1])
            else:
                archives[0].rename(archives[1])
            rows += _rows(number, week, made, before)
            print(table(HEADER, rows), flush=True)
            before = week, made


def _rows(number: int, week: Week, made: list[Made], before: Any) -> list[list[str]]:
    rows = []
    for place, how in enumerate(("anew", "continued")):
        one, card = made[place], made[place].tested.scorecard
        hits = [METRICS["hit_rate"](each.tested.ranks, K) for each in (made[0], one)]
        behind = compare(*hits, week.queries, week.protocol.seed) if place else None
        moved = ["", ""]
        if before:
            former, songs = before[1][place].space, before[0].load("refit_songs")
            moved = [f"{x:.2f}" for x in drift(former, songs, one.space, week.load("refit_songs"))]
        figures = [figure(card[name][str(K)]) for name in ("hit_rate", "mrr")]
        rows.append([str(number + 1), how, *figures, apart(behind), f"{one.seconds:.0f} s", *moved])
    return rows if before else rows[:1]


if __name__ == "__main__":
    main(*sys.argv[1:])
