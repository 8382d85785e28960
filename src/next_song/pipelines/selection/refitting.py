"""How the champion is trained again, with validation: the latest plays tell the most."""

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import Word2Vec
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import former_numbers, training_plays
from next_song.retrieval.training import Start, continue_training, train


def refit(
    corpus: Path,
    refit_playlists: DuckDBPyRelation,
    refit_songs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    space: SongSpace,
    champion: dict[str, Any],
    how: str,
    start_from: str | None,
    **candidates: Candidate,
) -> SongSpace:
    """Train the champion on training and validation, how: anew, or continue from its vectors.

    A model that was started from an archive, start_from, always continues: otherwise it would
    forget the archive.
    """
    params = Word2Vec.model_validate(candidates[champion["model"]].word2vec)
    if how == "anew" and not start_from:
        return train(corpus, refit_playlists, refit_songs, params)
    lines = sql.query(
        __package__,
        "continued",
        {"seed": params.seed},
        playlists=playlists,
        refit_playlists=refit_playlists,
    ).fetchall()
    return continue_training(
        [line for (line,) in lines],
        len(refit_playlists.filter("split = 'train'")),
        training_plays(refit_songs),
        params,
        Start(space, former_numbers(songs, refit_songs)),
    )
