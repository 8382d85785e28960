"""Asking endpoints that are not what they should be; good models are asked in other tests."""

import sys
from pathlib import Path
from typing import Any

import pytest
from odd_archive import IDS, odd_archive

from next_song.errors import EndpointError, InputError
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import query
from next_song.serving.predictor import endpoint_predictor, recommendations
from next_song.serving.wishes import Answer, Wishes


class Runtime:
    """An endpoint that makes one prediction."""

    def __init__(self, prediction: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients = 0
        monkeypatch.setattr(query, "client", self.client)
        monkeypatch.setattr(query, "_invoke", lambda *_: [prediction])

    def client(self, *_: Any) -> "Runtime":
        self.clients += 1
        return self


@pytest.mark.parametrize(
    "prediction",
    [0.5, [1, 2], {"scores": [0.1]}, {"song_ids": None, "scores": [], "known": True}],
)
def test_another_model_is_told_in_a_line(prediction: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Runtime(prediction, monkeypatch)
    with pytest.raises(EndpointError, match=r"endpoint other: found the prediction .* next-song"):
        endpoint_predictor("other")(["a"])


def test_without_the_extra_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("predictor", "query", "aws"):
        monkeypatch.delitem(sys.modules, f"next_song.serving.endpoint.{module}", raising=False)
        monkeypatch.delattr(f"next_song.serving.endpoint.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InputError, match=r"--endpoint x: found no .*; expected the extra `aws`"):
        endpoint_predictor("x")


def test_one_client_asks_all_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime({"song_ids": ["b"], "scores": [1], "known": True}, monkeypatch)
    ask = endpoint_predictor("tested")
    assert ask(["a"]) == ask(["b"]) == Answer(["b"], [1.0], True)
    assert runtime.clients == 1


def test_explanations_have_the_names_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = ModelArchive.unpack(odd_archive(tmp_path / "model.tar.gz"))
    told = {"adds": [[0.4, 0.1, 0]], "sources": [[IDS[0], IDS[0], ""]], "probabilities": [0.25]}
    Runtime({"song_ids": ["b"], "scores": [0.5], "known": True} | told, monkeypatch)
    answer = endpoint_predictor("tested", archive=archive)([IDS[0]], Wishes(explain=True))
    assert answer.probabilities == [0.25]
    (why,) = answer.why
    assert f"By \x1b]0;0\x07 - {IDS[0]}" in why
    without = endpoint_predictor("tested")([IDS[0]], Wishes(explain=True))
    assert (without.probabilities, without.why) == ((), ())


def test_a_model_of_other_parts_than_the_archive_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = ModelArchive.unpack(odd_archive(tmp_path / "model.tar.gz"))
    told = {"adds": [[0.4, 0.1]], "sources": [[IDS[0], ""]], "probabilities": [0.25]}
    Runtime({"song_ids": ["b"], "scores": [0.5], "known": True} | told, monkeypatch)
    with pytest.raises(EndpointError, match="found a model of 2 parts, and 3 in the archive"):
        endpoint_predictor("tested", archive=archive)([IDS[0]], Wishes(explain=True))


def test_numbers_have_six_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = ModelArchive.unpack(odd_archive(tmp_path / "model.tar.gz"))
    Runtime({"song_ids": ["b"], "scores": [0.12345678], "known": True}, monkeypatch)
    (song,) = recommendations(endpoint_predictor("tested"), archive.songs, 1, IDS[:1])["songs"]
    assert song == {"song_id": "b", "name": "b", "score": 0.123457}
    told = Answer(["b"], [0.5], True, probabilities=[0.98765432], why=["since"])
    (song,) = recommendations(lambda *_: told, archive.songs, 1, IDS[:1])["songs"]
    assert (song["probability"], song["why"]) == (0.987654, "since")


@pytest.mark.parametrize(
    ("history", "artists"), [(["The Band - Song - Live"], ["The Band"]), (["an id"], None)]
)
def test_an_endpoint_is_told_the_artists_of_names(
    history: list[str], artists: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert artists_told(history, None, monkeypatch) == ([artists] if artists else [])


def test_artists_are_told_as_the_archive_has_them_whatever_their_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = ModelArchive.unpack(odd_archive(tmp_path / "model.tar.gz"))
    by = str(archive.songs.filter("artist is not null").fetchall()[0][2])
    history = [f"{by.swapcase()} - never heard", "NOBODY - x"]
    assert by.swapcase() != by
    assert artists_told(history, archive, monkeypatch) == [[by, "NOBODY"]]


def artists_told(
    history: list[str], archive: ModelArchive | None, monkeypatch: pytest.MonkeyPatch
) -> list[list[str]]:
    """The artists in the questions with rules that an endpoint is asked for a history."""
    asked: list[Any] = []
    found = {"song_ids": ["a"], "scores": [0.5], "known": False}

    def ask_for(name: str, signature: str, instance: dict[str, Any], _: Any) -> dict[str, Any]:
        assert signature == "recommend"
        asked.append(instance["artists"])
        return found

    monkeypatch.setattr(query, "client", lambda *_: None)
    monkeypatch.setattr(query, "ask_for", ask_for)
    monkeypatch.setattr(query, "ask", lambda *_: [found])
    endpoint_predictor("songs", archive=archive)(history)
    return asked


def test_a_predictor_is_asked_with_all_songs_if_none_is_known(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def predict(history: list[str], _: Any) -> Answer:
        asked.append(history)
        return Answer(["a"], [1.0], False)

    archive = ModelArchive.unpack(odd_archive(tmp_path / "model.tar.gz"))
    recommendations(predict, archive.songs, 1, ["nothing", "By one - never heard"])
    assert asked == [["nothing", "By one - never heard"]]
