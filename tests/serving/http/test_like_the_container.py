"""The same answers as the stand-in's container gives for the same archive."""

import base64
import json
from typing import Any

import httpx
import pytest
from http_support import JSON, both, rounded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_archive import IDS

ENCODED = {"b64": base64.b64encode(b"plain").decode()}

GOOD: list[Any] = [
    {"instances": [["plain"]]},
    {"instances": [["plain", "two words"], ["-k", ""]]},
    {"instances": [{"song_ids": ["plain"]}, {"song_ids": ["Beyonc\u00e9"]}]},
    {"instances": [["no such song"], [""], ["\u65e5\u672c"]]},
    {"instances": [[ENCODED], [{"b64": ""}]]},
    {"instances": [[{"b64": base64.b64encode(b"\xff\xfe").decode()}]]},
    {"inputs": [["plain"], ["--json"]]},
    {"inputs": {"song_ids": [["plain", "\x1b[31mred\x1b[0m"]]}},
    {"inputs": {"song_ids": [["plain"]], "other": 1}},
    {"signature_name": "serving_default", "instances": [["plain"]]},
    {"instances": [["plain"]], "more": 1},
    [["plain"]],
    {"song_ids": ["plain"]},
    {"instances": [IDS] * 70},
]

BAD: list[Any] = [
    {},
    [],
    [[]],
    {"instances": [[]]},
    {"instances": [[], []]},
    {"inputs": [[]]},
    "plain",
    1,
    None,
    {"instances": []},
    {"instances": "plain"},
    {"instances": ["plain"]},
    {"instances": [[["plain"]]]},
    {"instances": [["a", "b"], ["c"]]},
    {"instances": [["a"], "c"]},
    {"instances": [[1]]},
    {"instances": [[None]]},
    {"instances": [[True, "a"]]},
    {"instances": [[{"b64": "?"}]]},
    {"instances": [[{"b64": 1}]]},
    {"instances": [[{"b64": "\u00e9"}]]},
    {"instances": [[{"other": "a"}]]},
    {"instances": [{"words": ["a"]}]},
    {"instances": [{"song_ids": ["a"], "words": ["a"]}]},
    {"instances": [{"song_ids": ["a"]}, ["a"]]},
    {"instances": [["\ud800"]]},
    {"instances": [["a"]], "inputs": [["a"]]},
    {"inputs": []},
    {"inputs": "a"},
    {"inputs": {"words": [["a"]]}},
    {"signature_name": "other", "instances": [["a"]]},
    {"signature_name": None, "instances": [["a"]]},
    {"signature_name": ["serving_default"], "instances": [["a"]]},
    {"signature_name": "other", "inputs": {"words": 1}},
]

RAW = [b"", b"{", b"\xff", b'{"instances": [["a"]]', b"NaN", b'"' + b"a" * 10, b"[1e999]",
       b'{"instances": [["a"]]} x', '{"instances": [["é"]]}'.encode("latin-1"),
       '{"instances": [["plain"]]}'.encode("utf-16"), b"\xef\xbb\xbf{}", b"9" * 5000]  # fmt: skip


@pytest.mark.parametrize("request_", GOOD, ids=lambda one: json.dumps(one)[:60])
def test_good_requests(served: httpx.Client, container: httpx.Client, request_: Any) -> None:
    both(served, container, json.dumps(request_).encode())
    assert served.post("/invocations", json=request_).status_code == 200


@pytest.mark.parametrize("request_", BAD, ids=lambda one: json.dumps(one)[:60])
def test_bad_requests(served: httpx.Client, container: httpx.Client, request_: Any) -> None:
    body = json.dumps(request_).encode()
    both(served, container, body)
    assert served.post("/invocations", content=body, headers=JSON).status_code == 400


@pytest.mark.parametrize("body", RAW, ids=lambda body: ascii(body[:20]))
def test_bodies_that_are_no_request(
    served: httpx.Client, container: httpx.Client, body: bytes
) -> None:
    both(served, container, body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([*IDS, "", "\ud800", "%"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["b64", "song_ids", "x"]), inner, max_size=2)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(["instances", "inputs", "signature_name", "song_ids"])


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES | st.dictionaries(KEYS, VALUES, max_size=2))
def test_any_json(served: httpx.Client, container: httpx.Client, value: Any) -> None:
    both(served, container, json.dumps(value).encode())


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=utf-8", "", "text/csv"])
def test_other_content_types(served: httpx.Client, container: httpx.Client, kind: str) -> None:
    both(served, container, b'{"instances": [["plain"]]}', **{"Content-Type": kind})


def test_no_content_type(served: httpx.Client, container: httpx.Client) -> None:
    answers = [one.post("/invocations", content=b"{}") for one in (served, container)]
    assert [one.status_code for one in answers] == [415, 415]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("path", ["/ping", "/", "/nothing", "/ping/"])
def test_other_paths(served: httpx.Client, container: httpx.Client, path: str) -> None:
    ours, theirs = served.get(path), container.get(path)
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    if path != "/ping":
        posted = [one.post(path, content=b"{}") for one in (served, container)]
        assert posted[0].status_code == posted[1].status_code
        assert posted[0].content == posted[1].content


def test_an_answer_has_the_same_form(served: httpx.Client, container: httpx.Client) -> None:
    body = b'{"instances": [["plain", "two words", "nothing"]]}'
    ours, theirs = (
        one.post("/invocations", content=body, headers=JSON).json() for one in (served, container)
    )
    assert ours == rounded(theirs)
    assert all(type(one) is float for one in ours["predictions"][0]["scores"])
