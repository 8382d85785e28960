"""Same maths, two languages: the exported graph against NumPy, before export and after reload."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from strategies import followers, histories, retrievals, spaces

from next_song import retrieval_model
from next_song.model_archive import ModelArchive
from next_song.parameters import Retrieval
from next_song.queries import Histories
from next_song.retrieval import Index, build_index, top_k
from next_song.song_space import SongSpace

Answer = Callable[[Any], dict[str, Any]]


def ids_of(count: int) -> list[str]:
    return [f"Artist {number}\tTräck {number}" for number in range(count)]


def before_and_after(index: Index, k: int, archive: ModelArchive) -> list[Answer]:
    """The model as it is built, and as it is loaded from its SavedModel."""
    vocabulary = archive.folder / "vocabulary.txt"
    vocabulary.write_text("".join(f"{song}\n" for song in ids_of(len(index))), "utf-8")
    model = retrieval_model.RetrievalModel(index, vocabulary, k)
    retrieval_model.export(index, vocabulary, k, archive.model)

    def built(song_ids: Any) -> dict[str, Any]:
        return {name: tensor.numpy() for name, tensor in model.serve(song_ids).items()}

    return [built, retrieval_model.load(archive.model)]


def padded(asked: list[list[int]], songs: int) -> np.ndarray:
    names = [*ids_of(songs), "unknown", "never heard", "nor this", "nor that"]
    length = max(1, *(len(history) for history in asked))
    rows = [[names[song] for song in history] for history in asked]
    return np.array([row + [""] * (length - len(row)) for row in rows], dtype=object)


def assert_equal(answer: dict[str, Any], index: Index, asked: list[list[int]], k: int) -> None:
    songs, scores = top_k(index, Histories.of(asked), k)
    names = np.array([*ids_of(len(index)), ""], dtype=object)
    found = np.vectorize(bytes.decode, otypes=[object])(answer["song_ids"])
    np.testing.assert_allclose(answer["scores"], scores, atol=1e-5)
    known = [any(song < len(index) for song in history) for history in asked]
    assert answer["known"].tolist() == known
    # songs whose scores differ by less than the sums' rounding may change places
    clear = np.ones_like(songs, bool)
    close = np.abs(np.diff(scores, axis=1)) < 1e-5
    clear[:, 1:] &= ~close
    clear[:, :-1] &= ~close
    assert (found == names[songs])[clear].all()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_equals_numpy(data: st.DataObject) -> None:
    space, setting = data.draw(spaces(min_songs=3)), data.draw(retrievals)
    index = build_index(space, data.draw(followers(len(space))), setting)
    songs = len(space)
    k = data.draw(st.sampled_from([1, songs - 1, songs]))
    drawn = data.draw(st.lists(histories(songs), max_size=3))
    asked = [*drawn, [], [songs + 1, songs + 2], [0], [1, 1, 0, 1], list(range(songs)) * 5]
    for answer in before_and_after(index, k, ModelArchive()):
        first = answer(padded(asked, songs))
        assert_equal(first, index, asked, k)
        again = answer(padded(asked, songs))
        assert all((first[name] == again[name]).all() for name in first)


def small_index() -> Index:
    random = np.random.default_rng(7)
    space = SongSpace(
        random.standard_normal((50, 8), np.float32),
        random.standard_normal((50, 8), np.float32),
        np.arange(50, 0, -1),
    )
    rates = random.random((50, 50), np.float32) * (random.random((50, 50)) < 0.1)
    setting = Retrieval(decay=0.8, target="output", popularity=0.02, followers=0.2, repeats=False)
    return build_index(space, csr_array(rates.astype(np.float32)), setting)


def test_an_answer_does_not_depend_on_the_rest_of_the_batch() -> None:
    asked = [[3, 4, 5], [], [49, 52], [7] * 40]
    for answer in before_and_after(small_index(), 49, ModelArchive()):
        together = answer(padded(asked, 50))
        for row, history in enumerate(asked):
            alone = answer(padded([history], 50))
            assert (alone["song_ids"][0] == together["song_ids"][row]).all()
            np.testing.assert_allclose(alone["scores"][0], together["scores"][row], atol=1e-6)


EXPORT = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1])))
from test_retrieval_model import ModelArchive, before_and_after, small_index
archive = ModelArchive()
before_and_after(small_index(), 10, archive)
archive.pack(Path(sys.argv[2]))
"""


def test_two_exports_have_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / "1.tar.gz", tmp_path / "2.tar.gz"]
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": str(here.parent), "PYTHONHASHSEED": "random"}
    for path in paths:
        command = [sys.executable, "-c", EXPORT, str(here), str(path)]
        subprocess.run(command, check=True, env=environment)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_k_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found 51, expected 1 to 50"):
        retrieval_model.RetrievalModel(small_index(), tmp_path / "none", 51)
