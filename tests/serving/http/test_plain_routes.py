"""/recommend, /songs, the page of the API and the metrics, over real HTTP."""

import json
import re
from typing import Any

import httpx
import pytest
from odd_archive import ARTISTS, IDS, SETS, K

EVERY = {"artists": [""], "exclude": [""], "only": [""], "exclude_set": "", "only_set": "",
         "per_artist": 0}  # fmt: skip


def test_recommend_takes_ids_and_names(served: httpx.Client) -> None:
    asked = {
        "histories": [["plain", "two words BY 0"], ["beyonce 16;0 BY"], [], ["nonsense xyz"]],
        "k": 3,
    }
    answers = served.post("/recommend", json=asked).json()["answers"]
    assert [answer["known"] for answer in answers] == [True, True, False, False]
    assert [song["song_id"] for song in answers[0]["history"]] == ["plain"]
    assert [one["song"] for one in answers[0]["unknown"]] == ["two words BY 0"]
    assert len(answers[3]["unknown"][0]["nearest"]) == 3
    for answer in answers:
        assert len(answer["songs"]) == 3
        scores = [song["score"] for song in answer["songs"]]
        assert scores == sorted(scores, reverse=True)


def test_recommend_gives_what_invocations_gives(served: httpx.Client) -> None:
    (plain,) = served.post("/recommend", json={"histories": [["tab\there"]], "k": K}).json()[
        "answers"
    ]
    (row,) = served.post("/invocations", json={"instances": [["tab\there"]]}).json()["predictions"]
    assert [song["song_id"] for song in plain["songs"]] == row["song_ids"]
    assert [song["score"] for song in plain["songs"]] == [round(one, 6) for one in row["scores"]]
    assert all(song["name"].endswith(f" - {song['song_id']}") for song in plain["songs"])


def songs(served: httpx.Client, *history: str, **asked: Any) -> list[dict[str, Any]]:
    body = {"histories": [history], "k": K} | asked
    (answer,) = served.post("/recommend", json=body).json()["answers"]
    found: list[dict[str, Any]] = answer["songs"]
    return found


def ids(served: httpx.Client, *history: str, **asked: Any) -> list[str]:
    return [song["song_id"] for song in songs(served, *history, **asked)]


def test_rules(served: httpx.Client) -> None:
    whole = ids(served, "plain")
    assert ids(served, "plain", exclude=[whole[1], "two words 1;0 BY", "nonsense"]) == [
        *whole[2:], *ids(served, "plain", exclude=whole)[:2]
    ]  # fmt: skip
    assert ids(served, "plain", only=["nonsense", whole[2], whole[0]]) == [whole[0], whole[2]]
    for name, members in SETS.items():
        inside = {IDS[number] for number in members}
        assert set(ids(served, "plain", only_set=name)) <= inside
        assert not set(ids(served, "plain", exclude_set=name)) & inside
    artists = [ARTISTS[IDS.index(song)] for song in ids(served, "plain", per_artist=1)]
    assert len({*artists}) == len(artists) == K


def test_artists_count_if_no_song_is_known(served: httpx.Client) -> None:
    by_one = {song for song, artist in zip(IDS, ARTISTS, strict=True) if artist == ARTISTS[1]}
    assert len(by_one) == 3
    asked = {"artists": [[ARTISTS[1].upper()]], "k": 3}
    assert set(ids(served, "nonsense", **asked)) == by_one
    assert set(ids(served, f"{ARTISTS[1]} - nonsense", k=3)) == by_one
    assert ids(served, "plain", **asked) == ids(served, "plain", k=3)
    names = [f"{ARTISTS[1]} - nonsense", "nonsense"]
    body = {"histories": [[one] for one in names], "artists": [[], [ARTISTS[1]]], "k": 3}
    for answer in served.post("/recommend", json=body).json()["answers"]:
        assert {song["song_id"] for song in answer["songs"]} == by_one


def test_an_explanation_says_why(served: httpx.Client) -> None:
    plain, told = songs(served, "plain"), songs(served, "plain", explain=True)
    assert [
        song | {"probability": one["probability"], "why": one["why"]}
        for song, one in zip(plain, told, strict=True)
    ] == told
    assert 0 < sum(song["probability"] for song in told) < 1
    assert told[0]["why"].startswith("near in the space to By \x1b]0;0\x07 - plain 1.00, often")
    body = {"signature_name": "explain", "instances": [EVERY | {"song_ids": ["plain"]}]}
    (row,) = served.post("/invocations", json=body).json()["predictions"]
    assert row["probabilities"] == pytest.approx([one["probability"] for one in told], abs=1e-6)


