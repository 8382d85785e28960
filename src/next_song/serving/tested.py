"""An archive's own answers to the queries of a split."""

from typing import Any

import numpy as np

from next_song import progress
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import NOT_RANKED
from next_song.retrieval.song_space import Ints
from next_song.serving.archive import ModelArchive

BATCH = 64


def target_ranks(archive: ModelArchive, queries: Queries, ids: Any) -> Ints:
    """Returns the place of each target in the archive's answer, (q,); NOT_RANKED if it has none.

    ids: (n,) the ids of the songs that the queries number. The archive may know other songs: a
    target that it does not know is never in its answer.
    """
    ranks = np.full(len(queries), NOT_RANKED)
    with progress.task("answering", len(queries), "queries"):
        for start in range(0, len(queries), BATCH):
            batch = queries[slice(start, start + BATCH)]
            answers = archive.answer(histories_of(batch, ids))["song_ids"]
            rows, columns = np.nonzero(answers == ids[batch.targets][:, None])
            ranks[start + rows] = columns
            progress.advance(len(batch))
    return ranks


def histories_of(queries: Queries, ids: Any) -> list[list[str]]:
    """Returns the history of each query as song ids, oldest first."""
    histories = queries.histories
    return [
        list(ids[histories.songs[start:end]])
        for start, end in zip(histories.starts, histories.ends, strict=True)
    ]
