"""Models that take no time to start: an archive is a line of JSON."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlparse

from localaws.model_container import Host, StartError

K = 5
HISTORIES = [["a", "b", "c"], ["a"], [], ["nobody knows this"], ["a", "?"], ["a"] * 4, ["a"] * 50]


@dataclass(frozen=True)
class Archive:
    """What the rollout needs of an archive: where it lies, and its SHA-256."""

    url: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def content(name: str, **fault: Any) -> bytes:
    """The archive of a model; ``fault`` is what is bad about it."""
    return fault["raw"].encode() if "raw" in fault else json.dumps({"name": name, **fault}).encode()


def right(name: str, history: list[str]) -> dict[str, Any]:
    """How a good model of this name answers."""
    scores = [len(history) + 1.0 - place / 10 for place in range(K)]
    known = any(song in "abc" for song in history if song)
    songs = [f"{name}-{place}" for place in range(K)]
    return {"song_ids": songs, "scores": scores, "known": known}


@dataclass
class Container:
    """One container of a light model."""

    model: dict[str, Any]
    url: str
    asked: int = 0
    running: int = 0
    ended: bool = False
    idle: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, request: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body, as bad as the model is."""
        with self.idle:
            self.asked += 1
        histories = [
            [song for song in one["song_ids"] if song] for one in request.get("instances", [])
        ]
        status = self._status(histories)
        time.sleep(self.model.get("slow", 0) if self._turned() else 0)
        if status != 200:
            return status, json.dumps({"error": "bad model"}).encode()
        if self.model.get("bad") == "no JSON":
            return 200, b"<html>"
        answers = [self._one(history) for history in histories]
        return 200, json.dumps({"predictions": answers}).encode()

    def _turned(self) -> bool:
        return self.asked > self.model.get("after", 0)

    def _status(self, histories: list[list[str]]) -> int:
        bad, turned = self.model.get("bad"), self._turned()
        if bad in (400, 500) and turned:
            return int(str(bad))
        long = any(len(history) > 10 for history in histories)
        return 400 if bad == "long histories" and long else 200

    def _one(self, history: list[str]) -> dict[str, Any]:
        answer = right(self.model["name"], history)
        bad = self.model.get("bad") if self._turned() else None
        if bad == "scores":
            answer["scores"][2] += 0.01
        elif bad == "songs":
            answer["song_ids"].reverse()
        elif bad == "known":
            answer["known"] = True
        elif bad == "too few":
            answer = {key: value[:-1] if key != "known" else value for key, value in answer.items()}
        elif bad == "doubled":
            answer["song_ids"][1] = answer["song_ids"][0]
        return answer

    @contextmanager
    def busy(self) -> Iterator[None]:
        with self.idle:
            self.running += 1
        try:
            yield
        finally:
            with self.idle:
                self.running -= 1
                self.idle.notify_all()

    def stop(self) -> None:
        with self.idle:
            self.idle.wait_for(lambda: not self.running, 10)
        self.ended = True


class Handler(BaseHTTPRequestHandler):
    """Answers for all containers: the first part of the path says for which."""

    protocol_version = "HTTP/1.1"
    containers: dict[str, Container]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        container = self.containers[self.path.split("/")[1]]
        status, answer = container.answer(json.loads(body))
        with suppress(ConnectionError):  # a client that has given up
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """One for all."""

    request_queue_size = 128
    daemon_threads = True


class LightHost(Host):
    """Starts light models."""

    def start(self, variant: Any, model: Any, log: Any) -> Any:
        """A container, after the time that the model takes to start."""
        source = urlparse(model.primary_container["ModelDataUrl"])
        try:
            body = self.s3.get_object(Bucket=source.netloc, Key=source.path[1:])["Body"].read()
            found = json.loads(body)
        except Exception as error:
            raise StartError(f"Failed to extract model data archive: {error!r}") from error
        time.sleep(found.get("starts", 0.05))
        if found.get("bad") == "crash":
            raise StartError("The primary container did not pass the ping health check.")
        token = str(len(Handler.containers))
        port = self.python  # the port of the server, in place of an interpreter
        Handler.containers[token] = Container(found, f"http://127.0.0.1:{port}/{token}")
        return Handler.containers[token]


@contextmanager
def serving() -> Iterator[str]:
    """The port at which all light models answer."""
    Handler.containers = {}
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield str(server.server_address[1])
    server.shutdown()
    server.server_close()
