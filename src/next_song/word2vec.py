"""Word2Vec: a song space from playlists, with gensim."""

from pathlib import Path

import numpy as np
from gensim.models import Word2Vec as GensimWord2Vec
from gensim.models.callbacks import CallbackAny2Vec

from next_song import progress
from next_song.errors import InputError
from next_song.parameters import Word2Vec
from next_song.song_space import Ints, SongSpace


def train(corpus: Path, playlists: int, plays: Ints, params: Word2Vec) -> SongSpace:
    """Train a song space on a corpus file: one playlist a line, song numbers between spaces.

    plays: (n,) int64, how often the corpus holds each song number, highest first, all of them.
    The space holds the songs with `min_count` plays or more, which are the first ones. One
    worker, so that the same corpus, parameters and seed give the same vectors to the bit; the
    grid is what runs in parallel. Raises InputError if no song is left.
    """
    songs = int((plays >= params.min_count).sum())
    if songs == 0:
        raise InputError(
            f"word2vec.min_count: found {params.min_count}, but no song has more than "
            f"{plays.max(initial=0)} plays in training; lower it"
        )
    # no sorting by gensim: the songs come by popularity, and it would break ties its own way
    model = GensimWord2Vec(**params.model_dump(), workers=1, sorted_vocab=0)
    model.build_vocab_from_freq({str(song): int(plays[song]) for song in range(songs)})
    words = int(plays.sum())
    with progress.task(_epochs(0, params), words * params.epochs, "plays") as task:
        model.train(
            corpus_file=str(corpus),
            total_examples=playlists,
            total_words=words,
            epochs=params.epochs,
            callbacks=[_Progress(task, params, words)],
        )
    return SongSpace(model.wv.vectors, model.syn1neg, np.ascontiguousarray(plays[:songs]))


class _Progress(CallbackAny2Vec):  # type: ignore[misc]
    """Say at the end of each epoch how far training is."""

    def __init__(self, task: progress.Task, params: Word2Vec, words: int) -> None:
        self._task, self._params, self._words = task, params, words
        self._epoch = 0

    def on_epoch_end(self, model: GensimWord2Vec) -> None:  # noqa: ARG002
        self._epoch += 1
        self._task.what = _epochs(self._epoch, self._params)
        self._task.advance(self._words)


def _epochs(done: int, params: Word2Vec) -> str:
    return f"epoch {done} of {params.epochs}"
