"""The signatures `recommend` and `explain`: the same answers as the stand-in's container gives."""

import base64
import json
from itertools import chain
from typing import Any

import httpx
import pytest
from http_support import JSON, both
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_archive import ARTISTS, COUNT, IDS, SETS, K

FREE = {
    "song_ids": ["plain"],
    "artists": [""],
    "exclude": [""],
    "only": [""],
    "exclude_set": "",
    "only_set": "",
    "per_artist": 0,
}
EVEN, MARKET = SETS
BOTH = pytest.mark.parametrize("signature", ["recommend", "explain"])


def by_row(signature: str, *rows: dict[str, Any]) -> bytes:
    instances = [FREE | row for row in rows]
    return json.dumps({"signature_name": signature, "instances": instances}).encode()


def by_column(signature: str, **inputs: Any) -> bytes:
    columns = {name: [value] for name, value in FREE.items()} | inputs
    return json.dumps({"signature_name": signature, "inputs": columns}).encode()


GOOD: list[list[dict[str, Any]]] = [
    [{}],
    [{"exclude": ["two words", "no such song"]}],
    [{"only": ["-k", "é", "plain"]}],
    [{"only": ["no such song"]}],
    [{"only": []}],
    [{"exclude": [], "artists": []}],
    [{"exclude_set": EVEN}, {"only_set": MARKET}],
    [{"only_set": EVEN, "exclude_set": MARKET, "per_artist": 1}],
    [{"only_set": MARKET, "only": ["two words", "{a,b}"]}],
    [{"per_artist": 1}, {"per_artist": 2, "song_ids": ["{a,b}"]}, {"per_artist": 2**63 - 1}],
    [{"song_ids": ["nothing"], "artists": [ARTISTS[1]]}],
    [{"song_ids": ["nothing"], "artists": [ARTISTS[1].upper()]}],
    [{"song_ids": [f"{ARTISTS[3]} - nothing"]}],
    [{"song_ids": ["plain"], "artists": [ARTISTS[1]]}],
    [{"song_ids": [""], "exclude": IDS}],
    [{"song_ids": [{"b64": base64.b64encode(b"plain").decode()}], "exclude": [{"b64": ""}]}],
    [{"song_ids": ["plain", "-k", "", "~"]}, {"song_ids": ["x", "é", "é", "é"]}],
]

BAD: list[list[dict[str, Any]]] = [
    [{"song_ids": []}],
    [{"exclude_set": "no such set"}],
    [{"only_set": EVEN.upper()}],
    [{}, {"only_set": "x"}],
    [{"per_artist": -1}],
    [{"per_artist": 1.0}],
    [{"per_artist": True}],
    [{"per_artist": "1"}],
    [{"per_artist": None}],
    [{"per_artist": [1]}],
    [{"per_artist": 2**63}],
    [{"exclude": "plain"}],
    [{"exclude": [["plain"]]}],
    [{"exclude": ["a"]}, {"exclude": []}],
    [{"only": [1]}],
    [{"only_set": [EVEN]}],
    [{"only_set": 1}],
    [{"artists": ["\ud800"]}],
    [{"more": 1}],
]


@BOTH
@pytest.mark.parametrize("rows", GOOD, ids=lambda rows: json.dumps(rows)[:60])
def test_good_requests(
    served: httpx.Client, container: httpx.Client, signature: str, rows: list[dict[str, Any]]
) -> None:
    answer = both(served, container, by_row(signature, *rows))
    assert answer.status_code == 200
    (first, *_) = answer.json()["predictions"]
    assert len(first["song_ids"]) == K
    assert ("adds" in first) == (signature == "explain")


@BOTH
@pytest.mark.parametrize("rows", BAD, ids=lambda rows: json.dumps(rows)[:60])
def test_bad_requests(
    served: httpx.Client, container: httpx.Client, signature: str, rows: list[dict[str, Any]]
) -> None:
    assert both(served, container, by_row(signature, *rows)).status_code == 400


@BOTH
@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({}, 200),
        ({"song_ids": [["plain"], ["é"]]}, 200),  # one row of a rule counts for all histories
        ({"song_ids": [["plain"], ["é"]], "only_set": [MARKET, EVEN]}, 200),
        ({"song_ids": [["plain"], ["é"], ["-"]], "exclude": [["a"], ["b"]]}, 400),
        ({"exclude": [["a"], ["b"]]}, 200),  # as one history does for all rows of a rule
        ({"only_set": [MARKET, EVEN, ""], "exclude": [["plain"]]}, 200),
        ({"per_artist": [0, 1]}, 200),
        ({"artists": [["By é"], ["nobody"]], "song_ids": [["never heard"]]}, 200),
        ({"song_ids": [[]]}, 400),
        ({"song_ids": []}, 400),
        ({"song_ids": ["plain"]}, 400),
        ({"per_artist": 1}, 400),
        ({"more": [1]}, 200),
    ],
)
def test_columns(
    served: httpx.Client,
    container: httpx.Client,
    signature: str,
    inputs: dict[str, Any],
    status: int,
) -> None:
    assert both(served, container, by_column(signature, **inputs)).status_code == status


@BOTH
@pytest.mark.parametrize("inputs", [["plain"], {"song_ids": [["plain"]]}, None, {}])
def test_columns_that_are_missing(
    served: httpx.Client, container: httpx.Client, signature: str, inputs: Any
) -> None:
    body = json.dumps({"signature_name": signature, "inputs": inputs}).encode()
    assert both(served, container, body).status_code == 400


@BOTH
def test_rows_that_lack_inputs(
    served: httpx.Client, container: httpx.Client, signature: str
) -> None:
    for row in (["plain"], {"song_ids": ["plain"]}):
        body = json.dumps({"signature_name": signature, "instances": [row]}).encode()
        assert both(served, container, body).status_code == 400


def lists(values: list[str], size: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([*values, "", "no such"]), min_size=size, max_size=size)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    sizes = {name: draw(st.integers(int(name == "song_ids"), 4)) for name in FREE}
    named = st.sampled_from(["", *SETS])
    row = st.fixed_dictionaries(
        {name: lists(IDS, sizes[name]) for name in ("song_ids", "exclude", "only")}
        | {"artists": lists(ARTISTS, sizes["artists"]), "exclude_set": named, "only_set": named}
        | {"per_artist": st.integers(0, 3)}
    )
    rows = draw(st.lists(row, min_size=1, max_size=3))
    return by_row(draw(st.sampled_from(["recommend", "explain"])), *rows)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requests())
def test_any_rules(served: httpx.Client, container: httpx.Client, body: bytes) -> None:
    assert both(served, container, body).status_code == 200


def test_explanations_add_up(served: httpx.Client) -> None:
    body = by_row("explain", {"song_ids": ["plain", "-k"], "per_artist": 1, "only_set": MARKET})
    (row,) = served.post("/invocations", content=body, headers=JSON).json()["predictions"]
    assert [sum(song) for song in row["adds"]] == pytest.approx(row["scores"], abs=1e-5)
    assert len([song for song in row["song_ids"] if song]) == COUNT // 2 - 2  # all of the set
    assert sum(row["probabilities"]) == pytest.approx(1)
    assert set(chain(*row["sources"])) == {"plain", "-k", ""}
