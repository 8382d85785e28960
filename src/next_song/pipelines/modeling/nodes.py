"""What modeling does with one candidate."""

import logging
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.parameters import Protocol, RetrievalGrid, Word2Vec
from next_song.pipelines.modeling.grid import base_parameters
from next_song.ranking import ranks_each
from next_song.scorecard import (
    follower_rates,
    rank_figures,
    training_plays,
    unknown_share,
    validation,
)
from next_song.song_space import SongSpace

logger = logging.getLogger(__name__)


def train(
    corpus: Path, playlists: DuckDBPyRelation, songs: DuckDBPyRelation, params: dict[str, Any]
) -> SongSpace:
    """Train a song space on the training playlists. params: those of `parameters.Word2Vec`."""
    from next_song import word2vec  # imports gensim, which takes a second

    lines, plays = len(playlists.filter("split = 'train'")), training_plays(songs)
    fitting = _fitting(Word2Vec.model_validate(params), int(plays.max(initial=0)))
    return word2vec.train(corpus, lines, plays, fitting)


def _fitting(params: Word2Vec, most_plays: int) -> Word2Vec:
    """Let conf/base's grid run on a small input, where no song has as many plays as `min_count`.

    Only a value of conf/base is lowered. One that a person chose is taken at its word, and
    training refuses it.
    """
    grid = base_parameters()["modeling"].values()
    defaults = {candidate["word2vec"]["min_count"] for candidate in grid}
    if params.min_count <= most_plays or params.min_count not in defaults or not most_plays:
        return params
    logger.warning(
        "%s: min_count lowered to %d, the plays of the most played song", params, most_plays
    )
    return params.model_copy(update={"min_count": most_plays})


def score(
    space: SongSpace,
    followers: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    grid: RetrievalGrid,
    protocol: Protocol,
) -> list[dict[str, Any]]:
    """Score the candidate on validation with every retrieval setting."""
    queries, rates = validation(playlists, protocol), follower_rates(followers)
    settings = grid.settings(protocol.repeats)
    unknown = {"unknown": unknown_share(queries, len(space))}
    with progress.task("scoring", len(queries) * len(settings), "queries"):
        found = ranks_each(space, rates, settings, queries, protocol.scores_mib)
        return [
            {"retrieval": setting.model_dump()} | rank_figures(places, queries, protocol) | unknown
            for setting, places in zip(settings, found, strict=True)
        ]
