"""Trains a song space on playlists, with gensim's Word2Vec.

gensim takes a second to import, so it is imported only when a model is trained.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.errors import InputError
from next_song.parameters import Word2Vec
from next_song.retrieval.song_space import Ints, SongSpace
from next_song.retrieval.tables import training_plays

SHARE = 3  # of the epochs of a training from random vectors that continuing takes at most: a third


@dataclass(frozen=True)
class Start:
    """Vectors that training starts from, instead of random ones.

    space: what was trained before. former: (n,) int64, the number in it of each song, or one that
    it lacks, such as -1, for songs that start as gensim starts them.
    """

    space: SongSpace
    former: Ints

    @property
    def vector_size(self) -> int:
        """The dimensions of its vectors, which training from it must have as well."""
        return int(self.space.query_vectors.shape[1])


def train(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    params: Word2Vec,
    start: Start | None = None,
) -> SongSpace:
    """Returns the song space of the training playlists, which the corpus file lists as well.

    With a start, a third of the epochs is trained.
    """
    lines = len(playlists.filter("split = 'train'"))
    epochs = params if start is None else _shorter(params, lines, lines)
    return train_word2vec(corpus, lines, training_plays(songs), epochs, start)


def continue_training(
    lines: list[str], playlists: int, plays: Ints, params: Word2Vec, start: Start
) -> SongSpace:
    """Returns the song space after training on some of so many playlists, from a start.

    lines: these playlists, as lines of a corpus file. This takes as long as a third of the epochs
    on all playlists, or less. plays: as for `train_word2vec`.
    """
    with TemporaryDirectory(prefix="next-song-") as folder:
        corpus = Path(folder) / "continued.txt"
        corpus.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        words = sum(line.count(" ") + 1 for line in lines)
        shorter = _shorter(params, playlists, len(lines))
        return train_word2vec(corpus, len(lines), plays, shorter, start, words)


def _shorter(params: Word2Vec, playlists: int, some: int) -> Word2Vec:
    """Returns as many epochs on some playlists as a third of those on all takes, or fewer."""
    share = min(1, playlists / SHARE / some)
    return params.model_copy(update={"epochs": max(1, round(params.epochs * share))})


def train_word2vec(
    corpus: Path,
    playlists: int,
    plays: Ints,
    params: Word2Vec,
    start: Start | None = None,
    words: int | None = None,
) -> SongSpace:
    """Returns the song space of a corpus file: one playlist per line, song numbers and spaces.

    playlists: the number of lines. plays: (n,) int64, how often each song number was played,
    highest first; words: the plays in the corpus, if not all of these. The space holds the songs
    with at least `min_count` plays, which are the first ones. With one worker, the same corpus,
    parameters and seed give the same vectors bit by bit; with more, gensim's threads take turns by
    chance. Raises InputError if no song is left.
    """
    from gensim.models import Word2Vec as GensimWord2Vec

    check_min_count(params, int(plays.max(initial=0)))
    songs = int((plays >= params.min_count).sum())
    # gensim must not sort: songs are ordered by popularity, and gensim breaks ties differently
    model = GensimWord2Vec(**params.model_dump(), sorted_vocab=0)
    model.build_vocab_from_freq({str(song): int(plays[song]) for song in range(songs)})
    if start:
        _begin_with(model, start)
    words = int(plays.sum()) if words is None else words
    with progress.task(_epochs(0, params), words * params.epochs, "plays") as task:
        model.train(
            corpus_file=str(corpus),
            total_examples=playlists,
            total_words=words,
            epochs=params.epochs,
            callbacks=[_epoch_callback(task, params, words)],
        )
    return SongSpace(model.wv.vectors, model.syn1neg, np.ascontiguousarray(plays[:songs]))


def check_min_count(params: Word2Vec, most: int, name: str = "word2vec") -> None:
    """Raises InputError if no song has enough plays.

    most: the plays of the most played song. name: where the parameters stand.
    """
    if params.min_count > most:
        raise InputError(
            f"{name}.min_count: found {params.min_count}, but no song has more than "
            f"{most} plays in training; lower it"
        )


def _begin_with(model: Any, start: Start) -> None:
    """Gives the songs of gensim's model the vectors that they had before."""
    former = start.former[: len(model.wv)]
    rows = np.flatnonzero((former >= 0) & (former < len(start.space)))
    model.wv.vectors[rows] = start.space.query_vectors[former[rows]]
    model.syn1neg[rows] = start.space.target_vectors[former[rows]]


def _epoch_callback(task: progress.Task, params: Word2Vec, words: int) -> Any:
    """Returns a gensim callback that reports progress at the end of each epoch."""
    from gensim.models.callbacks import CallbackAny2Vec

    class EpochProgress(CallbackAny2Vec):  # type: ignore[misc]
        epochs = 0

        def on_epoch_end(self, model: Any) -> None:  # noqa: ARG002
            self.epochs += 1
            task.what = _epochs(self.epochs, params)
            task.advance(words)

    return EpochProgress()


def _epochs(done: int, params: Word2Vec) -> str:
    return f"epoch {done} of {params.epochs}"
