"""Weights that few queries fitted, beside those of the parameters: `few_queries.py FOLDER NAME...`.

FOLDER/NAME is the data_root of `kedro run --env NAME`, as results.py leaves it; nothing in it is
changed. Queries of one half of the validation playlists are drawn and fit the weights, those of the
other half are asked. Prints a table in Markdown: how far the fitted weights are ahead. Here fits
have no `retrieval.fit.least`: the table shows why runs have one.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from kedro.framework.startup import bootstrap_project

from comparison.finished import ROOT, context
from comparison.tables import apart, short, table
from next_song.evaluation.cross_fitting import compared, halves
from next_song.evaluation.metrics import Metric, Values
from next_song.evaluation.scorecard import compare
from next_song.parameters import Protocol
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.fitting import fit
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Retrieval
from next_song.retrieval.song_space import Ints
from next_song.retrieval.tables import pairs_of, song_counts, validation

FITTED = (100, 250, 500, 1000, 4000)  # queries
SPREADS = (0.7, 0.35)
DRAWS = 5
ASKED = 8000


class Few:
    """The champion of a finished run before its refit. run: its Kedro context."""

    def __init__(self, run: Any) -> None:
        load, params = run.catalog.load, run.params
        self._protocol = Protocol.model_validate(params["protocol"])
        self._retrieval = Retrieval.model_validate(params["retrieval"])
        score = self._retrieval.score(self._protocol.repeats)
        pairs, counts = pairs_of(load("song_pairs")), song_counts(load("songs"))
        self._index: Index = build_index(load("chosen_vectors"), pairs, counts, score)
        self._queries: Queries = validation(load("playlists"), self._protocol)
        half = halves(self._queries.histories.starts, self._protocol.seed)
        self._draw = np.random.default_rng(self._protocol.seed)
        self.learned, asked = (np.flatnonzero(half == number) for number in (0, 1))
        drawn = self._draw.permutation(asked)[:ASKED]
        self._asked = self._queries[np.sort(drawn)]
        chosen = params["selection"]
        self.metrics = (Metric(chosen["metric"], chosen["k"]), Metric("mrr", chosen["k"]))
        self._given = ranks(self._index, self._asked, self._protocol.scores_mib)

    def ahead(self, count: int) -> list[list[str]]:
        """Returns a row for each spread: how far weights of so many queries are ahead."""
        drawn = [np.sort(self._draw.permutation(self.learned)[:count]) for _ in range(DRAWS)]
        rows = []
        for spread in SPREADS:
            found = [self._ranks(queries, spread) for queries in drawn]
            cells = [self._compared(metric, found) for metric in self.metrics]
            rows.append([f"{count:,}", f"{spread:g}", *cells])
        return rows

    def _ranks(self, drawn: Ints, spread: float) -> Ints:
        """Returns the ranks of the asked targets, (q,), with weights that drawn queries fitted."""
        free = {"queries": len(drawn), "least": 1, "spread": spread}
        params = self._retrieval.fit.model_copy(update=free)
        found = compared(self._index, self._queries[drawn], params, self._protocol.seed)
        score = self._index.setting.weighted(fit(found, self._index.setting, params))
        return ranks(self._index.weighted(score), self._asked, self._protocol.scores_mib)

    def _compared(self, metric: Metric, found: list[Ints]) -> str:
        """Returns how far ahead the mean of all draws is."""
        values: Values = np.mean([metric.values(one) for one in found], axis=0)
        given = metric.values(self._given)
        return apart(compare(values, given, self._asked, self._protocol.seed))


def main(folder: str, *names: str) -> None:
    """Fit with few queries of these runs."""
    bootstrap_project(ROOT)
    for name in names:
        few = Few(context(Path(folder, name), name))
        counts = [count for count in FITTED if count <= len(few.learned)]
        rows = [row for count in counts for row in few.ahead(count)]
        header = ["queries", "spread", *(f"{short(one.name)}@{one.k}" for one in few.metrics)]
        print(f"\n{name}\n\n{table(header, rows)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
