"""The lock for all of moto's state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

STATE = threading.RLock()
"""Hold it to read or change moto's backends: in a request, a job, or the start of a model."""


class OneAtATime:
    """WSGI middleware that passes requests to moto one after another.

    Gap: moto's server is threaded, but its backends are plain dicts. If ``submit_job`` adds a job
    while ``describe_jobs`` iterates over them, the answer is a RuntimeError with status 500, and
    two simultaneous ``create_endpoint`` of the same name both succeed.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], lock: Any = STATE):
        self._app, self._lock = app, lock

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers one request."""
        with self._lock:
            return self._app(environ, start_response)
