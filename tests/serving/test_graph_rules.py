"""Rules in TensorFlow against NumPy, before export and after reload, in a session."""

from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from graphs import asking, before_and_after, exported
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import artists, histories, rules, song_counts, song_pairs, spaces
from strategies import settings as scores

from next_song.errors import InputError
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.explanation import explain
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import LOWEST
from next_song.retrieval.rules import Rules, recommend
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS, SongPairs
from next_song.retrieval.song_space import SongSpace
from next_song.serving.archive import ModelArchive, padded
from next_song.serving.saved_model import ServedModel
from next_song.serving.vocabulary import Vocabulary

NAMES = ["", "Björk", "AC/DC", "a, b", "Ümit"]
EVEN = "even songs"
CLOSE = 1e-4


def vocabulary(songs: int) -> Vocabulary:
    ids = [f"Träck {number}" for number in range(songs)]
    return Vocabulary(ids, NAMES, {EVEN: np.arange(0, songs, 2), "first": np.array([0])})


def request(asked: list[list[int]], given: list[Rules], named: list[list[int]], songs: int) -> Any:
    ids = [*vocabulary(songs).song_ids, "unknown", "never heard", "nor this", "nor that"]
    lists = {
        "song_ids": [[ids[song] for song in history] for history in asked],
        "artists": [[[*NAMES, "nobody"][one] for one in each] for each in named],
        "exclude": [[ids[song] for song in rule.exclude] for rule in given],
        "only": [
            [] if rule.only is None else ["x", *(ids[s] for s in rule.only)] for rule in given
        ],
    }
    texts = {name: np.array(padded(each), object) for name, each in lists.items()}
    nothing = np.array([""] * len(asked), object)
    most = np.array([rule.per_artist or 0 for rule in given], np.int64)
    return texts | {"exclude_set": nothing, "only_set": nothing, "per_artist": most}


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_equals_numpy(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    assert_equals_numpy(tmp_path_factory, data)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_equals_numpy_in_more_examples(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    assert_equals_numpy(tmp_path_factory, data)


def assert_equals_numpy(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    space, score = data.draw(spaces(min_songs=3)), data.draw(scores)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    songs, by = len(space), data.draw(artists(len(space)))
    index = build_index(space, pairs, counts, score, by)
    asked = [*data.draw(st.lists(histories(songs), max_size=3)), [], [songs + 1], [0]]
    given = [data.draw(rules(songs)) for _ in asked]
    named = [data.draw(st.lists(st.integers(0, 5), max_size=3)) for _ in asked]
    k = data.draw(st.sampled_from([1, songs - 1, songs]))
    numbered = [[one if one < len(NAMES) else 0 for one in each] for each in named]
    best, values = recommend(index, Histories.of(asked), songs, given, Histories.of(numbered))
    ids = np.array([*vocabulary(songs).song_ids, ""], object)
    words = vocabulary(songs)
    for answer in before_and_after(index, words, k, tmp_path_factory.mktemp("words")):
        found = answer(**request(asked, given, named, songs))
        if "adds" in found:
            assert_explained(found, index, asked, given, numbered)
            assert_named(found, space, pairs, score, asked)
        decoded = np.vectorize(bytes.decode, otypes=[object])(found["song_ids"])
        np.testing.assert_allclose(found["scores"], values[:, :k], atol=CLOSE)
        close = np.abs(np.diff(values, axis=1, prepend=np.inf, append=-np.inf)) < 2 * CLOSE
        clear = ~(close[:, :-1] | close[:, 1:])[:, :k]  # others may change places
        tied = np.array([rule.per_artist is not None for rule in given]) & close[:, 1:-1].any(
            axis=1
        )
        clear[tied] = False  # and then other songs of an artist are left
        assert (decoded == ids[best[:, :k]])[clear].all()
        for row, rule in enumerate(given):
            answered = set(decoded[row].tolist()) - {""}
            assert not answered & set(ids[rule.exclude])
            assert rule.only is None or answered <= set(ids[rule.only])


def assert_explained(
    found: dict[str, Any],
    index: Index,
    asked: list[list[int]],
    given: list[Rules],
    named: list[list[int]],
) -> None:
    """What the graph says of its own answers is what NumPy says of the same songs."""
    ids = vocabulary(len(index)).song_ids
    for row, rule in enumerate(given):
        answered = [song.decode() for song in found["song_ids"][row] if song]
        songs = np.array([ids.index(song) for song in answered], np.int64)
        artists = Histories.of([named[row]])
        told = explain(index, Histories.of([asked[row]]), songs, rule, artists)
        count = len(songs)
        np.testing.assert_allclose(found["adds"][row, :count], told.adds, atol=CLOSE)
        np.testing.assert_allclose(found["probabilities"][row, :count], told.chances, atol=CLOSE)
        assert not found["adds"][row, count:].any()
        assert not found["probabilities"][row, count:].any()


def assert_named(
    found: dict[str, Any], space: SongSpace, pairs: SongPairs, score: Score, asked: list[list[int]]
) -> None:
    """The song that the graph names gave most; rounding decides between equal ones."""
    ids = vocabulary(len(space)).song_ids
    for history, songs, sources in zip(asked, found["song_ids"], found["sources"], strict=True):
        known = [song for song in history if song < len(space)]
        for song, named in zip(songs, sources, strict=True):
            for part, source in zip(score.parts.values(), named, strict=True):
                if not (song and known and part.weight) or part.kind == "songs":
                    assert not source
                    continue
                gave = oracle.gave(part, space, pairs, known, ids.index(song.decode()))
                given = gave[ids.index(source.decode())] if source else 0
                assert given == pytest.approx(max(0, *gave.values()), rel=CLOSE, abs=1e-6)


@pytest.fixture(scope="module")
def archive() -> ModelArchive:
    vectors = np.random.default_rng(5).standard_normal((2, 300, 8), np.float32)
    return exported(index_of(vectors), vocabulary(300), 20)


@pytest.fixture(scope="module")
def model(archive: ModelArchive) -> ServedModel:
    return ServedModel(archive.model, "recommend")


def index_of(vectors: Any) -> Index:
    part = {"kind": "vectors", "decay": 0.8, "weight": 1}
    score = Score.model_validate({"repeats": False, "parts": {"space": part}})
    space = SongSpace(*vectors, np.arange(len(vectors[0]), 0, -1))
    return build_index(space, NO_PAIRS, np.zeros((2, 300)), score, np.arange(300) % 5)


def ids_in(answer: dict[str, Any]) -> list[str]:
    return [song.decode() for song in answer["song_ids"][0] if song]


def test_sets_by_name(model: ServedModel) -> None:
    history = np.array([["Träck 7", "Träck 8"]], object)
    chosen = ids_in(model(**asking(song_ids=history, only_set=np.array([EVEN], object))))
    others = ids_in(model(**asking(song_ids=history, exclude_set=np.array([EVEN], object))))
    numbers, odd = ([int(song.split()[1]) % 2 for song in each] for each in (chosen, others))
    assert len(chosen) == len(others) == 20
    assert not any(numbers)
    assert all(odd)


@pytest.mark.parametrize("number", range(1, 5))
def test_songs_by_the_artists_of_an_unknown_history_come_first(
    model: ServedModel, number: int
) -> None:
    named = np.array([[NAMES[number]]], object)
    found = ids_in(model(**asking(song_ids=np.array([["unknown"]], object), artists=named)))
    assert [int(song.split()[1]) % 5 for song in found] == [number] * 20


def test_fewer_songs_than_k(model: ServedModel) -> None:
    answer = model(**asking(only_set=np.array(["first"], object)))
    assert ids_in(answer) == ["Träck 0"]
    assert answer["scores"][0, 1:].tolist() == [float(LOWEST)] * 19


def test_another_set_is_an_invalid_argument(model: ServedModel) -> None:
    with pytest.raises(InputError, match=r"expected one of .*even songs"):
        model(**asking(only_set=np.array(["odd"], object)))
    with pytest.raises(InputError, match="per_artist: expected at least 1"):
        model(**asking(per_artist=np.array([-1])))


def test_the_other_signature_is_as_it_was(archive: ModelArchive, model: ServedModel) -> None:
    history = np.array([["Träck 7", "Träck 8"]], object)
    plain, ruled = ServedModel(archive.model)(song_ids=history), model(**asking(song_ids=history))
    assert set(plain) == {"song_ids", "scores", "known"}
    assert all((plain[name] == ruled[name]).all() for name in plain)
    loaded = tf.saved_model.load(str(archive.model))
    assert set(loaded.signatures) == {"serving_default", "recommend", "explain"}


@pytest.mark.parametrize("signature", ["recommend", "explain"])
def test_one_history_may_have_several_rules(archive: ModelArchive, signature: str) -> None:
    model = ServedModel(archive.model, signature)
    asked = {"song_ids": np.array([["Träck 7", "Träck 8"]], object)}
    apart = [model(**asking(**asked, per_artist=np.array([most]))) for most in (0, 2, 1)]
    together = model(**asking(**asked, per_artist=np.array([0, 2, 1])))
    for name, found in together.items():
        expected = np.concatenate([one[name] for one in apart])
        if found.dtype == np.float32:
            np.testing.assert_allclose(found, expected, atol=1e-5)
        else:
            assert found.tolist() == expected.tolist()
