"""Servers for tests: `next-song serve` in a process, or its app with any model in a thread.

`both` compares what it answers with what the stand-in's container answers.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest
import uvicorn

from next_song.serving.address import listening
from next_song.serving.http.guard import Limits
from next_song.serving.http.model import Model
from next_song.serving.http.server import build, config
from next_song.serving.song_search import SongIndex

JSON = {"Content-Type": "application/json"}
COMMAND = [sys.executable, "-c", "from next_song.cli import cli; cli()", "serve"]


@contextmanager
def started(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()  # if the test has not ended it
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline()
    told = re.fullmatch(r"Serving: (http://\S+:\d+) \(its API: /docs; Ctrl\+C ends it\)\n", line)
    assert told, (line, process.stderr and process.stderr.read())
    return told[1]


def asking(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, trust_env=False, timeout=60)


@contextmanager
def in_thread(model: Model, index: SongIndex, limits: Limits) -> Iterator[httpx.Client]:
    """A client of the app with this model."""
    with listening("127.0.0.1", 0) as bound:
        app = build(model, index, "127.0.0.1", limits)
        server = uvicorn.Server(config(app))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            with asking(f"http://127.0.0.1:{bound.getsockname()[1]}") as client:
                yield client
        finally:  # or a failed test would never end
            server.should_exit = True
            thread.join()


def rounded(answer: Any) -> Any:
    """An answer without what differs between sums in another order."""
    if isinstance(answer, dict):
        return {key: rounded(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [rounded(value) for value in answer]
    return pytest.approx(answer, abs=1e-5) if isinstance(answer, float) else answer


def _sense(error: str) -> str:
    """What ours says where the container says where in its graph it failed."""
    if "only_set, exclude_set: found another name" in error:
        return r"^(only|exclude)_set: found .*; expected one of 'the even ones', 'a \"market\"'$"
    if "per_artist: expected at least 1, or 0 for any number" in error:
        return "^per_artist: expected at least 1, or 0 for any number$"
    return "^(Expecting at least one value in each history|.*: found .* rows; expected 1, or)"


def both(
    served: httpx.Client, container: httpx.Client, body: bytes, **headers: str
) -> httpx.Response:
    given_headers = JSON | headers
    ours = served.post("/invocations", content=body, headers=given_headers)
    theirs = container.post("/invocations", content=body, headers=given_headers)
    # what is no text at all is the client's fault, on which the stand-in stumbles
    assert ours.status_code == (400 if theirs.status_code == 500 else theirs.status_code)
    if theirs.status_code == 500:
        assert set(ours.json()) == {"error"}
    elif "{{node" in theirs.text:  # where in its graph it failed
        assert re.search(_sense(theirs.text), ours.json()["error"])
    else:
        assert ours.json() == rounded(theirs.json())
    assert ours.headers["content-type"] == theirs.headers["content-type"]
    return ours
