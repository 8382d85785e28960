"""One lock for all of moto's state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

STATE = threading.RLock()
"""Held by whoever reads or changes moto's backends: a request, a job, a model roll-out."""


class OneAtATime:
    """WSGI middleware: requests to moto one after another.

    Gap: moto's server is threaded and its backends are plain dicts. ``describe_jobs``
    iterates over the jobs while ``submit_job`` adds one, which is a RuntimeError and an
    answer of 500; two ``create_endpoint`` of one name at once both succeed.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]):
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        with STATE:
            return self._app(environ, start_response)
