"""WSGI middleware between boto3 and the stand-in: what can happen to a call."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Response

LOAD = "load"  # the custom attribute of requests that are no one's fault


@dataclass
class Rule:
    """What happens to some calls of an operation: to number `first` (from 0), and `times` - 1 more.

    what: lost, cut, repeated, throttled, denied, slow, broken (status 500), before or after; for
    the last two, `act` is called before the operation is executed or when it is done.
    """

    operation: str
    what: str
    first: int = 0
    times: int = 1
    act: Callable[[], None] = lambda: None
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def applies(self, operation: str) -> bool:
        """Whether this call is one of those; counts it."""
        if operation != self.operation:
            return False
        with self.lock:
            self.seen += 1
            return self.first < self.seen <= self.first + self.times


class Faults:
    """Applies the rules of an entry to the calls in which its name occurs."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self.rules: dict[str, list[Rule]] = {}
        self.calls: list[tuple[str, str]] = []  # entry and operation

    def beside(self, app: Callable[..., Iterable[bytes]]) -> Faults:
        """The same before another application."""
        other = Faults(app)
        other.rules, other.calls = self.rules, self.calls
        return other

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        named = re.search(rb"e\d{3}x", environ["PATH_INFO"].encode() + body)
        if not named or environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES") == LOAD:
            return self._app(environ, start_response)
        entry, operation = named[0].decode(), operation_of(environ, body)
        self.calls.append((entry, operation))
        found = [rule for rule in self.rules.get(entry, []) if rule.applies(operation)]
        if not found:
            return self._app(environ, start_response)
        return self._happens(found[0], environ, body, start_response)

    def _happens(
        self, rule: Rule, environ: dict[str, Any], body: bytes, start_response: Any
    ) -> Iterable[bytes]:
        if rule.what in ("throttled", "denied", "broken"):
            return refusal(rule.what, environ)(environ, start_response)
        if rule.what == "cut":
            return cut(environ)
        if rule.what == "slow":
            time.sleep(1)
        if rule.what == "before":
            rule.act()
        if rule.what == "repeated":
            self._run(environ, body)
            return self._app(environ | {"wsgi.input": BytesIO(body)}, start_response)
        if rule.what in ("lost", "after"):
            answer = self._run(environ, body)
            if rule.what == "lost":
                return cut(environ)
            rule.act()
            return answer(environ, start_response)
        return self._app(environ, start_response)

    def _run(self, environ: dict[str, Any], body: bytes) -> Response:
        """Executes the call, and keeps the answer."""
        return Response.from_app(self._app, environ | {"wsgi.input": BytesIO(body)}, buffered=True)


def operation_of(environ: dict[str, Any], body: bytes) -> str:
    """The operation of a call: CreateEndpoint, s3:PutObject, lock:PutObject."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target.rsplit(".", 1)[1])
    path = environ["PATH_INFO"]
    if path.endswith("/invocations"):
        return "InvokeEndpoint"
    if found := re.search(r"/operation/(\w+)", path):
        return found[1]
    if found := re.search(r"Action=(\w+)", body.decode("utf-8", "replace")):
        return found[1]
    kind = "lock" if "/locks/" in path else "record" if path.endswith(".json") else "s3"
    verb = "Copy" if "HTTP_X_AMZ_COPY_SOURCE" in environ else environ["REQUEST_METHOD"].title()
    return f"{kind}:{verb}Object"


def refusal(what: str, environ: dict[str, Any]) -> Response:
    """The answer of a service that does not do it."""
    code, status = {
        "throttled": ("ThrottlingException", 400),
        "denied": ("AccessDeniedException", 400),
        "broken": ("InternalFailure", 500),
    }[what]
    if "Object" in operation_of(environ, b""):
        code = {"throttled": "SlowDown", "denied": "AccessDenied"}.get(what, "InternalError")
        status = {"throttled": 503, "denied": 403}.get(what, 500)
        text = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        return Response(text, status, content_type="application/xml")
    answer = json.dumps({"__type": code, "message": "no", "Code": code})
    return Response(answer, status, {"x-amzn-errortype": code}, content_type="application/json")


def cut(environ: dict[str, Any]) -> Iterable[bytes]:
    """The connection ends without an answer."""
    connection = environ["werkzeug.socket"]
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError
