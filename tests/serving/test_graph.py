"""Same maths, two languages: the exported graph against NumPy, before export and after reload."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import histories, pairs_where, song_counts, song_pairs, spaces
from strategies import settings as scores

from next_song.errors import InputError
from next_song.parameters import Precision
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import top_k
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS, SongPairs
from next_song.retrieval.song_space import SongSpace
from next_song.serving import graph
from next_song.serving.archive import ModelArchive
from next_song.serving.saved_model import ServedModel
from next_song.serving.vocabulary import Vocabulary

Answer = Callable[[Any], dict[str, Any]]


def ids_of(count: int) -> list[str]:
    return [f"Artist {number}\tTräck {number}" for number in range(count)]


def before_and_after(
    index: Index, k: int, archive: ModelArchive, precision: Precision = "float32"
) -> list[Answer]:
    """The model as it is built, and as TensorFlow Serving runs it: in a session, after reload."""
    vocabulary = Vocabulary(ids_of(len(index)))
    model = graph.RetrievalModel(index, vocabulary, k, archive.folder, precision)
    graph.export(index, vocabulary, k, archive.model, precision)

    def built(song_ids: Any) -> dict[str, Any]:
        return {name: tensor.numpy() for name, tensor in model.serve(song_ids).items()}

    return [built, ServedModel(archive.model)]


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


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_equals_numpy(data: st.DataObject) -> None:
    assert_equals_numpy(data)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_equals_numpy_in_more_examples(data: st.DataObject) -> None:
    assert_equals_numpy(data)


def assert_equals_numpy(data: st.DataObject) -> None:
    space, score = data.draw(spaces(min_songs=3)), data.draw(scores)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    index = build_index(space, pairs, counts, score)
    songs = len(space)
    precision, rounding = data.draw(st.sampled_from([("float32", 1e-4), ("float16", 3e-2)]))
    k = data.draw(st.sampled_from([1, songs - 1, songs]))
    drawn = data.draw(st.lists(histories(songs), max_size=3))
    asked = [*drawn, [], [songs + 1, songs + 2], [0], [1, 1, 0, 1], list(range(songs)) * 5]
    for answer in before_and_after(index, k, ModelArchive(), precision):
        first = answer(padded(asked, songs))
        assert_equal(first, index, asked, k, rounding)
        again = answer(padded(asked, songs))
        assert all((first[name] == again[name]).all() for name in first)


def score_of(*, repeats: bool = False, **parts: dict[str, Any]) -> Score:
    return Score.model_validate({"repeats": repeats, "parts": parts})


SPACE = {"kind": "vectors", "decay": 0.8, "weight": 1}


def small_index() -> Index:
    random = np.random.default_rng(7)
    space = SongSpace(
        random.standard_normal((50, 8), np.float32),
        random.standard_normal((50, 8), np.float32),
        np.arange(50, 0, -1),
    )
    rates = random.random((50, 50, 4)) * (random.random((50, 50, 1)) < 0.1)
    score = score_of(
        repeats=True,
        space=SPACE,
        next={"kind": "pairs", "rate": "next", "decay": 0, "weight": 0.2},
        together={"kind": "pairs", "rate": "together", "decay": 0.8, "weight": 0.5},
        recent={"kind": "songs", "of": "recent_plays", "weight": 0.02},
        last={"kind": "repeats", "of": "last", "weight": -1},
        again={"kind": "repeats", "of": "times", "weight": 1},
    )
    return build_index(space, pairs_where(rates), np.stack([np.arange(50)] * 2), score)


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
    space = SongSpace(vectors, vectors, np.full(1000, 3))
    index = build_index(space, NO_PAIRS, np.zeros((2, 1000)), score_of(space=SPACE))
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
    space = SongSpace(*vectors, np.full(20_000, 3))
    index = build_index(space, NO_PAIRS, np.zeros((2, 20_000)), score_of(space=SPACE))
    both, rules = vectors.nbytes, 20_000 * 5  # the number of the artist, and the set of all songs
    assert size_of(index, "float32") < 1.05 * both + rules
    assert size_of(index, "float16") < 0.53 * both + rules
    songs = np.repeat(np.arange(20_000), 10)
    pairs = SongPairs(
        np.arange(20_001) * 10,
        (songs * 7 + np.tile(np.arange(10), 20_000)).astype(np.int32) % 20_000,
        4 * (np.full(len(songs), 0.1, np.float32),),
    )
    used = score_of(space=SPACE, next={"kind": "pairs", "rate": "next", "decay": 0, "weight": 1})
    with_pairs = build_index(space, pairs, np.zeros((2, 20_000)), used)
    # a number and one rate for each pair: the rates that the score does not use are left out
    assert size_of(with_pairs, "float32") < 1.05 * both + rules + 1.1 * len(songs) * 8


EXPORT = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1])))
from test_graph import ModelArchive, before_and_after, small_index
archive = ModelArchive()
before_and_after(small_index(), 10, archive)
archive.pack(Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_two_exports_have_the_same_bytes(tmp_path: Path) -> None:
    """In two processes, and twice in this one, where TensorFlow has counted on."""
    paths = [tmp_path / f"{number}.tar.gz" for number in range(3)]
    here = Path(__file__).parent
    found_here = os.pathsep.join([str(here.parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": found_here, "PYTHONHASHSEED": "random"}
    command = [sys.executable, "-c", EXPORT, str(here), str(paths[0])]
    subprocess.run(command, check=True, env=environment)
    for path in paths[1:]:
        archive = ModelArchive()
        before_and_after(small_index(), 10, archive)
        archive.pack(path)
    assert len({path.read_bytes() for path in paths}) == 1


IDS = [
    "with space",
    'say "hi"',
    "it's",
    "a,b;c|d",
    "Björk - Jóga",
    "椎名林檎",
    "🎵",
    " lead",
    "x\ty",
]


def exported(ids: list[str], archive: ModelArchive) -> Index:
    """An archive of songs with these ids, four dimensions each."""
    random = np.random.default_rng(3)
    vectors = random.standard_normal((2, len(ids), 4), np.float32)
    songs = {"kind": "songs", "of": "plays", "weight": 0.1}
    score = score_of(repeats=True, space=SPACE | {"decay": 0.5}, plays=songs)
    space = SongSpace(*vectors, np.arange(len(ids), 0, -1))
    index = build_index(space, NO_PAIRS, np.zeros((2, len(ids))), score)
    graph.export(index, Vocabulary(ids), len(ids), archive.model)
    return index


def test_ids_of_all_kinds_in_a_session() -> None:
    archive = ModelArchive()
    index = exported(IDS, archive)
    asked = [[0, 1, 2], [4], [8, 7, 6, 5], [3, 3]]
    answer = archive.answer([*([IDS[song] for song in history] for history in asked), ["", "no"]])
    songs, scores = top_k(index, Histories.of([*asked, []]), len(IDS))
    assert answer["song_ids"].tolist() == [[IDS[song] for song in row] for row in songs]
    np.testing.assert_allclose(answer["scores"], scores, atol=1e-5)
    assert answer["known"].tolist() == [True, True, True, True, False]


@pytest.mark.slow
def test_tensorflow_s_own_tool_gets_the_same_answer(tmp_path: Path) -> None:
    archive = ModelArchive()
    exported(IDS, archive)
    shown = saved_model_cli(archive.model, [IDS[4].encode(), b"unknown"], tmp_path)
    assert shown.returncode == 0, shown.stderr
    expected = archive.answer([[IDS[4], "unknown"]])
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), expected["scores"], atol=1e-5)
    assert np.load(tmp_path / "known.npy").tolist() == [True]
    assert all(repr(song.encode()) in shown.stdout for song in expected["song_ids"][0])


def saved_model_cli(model: Path, song_ids: list[bytes], out: Path) -> Any:
    """Run a signature of a SavedModel with TensorFlow's tool; its outputs go to out."""
    command = [str(Path(sys.executable).with_name("saved_model_cli")), "run", "--dir", str(model)]
    command += ["--tag_set", "serve", "--signature_def", "serving_default", "--outdir", str(out)]
    command += ["--input_exprs", f"song_ids=[{song_ids!r}]"]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.slow
