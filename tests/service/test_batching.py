"""The queue between requests and the pipeline, with a pipeline that waits until it is told to go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

pytest.importorskip("prometheus_client")

from finnlp_zh.engine.workers import Failure
from finnlp_zh.service.batching import Article, Batcher, Limits
from finnlp_zh.service.metrics import Metrics
from finnlp_zh.service.problems import Problem
from finnlp_zh.types import Record


class Held:
    """A pipeline that notes its batches and holds each until ``go``."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.batches: list[list[str]] = []

    def __call__(self, articles: Sequence[Article]) -> list[Record | Failure]:
        self.batches.append([article.text for article in articles])
        assert self.go.wait(30)
        if any(article.text == "bug" for article in articles):
            raise ZeroDivisionError("a bug")
        return [Record(article.text, article.text) for article in articles]


def _run(limits: Limits, scene: Callable[[Batcher, Held], Awaitable[None]]) -> Metrics:
    metrics = Metrics()

    async def main() -> None:
        held = Held()
        batcher = Batcher(held, limits, metrics)
        await batcher.start()
        try:
            await scene(batcher, held)
        finally:
            held.go.set()
            await batcher.stop()

    asyncio.run(main())
    return metrics


async def _occupy(batcher: Batcher, held: Held) -> list[asyncio.Task[list[Record | Failure]]]:
    """Give every worker an article to be busy with."""
    tasks = []
    for number in range(Batcher.WORKERS):
        tasks.append(asyncio.create_task(batcher.submit([Article(f"{number}")])))
        while len(held.batches) <= number:
            await asyncio.sleep(0.001)
    return tasks


def test_what_waits_becomes_the_next_batch() -> None:
    async def scene(batcher: Batcher, held: Held) -> None:
        tasks = await _occupy(batcher, held)
        tasks += [asyncio.create_task(batcher.submit([Article(char * 4)])) for char in "abcde"]
        await asyncio.sleep(0.01)
        held.go.set()
        texts = [[found.text for found in await task if isinstance(found, Record)] for task in tasks]
        assert texts == [["0"], ["1"], *([char * 4] for char in "abcde")]
        # Eight characters fill a batch; no article is split off from it or left behind.
        assert held.batches[2:] == [["aaaa", "bbbb"], ["cccc", "dddd"], ["eeee"]]

    metrics = _run(Limits(batch=8), scene)
    assert metrics.registry.get_sample_value("finnlp_articles_total", {"outcome": "annotated"}) == 7
    assert metrics.registry.get_sample_value("finnlp_waiting_articles") == 0
    assert metrics.registry.get_sample_value("finnlp_waiting_characters") == 0


def test_beyond_the_limit_requests_are_put_off() -> None:
    async def scene(batcher: Batcher, held: Held) -> None:
        tasks = await _occupy(batcher, held)
        tasks.append(asyncio.create_task(batcher.submit([Article("a" * 8)])))
        await asyncio.sleep(0.01)
        with pytest.raises(Problem) as put_off:
            await batcher.submit([Article("b" * 3)])
        assert (put_off.value.status, put_off.value.headers) == (429, {"Retry-After": "1"})
        tasks.append(asyncio.create_task(batcher.submit([Article("c" * 2)])))
        with pytest.raises(Problem) as never:
            await batcher.submit([Article("d" * 11)])
        assert never.value.status == 413
        held.go.set()
        assert [len(await task) for task in tasks] == [1, 1, 1, 1]

    _run(Limits(waiting=10), scene)


def test_what_comes_too_late_is_not_begun() -> None:
    async def scene(batcher: Batcher, held: Held) -> None:
        tasks = await _occupy(batcher, held)
        with pytest.raises(Problem) as late:
            await batcher.submit([Article("late")])
        assert late.value.status == 504
        held.go.set()
        for task in tasks:
            with pytest.raises(Problem):
                await task
        assert [len(await batcher.submit([Article("next")])), len(held.batches)] == [1, 3]

    _run(Limits(seconds=0.1), scene)


def test_a_bug_costs_its_batch_alone() -> None:
    async def scene(batcher: Batcher, held: Held) -> None:
        held.go.set()
        with pytest.raises(ZeroDivisionError):
            await batcher.submit([Article("bug")])
        assert len(await batcher.submit([Article("fine")])) == 1

    _run(Limits(), scene)
