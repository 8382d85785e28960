"""What modeling does with one candidate."""

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import word2vec
from next_song.parameters import Protocol, RetrievalGrid, Word2Vec
from next_song.retrieval import build_index
from next_song.scorecard import figures, held_out, training_plays
from next_song.song_space import SongSpace


def train(
    corpus: Path, playlists: DuckDBPyRelation, songs: DuckDBPyRelation, params: Word2Vec
) -> SongSpace:
    """Train the candidate's song space on the training playlists."""
    lines = len(playlists.filter("split = 'train'"))
    return word2vec.train(corpus, lines, training_plays(songs), params)


def score(
    space: SongSpace, playlists: DuckDBPyRelation, grid: RetrievalGrid, protocol: Protocol
) -> list[dict[str, Any]]:
    """Score the candidate on validation with every retrieval setting."""
    queries = held_out(playlists, "validation", protocol)
    queries = queries.sample(protocol.max_validation_queries, protocol.seed)
    return [
        {"retrieval": setting.model_dump()}
        | figures(build_index(space, setting), queries, protocol.k)
        for setting in grid.settings(protocol.repeats)
    ]