def test_if_few_songs_are_left_the_answer_has_those(served: httpx.Client) -> None:
    assert ids(served, "plain", only=["plain", "-k"]) == ["-k"]
    assert ids(served, "plain", only=["plain"]) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"only_set": "x"}, "only_set: found 'x'; expected one of 'the even ones', 'a \"market\"'"),
        ({"exclude_set": "x"}, "exclude_set: found 'x'; expected one of 'the even ones'"),
        ({"only": ["nonsense"]}, "only: found no song of the model in ['nonsense']; expected at"),
    ],
)
def test_rules_that_cannot_be_are_told_in_a_line(
    served: httpx.Client, asked: dict[str, Any], message: str
) -> None:
    answer = served.post("/recommend", json={"histories": [["plain"]]} | asked)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(message)


@pytest.mark.parametrize(
    "sent", [{"histories": "x" * 5000}, {"histories": [["a"]], "k": "x" * 5000}]
)
def test_a_wrong_request_is_not_sent_back(served: httpx.Client, sent: dict[str, Any]) -> None:
    answer = served.post("/recommend", json=sent)
    assert answer.status_code == 422
    assert all(set(one) == {"loc", "msg", "type"} for one in answer.json()["detail"])
    assert len(answer.content) < 1000


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[" * 100_000, b'{"histories": [["a"]], "k": %s}' % (b"1" * 5000)],
    ids=["cut", "no UTF-8", "deep", "a long number"],
)
def test_a_body_that_is_no_json_is_told(served: httpx.Client, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = served.post("/recommend", content=body, headers=kind)
    assert answer.status_code == 422
    (one,) = answer.json()["detail"]
    assert (one["loc"][0], one["msg"], one["type"]) == ("body", "JSON decode error", "json_invalid")


def test_the_api_describes_the_rules(served: httpx.Client) -> None:
    described = served.get("/openapi.json").json()["components"]["schemas"]
    properties = described["Histories"]["properties"]
    assert {*properties} == {
        "histories", "k", "artists", "exclude", "only", "exclude_set", "only_set", "per_artist",
        "explain",
    }  # fmt: skip
    assert all(one["description"] for one in properties.values())
    assert {"probability", "why"} < {*described["Scored"]["properties"]}


def test_the_api_has_examples_that_are_answered(served: httpx.Client) -> None:
    route = served.get("/openapi.json").json()["paths"]["/invocations"]["post"]
    examples = route["requestBody"]["content"]["application/json"]["examples"]
    assert {*examples} == {"histories", "rules"}
    for example in examples.values():
        assert served.post("/invocations", json=example["value"]).status_code == 200


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({}, "histories"),
        ({"histories": []}, "histories"),
        ({"histories": "plain"}, "histories"),
        ({"histories": [["a", 1]]}, "histories"),
        ({"histories": [["a"]], "k": 0}, "k"),
        ({"histories": [["a"]] * 1001}, "histories"),
        ({"histories": [["a"] * 501] * 2}, "histories"),
        ({"histories": [[]] * 1001}, "histories"),
        ({"histories": [["a"]], "artists": [["a"], ["b"]]}, "artists"),
        ({"histories": [["a"]], "artists": [["a"] * 1001]}, "artists"),
        ({"histories": [["a"]] * 2, "artists": [["a"] * 501] * 2}, "artists"),
        ({"histories": [["a"]], "exclude": "a"}, "exclude"),
        ({"histories": [["a"]], "exclude": ["a"] * 1001}, "exclude"),
        ({"histories": [["a"]], "only": []}, "only"),
        ({"histories": [["a"]], "per_artist": 0}, "per_artist"),
        ({"histories": [["a"]], "explain": "maybe"}, "explain"),
        ({"histories": [["a"]], "artist": "a"}, "artist"),
    ],
)
def test_what_is_asked_wrongly_is_told(served: httpx.Client, asked: object, where: str) -> None:
    answer = served.post("/recommend", json=asked)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", where]


def test_what_is_not_asked_has_its_default(served: httpx.Client) -> None:
    (answer,) = served.post("/recommend", json={"histories": [["plain"]]}).json()["answers"]
    assert len(answer["songs"]) == 10
    assert {*answer["songs"][0]} == {"song_id", "name", "score"}


@pytest.mark.parametrize(
    "asked",
    [
        {"histories": [["a"]], "k": 1},
        {"histories": [[]] * 1000},
        {"histories": [["a"] * 500] * 2},
        {"histories": [["a"]], "exclude": ["a"] * 1000},
        {"histories": [["a"]], "only": ["plain"]},
        {"histories": [["a"]], "per_artist": 1},
        {"histories": [["a"]] * 2, "artists": [["a"], []]},
        {"histories": [["a"]] * 2, "artists": [["a"] * 500] * 2},
    ],
)
def test_what_is_asked_at_a_limit_is_answered(served: httpx.Client, asked: dict[str, Any]) -> None:
    answer = served.post("/recommend", json=asked)
    assert answer.status_code == 200
    assert len(answer.json()["answers"]) == len(asked["histories"])


