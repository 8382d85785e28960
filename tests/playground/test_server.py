"""`next-song playground`: what it serves, to whom, and what it refuses."""

import asyncio
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from playground_support import songs_table

from next_song.cli import cli
from next_song.errors import InputError
from next_song.playground import server
from next_song.playground.backend import Backend
from next_song.playground.guard import Guard
from next_song.playground.server import free_port
from next_song.serving.wishes import Answer

COMMAND = "from next_song.cli import cli; cli()"
LOADS_FOR_MINUTES = f"""
import time
from next_song.serving.archive import ModelArchive

ModelArchive.answer = lambda *_: time.sleep(300)
{COMMAND}
"""


@contextmanager
def started(*options: str, code: str = COMMAND) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, where NiceGUI does not know of pytest."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    with subprocess.Popen(
        [sys.executable, "-c", code, "playground", *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # if the test has not ended it


def test_it_serves_the_page_to_this_machine_until_it_is_interrupted(finished: Path) -> None:
    model = str(finished / "06_models/model.tar.gz")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with started("--model", model, "--port", "0") as process:
        assert process.stdout
        told = process.stdout.readline()
        url = re.fullmatch(r"Playground: (http://127\.0\.0\.1:\d+) \(Ctrl\+C ends it\)\n", told)
        assert url
        with opener.open(url[1]) as answer:
            page = answer.read().decode()
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    assert "https://" not in page
    assert re.search(r"model [0-9a-f]{12}", page)
    assert re.search(r"hit rate@10 \d+\.\d%", page)


@pytest.mark.parametrize("code", [COMMAND, LOADS_FOR_MINUTES], ids=["TensorFlow", "slower"])
def test_it_ends_at_once_while_the_model_is_loaded(
    code: str, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    model = str(finished / "06_models/model.tar.gz")
    with started("--model", model, "--port", "0", code=code) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        assert process.communicate(timeout=60) == ("", "")
        assert time.monotonic() - asked < 3  # on a busy machine; a quarter of a second else
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_refused(finished: Path) -> None:
    model = str(finished / "06_models/model.tar.gz")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(cli, ["playground", "--model", model, "--port", port])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: --host 127.0.0.1 --port {port}: found Address already")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(InputError, match=f"--host {host} --port 0: found .*; expected an address"):
        free_port(host, 0)


def test_zero_is_any_free_port() -> None:
    assert free_port("127.0.0.1", 0) > 0


def test_without_the_extra_a_line_says_what_to_install(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    result = CliRunner().invoke(cli, ["playground"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: playground: found no NiceGUI; expected the extra")
    assert len(result.stderr.splitlines()) == 1


def test_browsers_are_told_to_load_nothing_from_elsewhere() -> None:
    async def answers(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "headers": [(b"host", b"localhost:8080")]}
    asyncio.run(Guard(answers, "127.0.0.1")(scope, None, send))  # type: ignore[arg-type]
    headers = dict(sent[0]["headers"])
    assert b"http" not in headers[b"content-security-policy"]
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_the_page_says_which_model_answers_and_whose_names_it_shows() -> None:
    card = {"champion": "x", "model": "wide", "hit_rate": {"1": 0.1, "10": 0.25, "500": 0.9}}
    archive: Any = SimpleNamespace(digest="0123456789abcdef", scorecard=card)
    figures = ["champion wide", "hit rate@10 25.0%"]
    assert server.about(archive, None) == ["model 0123456789ab", *figures]
    assert server.about(archive, "songs") == [
        "endpoint songs", "names of model 0123456789ab", *figures,
    ]  # fmt: skip


@pytest.mark.parametrize("endpoint", [None, "songs"])
def test_a_model_of_this_machine_is_loaded_as_the_page_starts(
    endpoint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []
    given: list[Any] = []
    backend = SimpleNamespace(warm_up=lambda: None)

    def opened(*asked: Any, patient: bool) -> str:
        given.extend([*asked, patient])
        return "predictor"

    def made(*asked: Any) -> Any:
        given.extend(asked)
        return backend

    monkeypatch.setattr(server, "open_predictor", opened)
    monkeypatch.setattr(server, "Backend", made)
    monkeypatch.setattr(server, "app", SimpleNamespace(on_startup=begun.append))
    monkeypatch.setattr(server, "about", lambda *_: [])
    monkeypatch.setattr(server, "serve_backend", lambda *_, **__: None)
    monkeypatch.setattr(server, "end_process", lambda _: None)
    archive: Any = SimpleNamespace(songs="songs", examples=["example"], remove=None)
    server.serve(archive, endpoint, "127.0.0.1", 0, open_browser=False)
    assert begun == ([] if endpoint else [backend.warm_up])
    assert given == [archive, endpoint, False, "songs", "predictor", ["example"]]


def test_a_question_that_waits_does_not_delay_the_next() -> None:
    may = threading.Event()

    def predict(history: list[str], _: object) -> Answer:
        assert history != ["waits"] or may.wait(30)
        return Answer(history, [1.0], True)

    async def asked() -> str:
        backend = Backend(songs_table(), predict)  # type: ignore[arg-type]
        waits = asyncio.ensure_future(backend.next_songs(["waits"]))
        found = await asyncio.wait_for(backend.next_songs(["id 1"]), 10)
        may.set()
        await waits
        backend.close()
        return found.songs[0].song.song_id

    assert asyncio.run(asked()) == "id 1"
