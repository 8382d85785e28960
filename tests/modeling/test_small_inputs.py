from pathlib import Path

import duckdb
import pytest

from next_song.errors import InputError
from next_song.parameters import Word2Vec
from next_song.pipelines.modeling.nodes import train

PLAYLISTS = duckdb.sql("select 'train' as split from range(6)")
SONGS = duckdb.sql("select unnest([0, 1, 2]) as song, unnest([4, 4, 1]) as plays")
PARAMS = Word2Vec(
    sg=1, vector_size=4, window=2, epochs=1, negative=2, ns_exponent=0.75, sample=0,
    min_count=10, alpha=0.025, seed=3,
)  # fmt: skip


def test_a_min_count_of_the_grid_fits_itself_to_a_small_input(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("0 1\n0 1\n1 0\n0 1 2\n")
    assert len(train(corpus, PLAYLISTS, SONGS, PARAMS)) == 2  # songs 0 and 1, with 4 plays
    assert len(train(corpus, PLAYLISTS, SONGS, PARAMS.model_copy(update={"min_count": 3}))) == 2
    assert len(train(corpus, PLAYLISTS, SONGS, PARAMS.model_copy(update={"min_count": 1}))) == 3


def test_a_min_count_that_a_person_chose_does_not(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="min_count: found 9, but no song has more than 4 plays"):
        train(tmp_path, PLAYLISTS, SONGS, PARAMS.model_copy(update={"min_count": 9}))
