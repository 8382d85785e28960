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
from next_song.parameters import Precision, Retrieval
from next_song.queries import Histories
from next_song.ranking import top_k
from next_song.retrieval import Index, build_index
from next_song.song_space import SongSpace

Answer = Callable[[Any], dict[str, Any]]


def ids_of(count: int) -> list[str]:
    return [f"Artist {number}\tTräck {number}" for number in range(count)]


def before_and_after(
    index: Index, k: int, archive: ModelArchive, precision: Precision = "float32"
) -> list[Answer]:
    """The model as it is built, and as it is loaded from its SavedModel."""
    vocabulary = archive.folder / "vocabulary.txt"
    vocabulary.write_text("".join(f"{song}\n" for song in ids_of(len(index))), "utf-8")
    model = retrieval_model.RetrievalModel(index, vocabulary, k, precision)
    retrieval_model.export(index, vocabulary, k, archive.model, precision)

    def built(song_ids: Any) -> dict[str, Any]:
        return {name: tensor.numpy() for name, tensor in model.serve(song_ids).items()}

    return [built, retrieval_model.load(archive.model)]


def padded(asked: list[list[int]], songs: int) -> np.ndarray:
    names = [*ids_of(songs), "unknown", "never heard", "nor this", "nor that"]
    length = max(1, *(len(history) for history in asked))
    rows = [[names[song] for song in history] for history in asked]
    return np.array([row + [""] * (length - len(row)) for row in rows], dtype=object)


def assert_equal(
    answer: dict[str, Any], index: Index, asked: list[list[int]], k: int, rounding: float = 1e-5
) -> None:
    songs, scores = top_k(index, Histories.of(asked), k)
    names = np.array([*ids_of(len(index)), ""], dtype=object)
    found = np.vectorize(bytes.decode, otypes=[object])(answer["song_ids"])
    np.testing.assert_allclose(answer["scores"], scores, atol=rounding)
    known = [any(song < len(index) for song in history) for history in asked]
    assert answer["known"].tolist() == known
    # songs whose scores differ by less than the rounding may change places
    clear = np.ones_like(songs, bool)
    close = np.abs(np.diff(scores, axis=1)) < 2 * rounding
    clear[:, 1:] &= ~close
    clear[:, :-1] &= ~close
    assert (found == names[songs])[clear].all()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_equals_numpy(data: st.DataObject) -> None:
    space, setting = data.draw(spaces(min_songs=3)), data.draw(retrievals)
    index = build_index(space, data.draw(followers(len(space))), setting)
    songs = len(space)
    precision, rounding = data.draw(st.sampled_from([("float32", 1e-5), ("float16", 3e-3)]))
    k = data.draw(st.sampled_from([1, songs - 1, songs]))
    drawn = data.draw(st.lists(histories(songs), max_size=3))
    asked = [*drawn, [], [songs + 1, songs + 2], [0], [1, 1, 0, 1], list(range(songs)) * 5]
    for answer in before_and_after(index, k, ModelArchive(), precision):
        first = answer(padded(asked, songs))
        assert_equal(first, index, asked, k, rounding)
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


def test_many_songs_with_equal_scores() -> None:
    # each vector stands five times in 1,000 songs, which are more than k groups
    vectors = np.tile(np.random.default_rng(7).standard_normal((200, 8), np.float32), (5, 1))
    setting = Retrieval(decay=0.8, target="input", popularity=0, followers=0, repeats=False)
    space = SongSpace(vectors, vectors, np.full(1000, 3))
    index = build_index(space, csr_array((1000, 1000), dtype=np.float32), setting)
    for answer in before_and_after(index, 6, ModelArchive()):
        found = answer(padded([[0]], 1000))["song_ids"][0]
        twins = [ids_of(1000)[song].encode() for song in (200, 400, 600, 800)]
        assert found[:4].tolist() == twins
        nobody = answer(padded([[]], 1000))["song_ids"][0]
        assert [name.decode() for name in nobody] == ids_of(6)


def size_of(index: Index, precision: Precision) -> int:
    archive = ModelArchive()
    before_and_after(index, 10, archive, precision)
    return (archive.model / "variables/variables.data-00000-of-00001").stat().st_size


def test_size() -> None:
    vectors = np.random.default_rng(7).standard_normal((2, 20_000, 32), np.float32)
    space, none = SongSpace(*vectors, np.full(20_000, 3)), csr_array((20_000, 20_000))
    setting = {"decay": 0.8, "popularity": 0, "followers": 0, "repeats": False}
    searched = build_index(space, none, Retrieval(target="input", **setting))
    both = build_index(space, none, Retrieval(target="output", **setting))
    matrix = vectors[0].nbytes
    assert size_of(searched, "float32") < 1.1 * matrix  # the one matrix stands there once
    assert size_of(both, "float32") < 2.1 * matrix
    assert size_of(both, "float16") < 1.05 * matrix


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
    found_here = os.pathsep.join([str(here.parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": found_here, "PYTHONHASHSEED": "random"}
    for path in paths:
        command = [sys.executable, "-c", EXPORT, str(here), str(path)]
        subprocess.run(command, check=True, env=environment)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_k_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found 51, expected 1 to 50"):
        retrieval_model.RetrievalModel(small_index(), tmp_path / "none", 51)
