"""The hit rate of captured answers, on events and playlists whose hits can be counted by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.evaluation.online import captured_events, online_hit_rate
from next_song.evaluation.uncertainty import interval

# number, position, song: a b c, a d, and c alone
PLAYS = [(0, 1, "a"), (0, 2, "b"), (0, 3, "c"), (1, 1, "a"), (1, 2, "d"), (2, 1, "c")]


def event(request: Any, answer: Any, encoding: str = "JSON", **metadata: str) -> str:
    """A line as SageMaker writes it; a body is text, or JSON that becomes text."""
    sides = {
        f"endpoint{mode.title()}": {
            "observedContentType": "application/json",
            "mode": mode,
            "data": body if isinstance(body, str) else json.dumps(body),
            "encoding": encoding,
        }
        for mode, body in (("INPUT", request), ("OUTPUT", answer))
    }
    metadata |= {"eventId": "one", "inferenceTime": "2026-11-26T18:00:00Z"}
    return json.dumps({"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"})


def asked(*histories: list[str]) -> dict[str, Any]:
    return {"instances": [{"song_ids": songs, "per_artist": 0} for songs in histories]}


def answered(*songs: str) -> dict[str, Any]:
    """A letter is a song."""
    return {"predictions": [{"song_ids": list(each), "known": True} for each in songs]}


@pytest.fixture
def histories() -> DuckDBPyRelation:
    return (
        sql.connection()
        .sql("select unnest($plays) as play", params={"plays": PLAYS})
        .project("play[1]::bigint as number, play[2]::bigint as position, play[3] as song_id")
    )


def events(folder: Path, *lines: str) -> DuckDBPyRelation:
    path = folder / "part[1].jsonl"
    path.write_text("\n".join(lines) + "\n")
    return captured_events([str(path)])


def test_by_hand(tmp_path: Path, histories: DuckDBPyRelation) -> None:
    captured = events(
        tmp_path,
        event(asked(["a", "b"], ["x", "y"]), answered("qc", "qr")),  # c is second; x begins nothing
        event(asked(["a", "", ""]), answered("bq")),  # then b or d: half a hit, at any k
        event(asked(["c"], ["a", "b", "c"], [""]), answered("qr", "qr", "qr")),  # nothing follows
    )
    expected = {"queries": 2, "begin_several_playlists": 1, "begin_no_playlist": 4, "not_read": 0}
    for k, rate in ((1, 0.25), (2, 0.75)):  # (0 + 1/2) / 2 and (1 + 1/2) / 2
        found = online_hit_rate(captured, histories, k, "smoke", 1, repeats=False)
        low, high = found.pop("interval")[str(k)]
        assert found.pop("hit_rate") == {str(k): rate}
        assert 0 <= low < rate < high <= 1
        assert found == expected


def test_histories_of_one_playlist_are_one_piece_of_evidence(tmp_path: Path) -> None:
    plays = [(0, place, f"{place}") for place in range(9)] + [(1, 0, "x"), (1, 1, "0")]
    table = sql.connection().sql("select unnest($plays) as play", params={"plays": plays})
    histories = table.project("play[1]::bigint as number, play[2] as position, play[3] as song_id")
    begun = [[f"{n}" for n in range(length)] for length in range(1, 8)] + [["x"]]
    answers = [f"{len(history)}" for history in begun[:-2]] + ["y", "0"]
    found = online_hit_rate(
        events(tmp_path, event(asked(*begun), answered(*answers))),
        histories,
        1,
        "smoke",
        1,
        repeats=False,
    )
    hits = np.array([1.0] * 6 + [0, 1])
    assert found["hit_rate"] == {"1": hits.mean()}
    for playlists, is_so in ((np.array([0] * 7 + [1]), True), (np.arange(8), False)):
        expected = interval(hits[:, None], playlists, 1)[:, 0]
        assert (found["interval"]["1"] == pytest.approx(expected)) == is_so


def test_what_is_not_read_is_counted_and_the_smoke_query_left_out(
    tmp_path: Path, histories: DuckDBPyRelation
) -> None:
    captured = events(
        tmp_path,
        event(asked(["a"]), answered("bd"), inferenceId="person 1"),  # the one that counts
        event(asked(["a"]), answered("xy"), inferenceId="smoke"),
        "{cut off",
        event("not JSON", answered("bd")),
        event(asked(["a"]), "<html>"),
        event("eyJ9", "eyJ9", encoding="BASE64"),
        event({"instances": [{"songs": ["a"]}]}, answered("bd")),  # of a model with another input
        event(asked(["a"], ["a"]), answered("bd")),  # two histories, one answer
        event(asked(["a"]), {"predictions": [{"scores": [1.0]}]}),
        event(asked(), answered()),
    )
    found = online_hit_rate(captured, histories, 2, "smoke", 1, repeats=False)
    assert found["hit_rate"] == {"2": 1.0}
    assert (found["queries"], found["not_read"]) == (1, 8)


def test_events_in_the_column_format(tmp_path: Path, histories: DuckDBPyRelation) -> None:
    request = {"inputs": {"song_ids": [["a", "b"], ["x", ""]], "per_artist": [0, 0]}}
    answer = {"outputs": {"song_ids": [["q", "c"], ["q", "r"]], "scores": [[2, 1], [2, 1]]}}
    captured = events(tmp_path, event(request, answer))
    found = online_hit_rate(captured, histories, 2, "smoke", 1, repeats=False)
    assert found["hit_rate"] == {"2": 1.0}
    assert (found["queries"], found["begin_no_playlist"], found["not_read"]) == (1, 1, 0)


@pytest.mark.parametrize(
    "request_body",
    [
        {"instances": [["a", "b"]]},
        {"inputs": [["a", "b"]]},
        {"inputs": {"song_ids": [["a", "b"]]}},
        {"signature_name": "recommend", "instances": [{"song_ids": ["a", "b"], "only_set": "x"}]},
        [["a", "b"]],
        [{"song_ids": ["a", "b"]}],
        {"song_ids": ["a", "b"]},
    ],
)
def test_all_forms_of_a_request_that_is_served(
    request_body: Any, tmp_path: Path, histories: DuckDBPyRelation
) -> None:
    captured = events(tmp_path, event(request_body, answered("qc")))
    found = online_hit_rate(captured, histories, 2, "smoke", 1, repeats=False)
    assert (found["hit_rate"], found["queries"], found["not_read"]) == ({"2": 1.0}, 1, 0)


def test_nothing_that_can_be_read(tmp_path: Path, histories: DuckDBPyRelation) -> None:
    error = event(asked(["a"]), {"error": "no such signature"})
    told = "CAPTURED: found no history with an answer in 2 captured events; expected requests"
    with pytest.raises(InputError, match=told):
        online_hit_rate(events(tmp_path, error, error), histories, 1, "smoke", 1, repeats=False)


def test_playlists_that_begin_otherwise(tmp_path: Path, histories: DuckDBPyRelation) -> None:
    captured = events(tmp_path, event(asked(["b", "c"], ["x"]), answered("ab", "cd")))
    with pytest.raises(InputError, match="begins with one of 2 captured histories; expected"):
        online_hit_rate(captured, histories, 1, "smoke", 1, repeats=False)


def test_more_answers_than_there_are(tmp_path: Path, histories: DuckDBPyRelation) -> None:
    captured = events(tmp_path, event(asked(["a"]), answered("bd")))
    with pytest.raises(InputError, match="-k: found 3; expected 1 to 2, the songs of an answer"):
        online_hit_rate(captured, histories, 3, "smoke", 1, repeats=False)


@pytest.mark.parametrize(("repeats", "rates"), [(False, (1.0, 2)), (True, (1.0, 1))])
def test_a_song_that_repeats_in_a_row_counts_as_playlists_count_it(
    repeats: bool, rates: tuple[float, int], tmp_path: Path
) -> None:
    plays = [(0, place, song) for place, song in enumerate("abac")]
    table = sql.connection().sql("select unnest($plays) as play", params={"plays": plays})
    histories = table.project("play[1]::bigint as number, play[2] as position, play[3] as song_id")
    captured = events(
        tmp_path, event(asked(["a", "a", "b", "b", "a"], ["a", "b"]), answered("c", "a"))
    )
    found = online_hit_rate(captured, histories, 1, "smoke", 1, repeats=repeats)
    assert (found["hit_rate"]["1"], found["queries"]) == rates


def test_a_line_may_be_longer_than_json_is_by_default(tmp_path: Path) -> None:
    """SageMaker's requests and answers have up to 6 MiB; a letter of two bytes is seven there."""
    songs = ["é" * (3 * 2**20 - 50)]
    long = event(asked(songs), {"predictions": [{"song_ids": songs, "known": True}]})
    assert len(long) > 2**25
    ((request, *_),) = events(tmp_path, long).fetchall()
    assert request.count("\\u00e9") == 3 * 2**20 - 50


def test_plays_may_come_in_any_order(tmp_path: Path) -> None:
    table = sql.connection().sql("select unnest($plays) as play", params={"plays": PLAYS[::-1]})
    histories = table.project("play[1]::bigint as number, play[2] as position, play[3] as song_id")
    captured = events(tmp_path, event(asked(["a", "b"]), answered("c")))
    found = online_hit_rate(captured, histories, 1, "smoke", 1, repeats=False)
    assert (found["hit_rate"], found["queries"]) == ({"1": 1.0}, 1)
