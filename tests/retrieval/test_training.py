from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from gensim.models import Word2Vec as GensimWord2Vec

from next_song.errors import InputError
from next_song.parameters import Word2Vec
from next_song.progress.tasks import Task
from next_song.retrieval import training
from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Score, VectorsPart
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.training import Start, train, train_word2vec

SONGS = 30
PARAMS = Word2Vec(
    sg=1, vector_size=24, window=2, epochs=20, negative=5, ns_exponent=0.75, sample=0,
    min_count=1, alpha=0.025, seed=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, np.ndarray]:
    """Songs in a circle, eight neighbours a playlist; and song 30, once instead of song 29."""
    lists = [[(first + step) % SONGS for step in range(8)] for first in range(SONGS)] * 10
    lists[SONGS - 1] = [SONGS, *lists[SONGS - 1][1:]]
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text("".join(" ".join(map(str, songs)) + "\n" for songs in lists))
    plays = np.bincount([song for songs in lists for song in songs])
    return path, len(lists), plays.astype(np.int64)


def test_the_next_song_of_the_circle_comes_first(corpus: tuple[Path, int, np.ndarray]) -> None:
    space = VectorsPart(kind="vectors", decay=0.5, weight=1)
    score = Score(repeats=False, parts={"space": space})
    index = build_index(train_word2vec(*corpus, PARAMS), NO_PAIRS, np.zeros((2, SONGS + 1)), score)
    histories = [[(first + step) % SONGS for step in range(5)] for first in range(SONGS)]
    targets = np.array([(first + 5) % SONGS for first in range(SONGS)], np.int32)
    assert ranks(index, Queries(Histories.of(histories), targets)).tolist() == [0] * SONGS


def test_same_seed_same_bits_other_seed_other_bits(corpus: tuple[Path, int, np.ndarray]) -> None:
    first, again = train_word2vec(*corpus, PARAMS), train_word2vec(*corpus, PARAMS)
    other = train_word2vec(*corpus, PARAMS.model_copy(update={"seed": 4}))
    for name in ("query_vectors", "target_vectors", "plays"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
    assert first.query_vectors.tobytes() != other.query_vectors.tobytes()


def test_as_gensim_by_itself(corpus: tuple[Path, int, np.ndarray]) -> None:
    """Counted songs save gensim a pass over the corpus, and change nothing else."""
    # songs come up in the corpus in the order of their numbers, which gensim then keeps
    bare = GensimWord2Vec(corpus_file=str(corpus[0]), sorted_vocab=0, **PARAMS.model_dump())
    assert bare.wv.index_to_key == [str(song) for song in range(SONGS + 1)]
    space = train_word2vec(*corpus, PARAMS)
    assert space.query_vectors.tobytes() == bare.wv.vectors.tobytes()
    assert space.target_vectors.tobytes() == bare.syn1neg.tobytes()


def test_songs_below_min_count_are_not_in_the_space(corpus: tuple[Path, int, np.ndarray]) -> None:
    space = train_word2vec(*corpus, PARAMS.model_copy(update={"min_count": 2}))
    assert len(space) == SONGS
    assert space.plays.min() >= 2


def test_an_empty_vocabulary_is_refused(corpus: tuple[Path, int, np.ndarray]) -> None:
    with pytest.raises(InputError, match=r"min_count: found 1000, but no song .* than 80 plays"):
        train_word2vec(*corpus, PARAMS.model_copy(update={"min_count": 1000}))


def test_each_epoch_is_told_when_it_ends(
    corpus: tuple[Path, int, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, float, float]] = []
    monkeypatch.setattr(Task, "tell", lambda task: told.append((task.what, task.done, task.total)))
    train_word2vec(*corpus, PARAMS.model_copy(update={"epochs": 2}))
    words = corpus[2].sum()
    assert told == [(f"epoch {n} of 2", n * words, 2 * words) for n in range(3)]


@pytest.mark.parametrize(
    ("epochs", "playlists", "some", "expected"),
    [(20, 90, 90, 7), (20, 90, 60, 10), (20, 90, 30, 20), (20, 90, 1, 20), (1, 90, 90, 1)],
)
def test_some_playlists_are_trained_as_long_as_a_third_of_the_epochs_on_all(
    epochs: int, playlists: int, some: int, expected: int
) -> None:
    params = PARAMS.model_copy(update={"epochs": epochs})
    assert training._shorter(params, playlists, some).epochs == expected


def test_from_a_start_a_third_of_the_epochs_is_trained(
    corpus: tuple[Path, int, np.ndarray],
) -> None:
    path, playlists, plays = corpus
    lists = duckdb.from_arrow(pa.table({"split": ["train"] * playlists}))
    songs = duckdb.from_arrow(pa.table({"song": range(len(plays)), "plays": plays}))
    before = train_word2vec(path, playlists, plays, PARAMS.model_copy(update={"seed": 4}))
    start = Start(before, np.arange(len(plays)))
    made = train(path, lists, songs, PARAMS, start)
    shorter = PARAMS.model_copy(update={"epochs": 7})  # of 20
    expected = train_word2vec(path, playlists, plays, shorter, start)
    assert made.query_vectors.tobytes() == expected.query_vectors.tobytes()
    assert made.target_vectors.tobytes() == expected.target_vectors.tobytes()


def test_no_play_at_all_is_refused(tmp_path: Path) -> None:
    params = PARAMS.model_copy(update={"min_count": 1})
    with pytest.raises(InputError, match="min_count: found 1, but no song has more than 0 plays"):
        train_word2vec(tmp_path, 0, np.zeros(0, np.int64), params)


def test_training_is_told_of_the_playlists_that_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[int] = []
    monkeypatch.setattr(training, "train_word2vec", lambda _, count, *__: lines.append(count))
    playlists = duckdb.sql("select unnest(['train', 'train', 'validation', 'test']) as split")
    songs = duckdb.sql("select 0 as song, 3 as plays")
    training.train(tmp_path / "none", playlists, songs, PARAMS)
    assert lines == [2]
