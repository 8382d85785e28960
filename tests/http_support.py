"""Servers for tests: `next-song serve` in a process, or its app with any model in a thread."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from next_song.serving.address import listening
from next_song.serving.http.guard import Limits
from next_song.serving.http.model import Model
from next_song.serving.http.server import build, config
from next_song.serving.song_search import SongIndex

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
            process.kill()  # if the test has not ended it


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
        while not server.started:
            time.sleep(0.01)
        with asking(f"http://127.0.0.1:{bound.getsockname()[1]}") as client:
            yield client
        server.should_exit = True
        thread.join()
