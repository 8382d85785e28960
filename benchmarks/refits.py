"""Both ways to refit the champions of finished runs: `refits.py FOLDER NAME...`.

FOLDER/NAME is the data_root of `kedro run --env NAME`, as results.py leaves it; nothing in it is
changed. Prints a table in Markdown.
"""

import sys
import time
from pathlib import Path
from typing import Any

from kedro.framework.startup import bootstrap_project

from comparison.finished import ROOT, context
from comparison.tables import apart, figure, short, table
from comparison.tested import tested
from next_song.evaluation.metrics import Metric
from next_song.evaluation.scorecard import compare
from next_song.parameters import Protocol
from next_song.pipelines.selection.refitting import refit
from next_song.retrieval.candidate import Scored
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import held_out

HEADER = ["", "refit", "figure", "MRR", "behind anew", "CPU"]


def rows(name: str, run: Any) -> list[list[str]]:
    """Returns a row for each way to refit the champion of a run, given by its Kedro context."""
    load, params = run.catalog.load, run.params
    protocol = Protocol.model_validate(params["protocol"])
    metric = Metric(params["selection"]["metric"], params["selection"]["k"])
    champion, queries = load("champion"), held_out(load("refit_playlists"), "test", protocol)
    made, seconds = {}, {}
    for how in ("anew", "continue"):
        began = time.process_time()
        space = _refitted(load, champion, how)
        seconds[how] = time.process_time() - began
        made[how] = tested(load, champion, space, queries, protocol)
    values = [metric.values(one.ranks) for one in made.values()]
    behind = {"anew": "", "continue": apart(compare(*values, queries, protocol.seed))}
    return [
        [name, how, *_figures(one, metric), behind[how], f"{seconds[how]:.0f} s"]
        for how, one in made.items()
    ]


def _figures(one: Scored, metric: Metric) -> list[str]:
    both = (metric, Metric("mrr", metric.k))
    decides, mrr = (figure(each.mean(one.scorecard)) for each in both)
    return [f"{short(metric.name)}@{metric.k} {decides}", mrr]


def _refitted(load: Any, champion: dict[str, Any], how: str) -> SongSpace:
    names = ("refit_corpus", "refit_playlists", "refit_songs", "playlists", "songs")
    tables = [load(name) for name in (*names, "chosen_vectors")]
    candidate = load(f"{champion['model']}_candidate")
    return refit(*tables, champion, how, None, **{champion["model"]: candidate})


def main(folder: str, *names: str) -> None:
    """Refit the champions of these runs both ways."""
    bootstrap_project(ROOT)
    found = []
    for name in names:
        found += rows(name, context(Path(folder, name), name))
    print(table(HEADER, found))


if __name__ == "__main__":
    main(*sys.argv[1:])
