"""The log of all calls, as CloudTrail keeps one: who asked which service for what.

``calls.jsonl`` in the scratch directory has one JSON object per line: ``caller``, the access key;
``action``, in the words of IAM (``sagemaker:CreateModel``); ``asked``, the parameters; and
``status``, that of HTTP.
"""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from botocore.session import Session
from werkzeug.wrappers import Request

CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/")
REST = {"batch": "batch", "sagemaker": "sagemaker-runtime"}  # the model of a service, by its name
IAM = {"monitoring": "cloudwatch"}  # the name of a service in IAM, if it signs with another
OBJECT = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "DELETE": "s3:DeleteObject"}
BUCKET = {"GET": "s3:ListBucket", "HEAD": "s3:ListBucket", "PUT": "s3:CreateBucket"}
STATES = {"ak": "localaws-states"}  # the key that moto's Step Functions calls with
MOST_BYTES = 2**20
"""Longer bodies, which are those of invocations, are not parsed."""


class CallLog:
    """Appends calls to a file; any thread may write."""

    def __init__(self, path: Path):
        self._path, self._lock = path, threading.Lock()

    def write(self, caller: str, action: str, asked: Mapping[str, Any], status: int) -> None:
        """Writes one call."""
        entry = {"caller": caller, "action": action, "asked": asked, "status": status}
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


class Logged:
    """WSGI middleware that logs the signed requests to every service but S3."""

    def __init__(self, app: Callable[..., Iterable[bytes]], log: CallLog):
        self._app, self._log = app, log

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers one request, and logs it when its status is known."""
        signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not signed:
            return self._app(environ, start_response)
        body = Request(environ).get_data(cache=False)
        environ["wsgi.input"] = BytesIO(body)
        name, asked = operation(environ, signed[2], body)
        action = f"{IAM.get(signed[2], signed[2])}:{name}"

        def start(status: str, *rest: Any) -> Any:
            caller = STATES.get(signed[1], signed[1])
            self._log.write(caller, action, asked, int(status.split()[0]))
            return start_response(status, *rest)

        return self._app(environ, start)


def operation(environ: Mapping[str, Any], service: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """Returns the operation that a request asks for, and its parameters as far as they are JSON."""
    path, target = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET")
    if "/operation/" in path:  # the protocol RPC v2
        return path.rsplit("/", 1)[-1], {}
    parameters = json_object(body)
    if target:
        return target.rsplit(".", 1)[-1], parameters
    form = dict(parse_qsl(body.decode("utf-8", "replace"))) if b"Action=" in body[:200] else {}
    if form:
        return form.pop("Action", ""), form
    for pattern, name in routes(service):
        match = pattern.fullmatch(path)
        if match:
            return name, parameters | match.groupdict()
    return f"{environ['REQUEST_METHOD']} {path}", parameters


def json_object(body: bytes) -> dict[str, Any]:
    """Returns the object that a body holds, or an empty one."""
    try:
        found = json.loads(body) if 0 < len(body) < MOST_BYTES else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@cache
def routes(service: str) -> list[tuple[re.Pattern[str], str]]:
    """Returns the paths of the operations of a REST service, with groups for their parameters."""
    if service not in REST:
        return []
    model = Session().get_service_model(REST[service])
    operations = [(name, model.operation_model(name).http) for name in model.operation_names]
    return [
        (re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", http["requestUri"])), name)
        for name, http in operations
    ]


@contextmanager
def audited(log: CallLog) -> Iterator[dict[str, Any]]:
    """Receives the audit log of the S3 server; yields its configuration of that log.

    SeaweedFS sends it to a Fluentd server, here as JSON over TCP.
    """

    class Receiver(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for _, _, entry, _ in messages(self.request.recv):
                log.write(entry["requester"], *s3_call(entry), entry["status"])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Receiver) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = {"fluent_host": "127.0.0.1", "fluent_port": server.server_address[1]}
        yield where | {"marshal_as_json": True}
        server.shutdown()


def messages(receive: Callable[[int], bytes]) -> Iterator[list[Any]]:
    """Yields the JSON values of a stream, which follow one another without a separator."""
    decoder, rest = json.JSONDecoder(), ""
    for chunk in iter(lambda: receive(65536), b""):
        rest += chunk.decode("utf-8", "surrogateescape")
        while rest:
            try:
                message, end = decoder.raw_decode(rest)
            except ValueError:  # the rest is on its way
                break
            yield message
            rest = rest[end:]


def s3_call(entry: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Returns action and parameters of an entry of the S3 server's audit log."""
    method, key = entry["operation"].split(".")[1], entry["key"]
    asked = {"Bucket": entry["bucket"]} | ({"Key": key} if key else {})
    if not entry["bucket"]:
        return "s3:ListAllMyBuckets", {}
    if not key:
        return BUCKET.get(method, "s3:DeleteObject"), asked
    deleted = method == "POST" and entry["status"] == 204  # one of several keys
    return "s3:DeleteObject" if deleted else OBJECT.get(method, "s3:PutObject"), asked
