"""`next-song playground`: what it serves, to whom, and what it refuses."""

import asyncio
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from next_song.cli import cli
from next_song.errors import InputError
from next_song.playground.guard import Guard
from next_song.playground.server import free_port

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
