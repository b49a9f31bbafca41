"""What is counted, in the Prometheus text format, and the middleware that counts requests."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The counters of one app, in a registry of their own."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self.requests = Counter(
            "finnlp_requests", "Requests by route and status of the answer.", ["route", "status"], registry=own
        )
        self.request_seconds = Histogram(
            "finnlp_request_seconds",
            "From a request to the end of its answer.",
            ["route"],
            registry=own,
            buckets=_SECONDS,
        )
        self.requests_open = Gauge("finnlp_requests_open", "Requests that have no answer yet.", registry=own)
        self.articles = Counter("finnlp_articles", "Articles by outcome: annotated, failed.", ["outcome"], registry=own)
        self.characters = Counter("finnlp_characters", "Characters of the articles annotated.", registry=own)
        self.waiting_articles = Gauge("finnlp_waiting_articles", "Articles that no worker has taken yet.", registry=own)
        self.waiting_characters = Gauge(
            "finnlp_waiting_characters", "Characters of the waiting articles.", registry=own
        )
        self.batch_articles = Histogram("finnlp_batch_articles", "Articles of a batch.", registry=own, buckets=_SIZES)
        self.batch_seconds = Histogram("finnlp_batch_seconds", "Time of a batch.", registry=own, buckets=_SECONDS)

    def text(self) -> bytes:
        """Give all of them in the text format, version 0.0.4."""
        return generate_latest(self.registry)


class CountRequests:
    """ASGI middleware: every request by its route, never by its path, which anyone can make up."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        with self._metrics.requests_open.track_inprogress():
            try:
                await self._app(scope, receive, watch)
            finally:
                route = getattr(scope.get("route"), "path", "other")
                self._metrics.requests.labels(route, status).inc()
                self._metrics.request_seconds.labels(route).observe(time.perf_counter() - started)
