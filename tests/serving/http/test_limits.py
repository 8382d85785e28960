"""What the server refuses: too large, too many, too slow, from elsewhere; and how it ends."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from click.testing import CliRunner
from http_support import address, asking, in_thread, started

from next_song import sql
from next_song.cli import cli
from next_song.errors import InputError
from next_song.serving.http import server
from next_song.serving.http.guard import Guard, Limits, own_names
from next_song.serving.http.questions import questions
from next_song.serving.http.tensorflow_json import Request
from next_song.serving.song_search import SongIndex
from next_song.serving.wishes import Answer, Question

ONE = {"instances": [["a"]]}


class Slow:
    """A model that answers when it may, and remembers what it was asked at once."""

    most, sets = 2, ("even",)

    def __init__(self) -> None:
        self.may, self.asked = Event(), Event()
        self.may.set()
        self.batches: list[list[list[str]]] = []

    def artist(self, name: str) -> str:
        return ""

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        histories = [one.history for one in questions]
        self.batches.append(histories)
        self.asked.set()
        assert self.may.wait(30)
        if ["broken"] in histories:
            raise InputError("history: found a fault")
        if ["bug"] in histories:
            raise KeyError("bug")
        return [
            Answer([*one.history[:1], "", ""][: one.k], [1.0, 0.0][: one.k], True)
            for one in questions
        ]

    def hold(self) -> None:
        self.asked.clear()
        self.may.clear()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def index() -> SongIndex:
    song = "select 0 as song, 'a' as song_id, null as artist, null as track"
    return SongIndex(sql.connection().sql(song))


@pytest.fixture
def client(slow: Slow, index: SongIndex) -> Iterator[httpx.Client]:
    with in_thread(slow, index, Limits(1000, 1.0, 4)) as client:
        yield client
        slow.may.set()


def ask(client: httpx.Client, *songs: str) -> httpx.Response:
    return client.post("/invocations", json={"instances": [[song] for song in songs]})


def test_the_limits_are_those_of_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs/serving.md").read_text("utf-8")
    rows = ("| 6 MiB a body |", "| 30 seconds a request |", "| 256 requests at once |")
    assert all(row in text for row in rows)
    assert Limits() == Limits(body=6 * 2**20, seconds=30, requests=256)


def test_a_body_of_the_limit_is_read_and_a_larger_one_refused(client: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    body = b'{"instances": [["a"]]}'
    assert client.post("/invocations", content=body.ljust(1000), headers=kind).status_code == 200
    for content in (body.ljust(1001), iter([body.ljust(600)] * 2)):  # the second one in chunks
        answer = client.post("/invocations", content=content, headers=kind)
        assert answer.status_code == 413
        assert answer.json() == {"error": "Request body of more than 1000 bytes"}
    assert ask(client, "a").status_code == 200


@pytest.mark.parametrize(
    ("histories", "songs", "status"),
    [(1000, 1, 200), (1001, 1, 413), (1, 10_000, 200), (1, 10_001, 413)],
)
def test_more_histories_and_longer_ones_are_refused(
    slow: Slow, index: SongIndex, histories: int, songs: int, status: int
) -> None:
    with in_thread(slow, index, Limits()) as client:
        asked = {"instances": [["a"] * songs] * histories}
        assert client.post("/invocations", json=asked).status_code == status


@pytest.mark.parametrize(("rows", "status"), [(1000, 200), (1001, 413)])
def test_one_history_for_many_rows_counts_as_often(
    slow: Slow, index: SongIndex, rows: int, status: int
) -> None:
    lists = {name: [["a"]] for name in ("song_ids", "artists", "exclude", "only")}
    asked = lists | {"exclude_set": [""], "only_set": [""], "per_artist": [0] * rows}
    with in_thread(slow, index, Limits()) as client:
        body = {"signature_name": "recommend", "inputs": asked}
        assert client.post("/invocations", json=body).status_code == status


@pytest.mark.parametrize("name", ["artists", "exclude", "only"])
@pytest.mark.parametrize(("length", "status"), [(10_000, 200), (10_001, 413)])
def test_each_list_is_as_long_as_a_history_at_most(
    slow: Slow, index: SongIndex, name: str, length: int, status: int
) -> None:
    lists = {one: [[""]] for one in ("song_ids", "artists", "exclude", "only")}
    asked = lists | {"exclude_set": [""], "only_set": [""], "per_artist": [0]}
    with in_thread(slow, index, Limits()) as client:
        body = {"signature_name": "recommend", "inputs": asked | {name: [["a"] * length]}}
        assert client.post("/invocations", json=body).status_code == status


def test_a_list_that_counts_for_all_rows_is_kept_once() -> None:
    lists = {"song_ids": [["a"]] * 300, "artists": [[""]], "exclude": [["b"] * 9], "only": [["c"]]}
    asked = lists | {"exclude_set": [""], "only_set": [""], "per_artist": [0]}
    wishes = [one.wishes for one in questions(Request("recommend", asked, True), 1, [])]
    assert len(wishes) == 300
    assert len({id(one.exclude) for one in wishes}) == len({id(one.only) for one in wishes}) == 1


def test_a_huge_body_is_refused_before_it_is_sent(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as raw:
        raw.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999999\r\n\r\n"
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_request_that_takes_too_long_is_ended(client: httpx.Client, slow: Slow) -> None:
    slow.hold()
    answer = ask(client, "a")
    assert answer.status_code == 504
    assert answer.json() == {"error": "Timed out after 1 s"}
    slow.may.set()
    assert ask(client, "a").status_code == 200


def test_a_body_that_is_never_sent_is_ended(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as raw:
        raw.sendall(b"POST /recommend HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
        assert raw.recv(100).startswith(b"HTTP/1.1 504 ")


def test_more_requests_than_the_limit_are_to_come_again(client: httpx.Client, slow: Slow) -> None:
    slow.hold()
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(ask, client, "a") for _ in range(6)]
        refused = list(_first(answers, 2))
        assert [one.status_code for one in refused] == [503, 503]
        assert refused[0].headers["Retry-After"] == "1"
        assert refused[0].json() == {"error": "Too many requests at once"}
        assert client.get("/ping").status_code == client.get("/metrics").status_code == 200
        slow.may.set()
        assert sorted(one.result().status_code for one in answers) == [200] * 4 + [503] * 2


def _first(answers: list, count: int) -> Iterator[httpx.Response]:  # type: ignore[type-arg]
    deadline = time.monotonic() + 10
    while sum(one.done() for one in answers) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    yield from (one.result() for one in answers if one.done())


def test_what_comes_in_together_is_answered_together(client: httpx.Client, slow: Slow) -> None:
    slow.hold()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, client, "first")
        assert slow.asked.wait(10)
        others = [pool.submit(ask, client, f"song {n}", "two") for n in range(3)]
        time.sleep(0.3)
        slow.may.set()
        for number, one in enumerate(others):
            rows = one.result().json()["predictions"]
            assert [row["song_ids"][0] for row in rows] == [f"song {number}", "two"]
    assert first.result().status_code == 200
    assert slow.batches[1] == [["first"]]
    assert sum(map(len, slow.batches[2:])) == 6
    assert len(slow.batches) == 3


def rules(client: httpx.Client, song: str, signature: str, **given: object) -> httpx.Response:
    lists = {"song_ids": [song], "artists": [""], "exclude": [""], "only": [""]}
    row = lists | {"exclude_set": "", "only_set": "", "per_artist": 0} | given
    body = {"signature_name": signature, "instances": [row]}
    return client.post("/invocations", json=body)


def test_questions_of_all_kinds_are_answered_together_and_a_wrong_one_fails_alone(
    client: httpx.Client, slow: Slow
) -> None:
    slow.hold()
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(ask, client, "first")
        assert slow.asked.wait(10)
        wrong = {"only_set": "odd"}, {"exclude_set": "odd"}, {"per_artist": -1}
        for given in wrong:  # answered although the model is busy
            assert rules(client, "wrong", "recommend", **given).status_code == 400
        plain = {"histories": [["a"]], "only_set": "odd"}
        assert client.post("/recommend", json=plain).status_code == 422
        others = [
            pool.submit(rules, client, "b", "recommend", only_set="even"),
            pool.submit(rules, client, "c", "explain", per_artist=1),
            pool.submit(client.post, "/recommend", json={"histories": [["a"]], "k": 2}),
        ]
        time.sleep(0.3)
        slow.may.set()
        assert [one.result().status_code for one in (first, *others)] == [200] * 4
    assert slow.batches[1] == [["first"]]
    assert [sorted(batch) for batch in slow.batches[2:]] == [[["a"], ["b"], ["c"]]]


def test_without_k_a_small_model_gives_what_it_has(client: httpx.Client) -> None:
    (answer,) = client.post("/recommend", json={"histories": [["a"]]}).json()["answers"]
    assert [song["song_id"] for song in answer["songs"]] == ["a"]  # the model gives 2, one empty


def test_a_large_request_is_answered_in_batches(client: httpx.Client, slow: Slow) -> None:
    rows = ask(client, *(str(number) for number in range(70))).json()["predictions"]
    assert [row["song_ids"][0] for row in rows] == [str(number) for number in range(70)]
    assert max(map(len, slow.batches)) <= 32


def test_who_has_gone_is_not_answered(client: httpx.Client, slow: Slow) -> None:
    slow.hold()
    with pytest.raises(httpx.ReadTimeout):
        client.post("/invocations", json=ONE, timeout=0.1)
    assert ask(client, "waits too long").status_code == 504
    slow.may.set()
    assert ask(client, "last").status_code == 200
    assert ["waits too long"] not in [one for batch in slow.batches for one in batch]


def test_a_failure_of_the_model_is_told_and_the_next_is_answered(client: httpx.Client) -> None:
    failed = ask(client, "broken")
    assert (failed.status_code, failed.json()) == (500, {"error": "history: found a fault"})
    assert ask(client, "bug").status_code == 500
    assert "bug" not in ask(client, "bug").text
    assert ask(client, "a").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
        {"Host": "["},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_hosts_and_origins_are_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    for path in ("/ping", "/songs?q=a", "/docs", "/metrics"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 403
        assert set(answer.json()) == {"error"}
    assert client.post("/recommend", json={"histories": [["a"]]}, headers=headers).is_error


def test_its_own_page_may_ask(client: httpx.Client) -> None:
    port = client.base_url.port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}"):
        headers = {"Host": name, "Origin": f"http://{name}"}
        assert client.get("/ping", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("site", "mode"),
    [
        ("same-origin", "cors"),
        ("none", "navigate"),
        ("cross-site", "navigate"),
        ("same-site", "navigate"),
    ],
)
def test_its_own_page_and_a_link_may_lead_to_it(client: httpx.Client, site: str, mode: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert client.get("/docs", headers=headers).status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second(
    model: Path, ending: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started("--model", str(model)) as process, asking(address(process)) as client:
        assert client.post("/invocations", json={"instances": [["plain"]]}).status_code == 200
        before = time.monotonic()
        process.send_signal(ending)
        assert process.communicate(timeout=60) == ("", "")
        assert time.monotonic() - before < 1
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_it_ends_while_the_model_is_loaded(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started("--model", str(model)) as process:
        while not list(tmp_path.iterdir()):  # until it is being unpacked
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_another_host_is_served_with_a_warning(model: Path) -> None:
    with started("--model", str(model), "--host", "0.0.0.0") as process:  # noqa: S104
        port = address(process).rpartition(":")[2]
        with asking(f"http://127.0.0.1:{port}") as client:
            assert client.get("/ping", headers={"Host": "any.example"}).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert told == "--host 0.0.0.0: there is no login; whoever reaches it may ask.\n"


def test_a_port_in_use_is_told_before_the_model_is_loaded(model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(cli, ["serve", "--model", str(model), "--port", port])
    assert result.exit_code == 1
    assert f"--host 127.0.0.1 --port {port}: found Address already in use" in result.stderr


@pytest.mark.parametrize("host", ["a..b", "a" * 64, "256.0.0.1", "192.0.2.1"])
@pytest.mark.parametrize("command", ["serve", "playground"])
def test_a_host_that_is_none_is_told_in_one_line(command: str, host: str, model: Path) -> None:
    words = [command, "--model", str(model), "--host", host, "--port", "0"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: --host {host} --port 0: found ")


def test_without_the_extra_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = CliRunner().invoke(cli, ["serve"])
    assert result.exit_code == 1
    assert "expected the extra `serve`: pip install 'next-song[serve]'" in result.stderr


def test_every_answer_says_what_a_browser_may_do_with_it(client: httpx.Client) -> None:
    answers = [client.get(path) for path in ("/ping", "/docs", "/nowhere")]
    answers.append(client.get("/ping", headers={"Host": "evil.example"}))
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.2", {"127.0.0.2"}),
        ("127.1", {"127.1"}),
        ("LOCALHOST", set()),
        ("0:0:0:0:0:0:0:1", {"0:0:0:0:0:0:0:1"}),
    ],
)
def test_each_spelling_of_a_loopback_address_is_one(host: str, names: set[str]) -> None:
    assert own_names(host) == {"127.0.0.1", "localhost", "::1"} | names


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "a..b", "nowhere.invalid"])  # noqa: S104
def test_other_addresses_may_have_any_name(host: str) -> None:
    assert own_names(host) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_each_loopback_address_has_its_own_names_alone(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own_names(host) == {"127.0.0.1", "localhost", "::1"}
    bound: Any = SimpleNamespace(listen=lambda _: None, getsockname=lambda: (host, 80, 0, 0))
    archive: Any = SimpleNamespace(songs=None)
    for name in ("PythonModel", "SongIndex", "build"):
        monkeypatch.setattr(server, name, lambda *_: None)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_: None)
    monkeypatch.setattr(server, "config", lambda _: None)
    monkeypatch.setattr(uvicorn.Server, "__init__", lambda *_: None)
    server.serve(archive, bound, host, Limits())
    told = capsys.readouterr()
    shown = "[::1]" if host == "::1" else host
    assert told.out == f"Serving: http://{shown}:80 (its API: /docs; Ctrl+C ends it)\n"
    assert told.err == ""


def test_a_body_without_a_length_is_read_no_further_than_the_limit() -> None:
    read: list[int] = []
    sent: list[Any] = []

    async def receive() -> Any:
        read.append(600)
        return {"type": "http.request", "body": b"x" * 600, "more_body": len(read) < 50}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "path": "/recommend", "headers": [(b"host", b"localhost")]}
    app: Any = None
    asyncio.run(Guard(app, "127.0.0.1", Limits(1000, 5, 4))(scope, receive, send))
    assert sent[0]["status"] == 413
    assert len(read) == 2


def test_requests_that_failed_are_under_way_no_more(client: httpx.Client) -> None:
    assert [ask(client, "bug").status_code for _ in range(6)] == [500] * 6


@pytest.mark.parametrize("host", ["evil.localhost", "evillocalhost:8000"])
def test_a_host_that_ends_as_its_own_is_refused(client: httpx.Client, host: str) -> None:
    assert client.get("/ping", headers={"Host": host}).status_code == 403


def test_searches_count_as_requests() -> None:
    begun, sent = list[str](), list[int]()

    async def held(scope: Any, *_: Any) -> None:
        begun.append(scope["path"])
        await asyncio.Event().wait()

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message.get("status", 0))

    async def at_once() -> None:
        guard = Guard(held, "127.0.0.1", Limits(1000, 30.0, 4))
        own = {"type": "http", "headers": [(b"host", b"localhost")]}
        asked = own | {"path": "/recommend", "method": "POST"}
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            tasks = [group.create_task(guard(asked, receive, send)) for _ in range(4)]
            while len(begun) < 4:
                await asyncio.sleep(0)
            await guard(own | {"path": "/songs", "method": "GET"}, receive, send)
            for task in tasks:
                task.cancel()

    asyncio.run(at_once())
    assert (begun, sent[0]) == (["/recommend"] * 4, 503)
