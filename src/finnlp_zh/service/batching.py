"""Dynamic micro-batching: whatever is waiting when a worker is free becomes its next batch.

Nothing is held back to fill a batch. A lone article starts at once; while a batch runs, others gather and go together.
Two worker threads take turns on the cores: the encoder works outside the interpreter lock, so that one batch is encoded
while the stages run over the other.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from msgspec import Struct

from finnlp_zh.engine.workers import Failure
from finnlp_zh.service.metrics import Metrics
from finnlp_zh.service.problems import Problem, too_large
from finnlp_zh.types import Record


class Article(Struct, forbid_unknown_fields=True):
    """One article of a request. It is annotated as it stands, so that offsets are the caller's own."""

    text: str
    doc_id: str | None = None
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes on.

    ``body``: bytes of a request. ``articles`` of a request. ``characters`` of an article. ``waiting``: characters of
    all articles that wait for a worker; beyond it, and beyond ``requests`` at a time, requests are put off (429).
    ``batch``: characters that a worker takes at once, but for an article that is longer by itself. ``seconds``: from
    the request to its answer (504), and for the request to come in (408). ``drain``: seconds that a stop waits for
    what is under way.
    """

    body: int = 4_000_000
    articles: int = 256
    characters: int = 100_000
    waiting: int = 1_000_000
    requests: int = 256
    batch: int = 16_000
    seconds: float = 60.0
    drain: float = 30.0


Annotate = Callable[[Sequence[Article]], list[Record | Failure]]


@dataclass(slots=True, eq=False)
class _Job:
    article: Article
    result: asyncio.Future[Record | Failure]


class Batcher:
    """The queue between requests and the pipeline; bound to the event loop in which it is started."""

    WORKERS = 2

    def __init__(self, annotate: Annotate, limits: Limits, metrics: Metrics) -> None:
        self._annotate = annotate
        self._limits = limits
        self._metrics = metrics
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._waiting = 0  # characters
        self._rate = 10_000.0  # characters a second, at first a guess
        self._executor = ThreadPoolExecutor(self.WORKERS, thread_name_prefix="finnlp-service")
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to take batches."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self.WORKERS)]

    async def stop(self) -> None:
        """End when the batches under way are done; what still waits gets no answer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)

    async def submit(self, articles: Sequence[Article]) -> list[Record | Failure]:
        """Give each article's record or failure, same length and order.

        Raises `Problem`: 413 for articles that could never all wait, 429 where too many wait already, 504 where the
        time is up; what has not begun by then never does.
        """
        characters = sum(len(article.text) for article in articles)
        if characters > self._limits.waiting:
            raise too_large(f"{characters:,} characters", f"{self._limits.waiting:,} a request", "send fewer articles")
        if self._waiting + characters > self._limits.waiting:
            raise self._busy()
        loop = asyncio.get_running_loop()
        jobs = [_Job(article, loop.create_future()) for article in articles]
        for job in jobs:
            self._queue.put_nowait(job)
        self._count_waiting(characters, len(jobs))
        try:
            async with asyncio.timeout(self._limits.seconds):
                return list(await asyncio.gather(*(job.result for job in jobs)))
        except TimeoutError as error:
            raise Problem(
                504,
                "too_late",
                f"not done within {self._limits.seconds:g} seconds",
                "send it again when less is waiting, send less at once, or start the service with a longer --timeout",
            ) from error

    def _busy(self) -> Problem:
        after = max(1, math.ceil(self._waiting / self._rate))
        return Problem(
            429,
            "busy",
            f"{self._waiting:,} characters wait already (the limit is {self._limits.waiting:,})",
            f"send it again in {after} seconds",
            retry_after=after,
        )

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._next()
            started = time.perf_counter()
            try:
                results = await loop.run_in_executor(self._executor, self._annotate, [job.article for job in batch])
            except Exception as error:  # the request's handler raises it, and its middleware logs it
                for job in batch:
                    if not job.result.done():
                        job.result.set_exception(error)
                continue
            for job, result in zip(batch, results, strict=True):
                if not job.result.done():
                    job.result.set_result(result)
            self._note(batch, results, time.perf_counter() - started)

    async def _next(self) -> list[_Job]:
        """Wait for an article, and take with it what else waits, as far as the batch allows."""
        batch: list[_Job] = []
        characters = 0
        while not batch or (characters < self._limits.batch and not self._queue.empty()):
            job = await self._queue.get()
            self._count_waiting(-len(job.article.text), -1)
            if not job.result.done():  # else its time was up
                batch.append(job)
                characters += len(job.article.text)
        return batch

    def _count_waiting(self, characters: int, articles: int) -> None:
        self._waiting += characters
        self._metrics.waiting_characters.inc(characters)
        self._metrics.waiting_articles.inc(articles)

    def _note(self, batch: Sequence[_Job], results: Sequence[Record | Failure], seconds: float) -> None:
        characters = sum(len(job.article.text) for job in batch)
        self._rate += 0.1 * (characters / max(seconds, 1e-3) - self._rate)
        failed = sum(isinstance(result, Failure) for result in results)
        self._metrics.batch_articles.observe(len(batch))
        self._metrics.batch_seconds.observe(seconds)
        self._metrics.characters.inc(characters)
        self._metrics.articles.labels("failed").inc(failed)
        self._metrics.articles.labels("annotated").inc(len(batch) - failed)
