"""How the champion is trained again, with validation: the latest plays tell the most."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import Selection, Word2Vec
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import training_plays
from next_song.retrieval.training import Start, train, train_word2vec

SHARE = 3  # of the epochs of a training from the start that continuing takes at most: one third


def refit(
    corpus: Path,
    refit_playlists: DuckDBPyRelation,
    refit_songs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    space: SongSpace,
    champion: dict[str, Any],
    selection: Selection,
    **candidates: Candidate,
) -> SongSpace:
    """Train the champion on training and validation: anew, or continued from its own vectors."""
    params = Word2Vec.model_validate(candidates[champion["model"]].word2vec)
    if selection.refit == "anew":
        return train(corpus, refit_playlists, refit_songs, params)
    former = sql.query(__package__, "former_numbers", songs=songs, refit_songs=refit_songs)
    numbers = former.fetchnumpy()["former"].astype(np.int64)
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
        Start(space, numbers),
    )


def continue_training(
    lines: list[str], playlists: int, plays: Any, params: Word2Vec, start: Start
) -> SongSpace:
    """Train on some of so many playlists, for as long as a third of all would take, or less."""
    share = min(1, playlists / SHARE / len(lines))
    epochs = max(1, round(params.epochs * share))
    with TemporaryDirectory(prefix="next-song-") as folder:
        corpus = Path(folder) / "continued.txt"
        corpus.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        words = sum(line.count(" ") + 1 for line in lines)
        shorter = params.model_copy(update={"epochs": epochs})
        return train_word2vec(corpus, len(lines), plays, shorter, start, words)
