"""Load on the service: many clients at once beside one at a time, and beside the offline pipeline, in one run.

    python benchmarks/service.py FILE… [--clients 64] [--seconds 120] [--json RESULT]

FILE is plain text or JSON Lines with a ``text`` field; each request is one article. The service runs as a process of
its own on the loopback, the clients are threads here. The offline pipeline (as many worker processes as cores, as
`finnlp annotate` runs it, started and warmed up before) is timed before and after, and its mean is what the service is
set beside, so that other work on the machine weighs on both. The exit code is 1 where a request failed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from throughput import processes, read_texts


@contextmanager
def service(options: Sequence[str]) -> Iterator[int]:
    """Run the service on a free port of the loopback; gives the port."""
    command = [sys.executable, "-m", "finnlp_zh", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(60)


class Client(threading.Thread):
    """One caller: an article, its record, the next article, over one connection, until the time is up."""

    def __init__(self, port: int, texts: Iterator[str], seconds: float) -> None:
        super().__init__()
        self._port = port
        self._texts = texts
        self._end = time.monotonic() + seconds
        self.latencies: list[float] = []
        self.characters = 0
        self.errors: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        while time.monotonic() < self._end:
            text = next(self._texts)
            started = time.perf_counter()
            try:
                body = json.dumps({"text": text}, ensure_ascii=False).encode()
                connection.request("POST", "/annotate", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    self.errors.append(f"{answer.status} {content[:200]!r}")
            except OSError as error:
                self.errors.append(repr(error))
                connection.close()
            self.latencies.append(time.perf_counter() - started)
            self.characters += len(text)
        connection.close()


def load(port: int, texts: Sequence[str], clients: int, seconds: float) -> dict[str, Any]:
    """Let so many clients call for so long; what is under way at the end is waited for."""
    started = time.perf_counter()
    # Each client begins elsewhere, so that long and short articles meet.
    callers = [Client(port, islice(cycle(texts), at * len(texts) // clients, None), seconds) for at in range(clients)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    wall = time.perf_counter() - started
    latencies = [value for caller in callers for value in caller.latencies]
    cuts = quantiles(latencies, n=100, method="inclusive")
    errors = [error for caller in callers for error in caller.errors]
    return {
        "clients": clients,
        "seconds": round(wall, 1),
        "requests": len(latencies),
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
        "characters_per_second": round(sum(caller.characters for caller in callers) / wall),
        "requests_per_second": round(len(latencies) / wall, 1),
        "p50_ms": round(1000 * cuts[49]),
        "p99_ms": round(1000 * cuts[98]),
    }


def main() -> None:
    """Run all four parts and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--alone", type=float, default=30, help="seconds of one client at a time")
    parser.add_argument("--offline", type=int, default=400_000, help="characters of each offline run")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    texts = read_texts(options.files, 1)
    texts = read_texts(options.files, sum(map(len, texts)) + 200_000)
    offline_texts = read_texts(options.files, options.offline)
    annotate = processes(cores)
    annotate(["中国人民银行行长表示，将保持流动性合理充裕。"])

    def offline() -> int:
        started = time.perf_counter()
        annotate(offline_texts)
        return round(sum(map(len, offline_texts)) / (time.perf_counter() - started))

    loads = [os.getloadavg()[0]]
    before = offline()
    with service([]) as port:
        alone = load(port, texts, 1, options.alone)
        many = load(port, texts, options.clients, options.seconds)
    loads.append(os.getloadavg()[0])
    after = offline()
    result = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": {"cores": cores, "python": platform.python_version(), "load_before_and_after": loads},
        "mean_article": round(mean(map(len, texts))),
        "offline_characters_per_second": [before, after],
        "one_at_a_time": alone,
        "many_at_once": many,
        "share_of_offline": round(many["characters_per_second"] / mean([before, after]), 3),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.exit(1 if alone["errors"] + many["errors"] else 0)


if __name__ == "__main__":
    main()
