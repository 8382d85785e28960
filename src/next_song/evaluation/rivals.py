"""What a champion is compared with: the baselines, and the public tutorial as published."""

import numpy as np
import pandas as pd
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.evaluation.baselines import BASELINES
from next_song.evaluation.scorecard import rank_figures
from next_song.parameters import Protocol
from next_song.retrieval.candidate import Scored
from next_song.retrieval.definition import COUNTS, Index, build_index
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import Model, Without, ranks
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import Ints, SongSpace
from next_song.retrieval.tables import split_songs, training_plays

NO_SONGS = np.zeros(0, np.int64)
TUTORIAL = "tutorial"
AS_PUBLISHED = ", as published"
VECTORS_ALONE = ", vectors alone"


def score_baselines(
    queries: Queries,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    baselines: list[str],
    looks: int = 1,
    excluded: Ints = NO_SONGS,
) -> dict[str, Scored]:
    """Returns how baselines do; they learn from the training playlists.

    baselines: names of BASELINES. excluded: the numbers of songs that are never answers. looks:
    see `uncertainty.level`.
    """
    played, offsets, _ = split_songs(playlists, "train")
    plays = training_plays(songs)
    scored: dict[str, Scored] = {}
    with progress.task("scoring", len(queries) * len(baselines), "queries"):
        for name in baselines:
            model = BASELINES[name](played, offsets, plays, protocol.repeats)
            scored[name] = score(Without(model, excluded), queries, protocol, looks)
    return scored


def score(model: Model, queries: Queries, protocol: Protocol, looks: int = 1) -> Scored:
    """Returns the scorecard of a model, and its ranks. looks: see `uncertainty.level`."""
    target_ranks = ranks(model, queries, protocol.scores_mib)
    return Scored(rank_figures(target_ranks, queries, protocol, len(model), looks), target_ranks)


def as_published(space: SongSpace, repeats: bool) -> Index:
    """Returns a song space with the retrieval of the public tutorial.

    That is the cosine of the input vectors of the last song and of each song, as gensim's
    `most_similar` computes it.
    """
    inputs = SongSpace(space.query_vectors, space.query_vectors, space.plays)
    last = VectorsPart(kind="vectors", decay=0, weight=1)
    setting = Score(repeats=repeats, parts={"last": last})
    return build_index(inputs, NO_PAIRS, np.zeros((len(COUNTS), len(space))), setting)


def vectors_alone(space: SongSpace, setting: Score) -> Index:
    """Returns a song space with the parts of a score that need no other table of songs."""
    alone = setting.only("vectors", "repeats")
    return build_index(space, NO_PAIRS, np.zeros((len(COUNTS), len(space))), alone)


def best_published(leaderboard: pd.DataFrame) -> str | None:
    """Returns the name of the best candidate as published, None if there is none."""
    names = leaderboard["model"][leaderboard["model"].str.endswith(AS_PUBLISHED)]
    return None if names.empty else str(names.iloc[0]).removesuffix(AS_PUBLISHED)
