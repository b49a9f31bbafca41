"""Running the app with uvicorn until a signal, then answering what is under way and stopping."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from finnlp_zh.errors import ConfigError
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.service.app import create_app
from finnlp_zh.service.batching import Limits


def serve(
    nlp: Pipeline,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; then no request is let in, and those under way are answered.

    ``port`` 0 takes a free one. ``on_ready`` is told the address. Raises `ConfigError` where it cannot be had.
    """
    limits = limits or Limits()
    config = uvicorn.Config(
        create_app(nlp, limits),
        log_level="warning",
        access_log=False,  # the metrics count requests, and articles are in no log
        server_header=False,
        timeout_graceful_shutdown=max(1, round(limits.drain)),
    )
    with _listening(host, port) as listener, _ending_quietly():
        if on_ready is not None:
            name, number = listener.getsockname()[:2]
            on_ready(f"http://{f'[{name}]' if ':' in name else name}:{number}")
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigError(f"{host}:{port} cannot be listened on: {error.strerror}; choose another --port") from error
    with listener:
        yield listener


@contextmanager
def _ending_quietly() -> Iterator[None]:
    """Let a signal that uvicorn has obeyed end the process with 0: it raises the signal anew when all is done."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
