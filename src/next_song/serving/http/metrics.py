"""Metrics for Prometheus: requests by route and status, their seconds, and those under way."""

import time
from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)  # seconds


class Metrics:
    """Counts the requests to an app. routes: its paths; any other is counted as `other`."""

    def __init__(self, app: ASGIApp, routes: Collection[str]) -> None:
        self._app, self._routes = app, routes
        self._registry = CollectorRegistry()
        named = ("route", "status")
        self._requests = Counter(
            "next_song_http_requests", "Requests answered", named, registry=self._registry
        )
        self._seconds = Histogram(
            "next_song_http_request_seconds",
            "Seconds from the head of a request to its answer",
            ("route",),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._under_way = Gauge(
            "next_song_http_requests_in_flight", "Requests under way", registry=self._registry
        )

    def text(self) -> bytes:
        """Returns the metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and counts it when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = scope["path"] if scope["path"] in self._routes else "other"
        statuses: list[int] = []

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        started = time.perf_counter()
        with self._under_way.track_inprogress():
            try:
                await self._app(scope, receive, noted)
            finally:
                status = statuses[0] if statuses else 499  # the client has gone
                self._requests.labels(route, str(status)).inc()
                self._seconds.labels(route).observe(time.perf_counter() - started)