def test_a_model_whose_tables_have_no_name_is_refused(
    anonymous_tables: None, tmp_path: Path
) -> None:
    """As archives of format 1 had them: an eager loader answers, a session cannot."""
    archive = ModelArchive()
    exported(IDS, archive)
    eager = tf.saved_model.load(str(archive.model)).signatures["serving_default"]
    assert eager(song_ids=tf.constant([[IDS[0]]]))["known"].numpy().tolist() == [True]
    assert "Table not initialized" in saved_model_cli(archive.model, [b"x"], tmp_path).stderr
    with pytest.raises(InputError, match=r"^exported model: found 'Table not initialized\.' when"):
        archive.answer([[IDS[0]]])


@pytest.mark.slow
def test_models_opened_at_once_leave_standard_error_as_it_was(tmp_path: Path) -> None:
    """TensorFlow's greeting at its first session is silenced, and nothing after it."""
    archive = ModelArchive()
    exported(IDS, archive)
    program = (
        "import os, sys\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from pathlib import Path\n"
        "from next_song.serving.saved_model import ServedModel\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    list(pool.map(ServedModel, [Path(sys.argv[1])] * 8))\n"
        "os.write(2, b'still here')\n"
    )
    command = [sys.executable, "-c", program, str(archive.model)]
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, check=True)
        assert (done.stdout, done.stderr) == (b"", b"still here")


def test_a_question_that_is_no_text_is_not_the_model_s_fault() -> None:
    archive = ModelArchive()
    exported(IDS, archive)
    with pytest.raises(InputError, match=r"^history: found .*; expected ids of songs, each"):
        archive.answer([["a\ud83cb"]])


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"exported model: found .* when it was run in a session"):
        ServedModel(tmp_path)


def test_k_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found 51, expected 1 to 50"):
        graph.RetrievalModel(small_index(), Vocabulary([]), 51, tmp_path, "float32")