def test_a_k_beyond_the_export_is_told(served: httpx.Client) -> None:
    answer = served.post("/recommend", json={"histories": [["a"]], "k": K + 1})
    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        f"k: found {K + 1}; expected 1 to {K}, what the model was exported for"
    )


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a" * 100_000, "", *IDS])
def test_hostile_histories_are_data(served: httpx.Client, text: str) -> None:
    body = json.dumps({"histories": [[text]]})  # as escapes, half characters too
    answer = served.post(
        "/recommend", content=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    assert answer.json()["answers"][0]["known"] == (text in IDS)


def test_only_the_first_unknown_songs_are_told_with_the_nearest(served: httpx.Client) -> None:
    texts = [f"nonsense {number}" for number in range(12)]
    for histories in ([texts], [[text] for text in texts], [texts[:6], texts]):
        answers = served.post("/recommend", json={"histories": histories}).json()["answers"]
        unknown = [[one["song"] for one in answer["unknown"]] for answer in answers]
        assert unknown == histories
        told = {one["song"]: len(one["nearest"]) for row in answers for one in row["unknown"]}
        assert [*told.values()] == [3] * 10 + [0] * 2


@pytest.mark.parametrize("instances", [[["a"]] * 1000, [["a"] * 10_000]])
def test_as_much_as_the_model_takes_at_once_is_answered(
    served: httpx.Client, instances: list[list[str]]
) -> None:
    answer = served.post("/invocations", json={"instances": instances})
    assert answer.status_code == 200
    assert len(answer.json()["predictions"]) == len(instances)


@pytest.mark.parametrize("instances", [[["a"]] * 1001, [["a"] * 10_001]])
def test_more_than_the_model_should_take_at_once_is_refused(
    served: httpx.Client, instances: list[list[str]]
) -> None:
    answer = served.post("/invocations", json={"instances": instances})
    assert answer.status_code == 413
    assert answer.json() == {
        "error": "Request of more than 1000 histories, or 10000 songs in a list"
    }


def test_songs_are_found(served: httpx.Client) -> None:
    found = served.get("/songs", params={"q": "beyonce"}).json()
    assert [song["song_id"] for song in found] == ["Beyoncé"]
    assert len(served.get("/songs", params={"q": "by", "most": 2}).json()) == 2
    for given, count in (({"most": 1}, 1), ({"most": 100}, len(IDS)), ({}, 20)):
        answer = served.get("/songs", params={"q": "by"} | given)
        assert (answer.status_code, len(answer.json())) == (200, count)
    assert served.get("/songs", params={"q": "zzzzzz"}).json() == []
    for wrong in ({}, {"q": "by", "most": 0}, {"q": "by", "most": 101}, {"q": "by", "most": "x"}):
        assert served.get("/songs", params=wrong).status_code == 422


def test_the_page_of_the_api_loads_nothing_from_elsewhere(served: httpx.Client) -> None:
    page = served.get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert served.get(path).status_code == 200
    paths = served.get("/openapi.json").json()["paths"]
    assert {*paths} == {"/ping", "/invocations", "/recommend", "/songs", "/metrics"}


def samples(served: httpx.Client) -> dict[str, float]:
    lines = served.get("/metrics").text.splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in pairs}


def test_metrics_count_requests_by_route_and_status(served: httpx.Client) -> None:
    before = samples(served)
    served.get("/ping")
    served.post("/invocations", json={"instances": []})
    for number in range(3):
        served.get(f"/unknown/{number}")
    after = samples(served)
    added = {name: value - before.get(name, 0) for name, value in after.items()}
    requests = "next_song_http_requests_total"
    assert added[f'{requests}{{route="/ping",status="200"}}'] == 1
    assert added[f'{requests}{{route="/invocations",status="400"}}'] == 1
    assert added[f'{requests}{{route="other",status="404"}}'] == 3
    assert added['next_song_http_request_seconds_count{route="/ping"}'] == 1
    assert after["next_song_http_requests_in_flight"] == 1  # that which asks for the metrics


def test_seconds_are_counted_from_a_millisecond_to_the_limit_of_a_request(
    served: httpx.Client,
) -> None:
    served.get("/ping")
    bucket = 'next_song_http_request_seconds_bucket{le="(.+)",route="/ping"}'
    found = [told[1] for name in samples(served) if (told := re.fullmatch(bucket, name))]
    below = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    assert [*map(float, found)] == [*below, 1, 2, 5, 10, 30, float("inf")]


def test_two_songs_of_each_artist(served: httpx.Client) -> None:
    assert len(ids(served, "plain", only=IDS[20:], per_artist=2)) == 6


def test_a_song_that_is_played_twice_is_told_twice(served: httpx.Client) -> None:
    (answer,) = served.post("/recommend", json={"histories": [["plain"] * 2]}).json()["answers"]
    assert [song["song_id"] for song in answer["history"]] == ["plain"] * 2
