from pathlib import Path
from typing import Any

import duckdb
import pytest
from kedro.io import DataCatalog, MemoryDataset

from next_song.errors import InputError
from next_song.grid import candidate_names
from next_song.parameters import Word2Vec
from next_song.pipelines.modeling.search import check_min_counts, fit_min_count
from next_song.retrieval.training import train

PLAYLISTS = duckdb.sql("select 'train' as split from range(6)")
SONGS = duckdb.sql("select unnest([0, 1, 2]) as song, unnest([4, 4, 1]) as plays")
PARAMS = Word2Vec(
    sg=1, vector_size=4, window=2, epochs=1, negative=2, ns_exponent=0.75, sample=0,
    min_count=10, alpha=0.025, seed=3,
)  # fmt: skip


def catalog(grids: dict[str, dict[str, Any]]) -> DataCatalog:
    params = {f"params:modeling.{name}.word2vec": MemoryDataset(one) for name, one in grids.items()}
    return DataCatalog(params)


@pytest.mark.parametrize(("min_count", "fitted"), [(10, 4), (5, 4), (3, 3), (1, 1)])
def test_a_min_count_of_the_grid_is_lowered_for_a_small_input(min_count: int, fitted: int) -> None:
    given = PARAMS.model_copy(update={"min_count": min_count})
    assert fit_min_count(given, most=4) == given.model_copy(update={"min_count": fitted})


def test_a_min_count_that_fits_stays_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    given = PARAMS.model_copy(update={"min_count": 5})
    assert fit_min_count(given, most=5) == given
    assert caplog.records == []
    assert fit_min_count(given, most=4).min_count == 4
    (said,) = caplog.records
    assert said.getMessage().endswith("lowered to 4, the plays of the most played song")


def test_a_min_count_that_a_person_chose_is_not(tmp_path: Path) -> None:
    chosen = PARAMS.model_copy(update={"min_count": 9})
    assert fit_min_count(chosen, most=4) == chosen
    grids = {name: PARAMS.model_dump() for name in candidate_names()}  # 10 is a value of conf/base
    check_min_counts(catalog(grids), SONGS)
    grids["wide"]["min_count"] = [4, 9]
    with pytest.raises(InputError, match=r"^modeling\.wide\.word2vec\.min_count: found 9, but no"):
        check_min_counts(catalog(grids), SONGS)
    with pytest.raises(InputError, match="min_count: found 9, but no song has more than 4 plays"):
        train(tmp_path, PLAYLISTS, SONGS, chosen)


@pytest.mark.parametrize(("min_count", "songs"), [(4, 2), (3, 2), (1, 3)])
def test_songs_with_fewer_plays_are_left_out(tmp_path: Path, min_count: int, songs: int) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("0 1\n0 1\n1 0\n0 1 2\n")
    params = PARAMS.model_copy(update={"min_count": min_count})
    assert len(train(corpus, PLAYLISTS, SONGS, params)) == songs
