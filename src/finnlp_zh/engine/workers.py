"""Annotating chunks, in this process or over a pool of processes, results in input order."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, fields
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import TYPE_CHECKING

from msgspec import Struct

from finnlp_zh.engine.chunks import Chunk, is_finished
from finnlp_zh.errors import ConfigError, FinnlpError, StageError
from finnlp_zh.loading import load
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.reading import READING_VERSION, InputFile, ReadFailure, ReadOptions, read_file
from finnlp_zh.types import Record, check, encode

if TYPE_CHECKING:
    from finnlp_zh.engine import Options


class Failure(Struct):
    """One line of ``errors.jsonl``: which article failed, at which stage, and what to do about it."""

    file: str
    place: str | None
    stage: str
    message: str

    @classmethod
    def of(cls, item: InputFile | Record | ReadFailure, stage: str, message: str) -> Failure:
        """Name what failed as well as the item tells."""
        if isinstance(item, InputFile):
            return cls(item.relative, None, stage, message)
        if isinstance(item, ReadFailure):
            return cls(item.path, item.place, stage, message)
        if item.source is None:
            return cls(item.doc_id, None, stage, message)
        place = None if item.source.parts == 1 else f"article {item.source.part}"
        return cls(item.source.path, place, stage, message)

    def __str__(self) -> str:
        where = f"{self.file} ({self.place})" if self.place else self.file
        return f"{where}: {self.message.removeprefix(f'{self.file}: ')}"


@dataclass(slots=True)
class Counts:
    """What a summary counts of annotated articles; ``skipped`` ones were finished by an earlier run."""

    articles: int = 0
    skipped: int = 0
    characters: int = 0
    entities: int = 0
    quotes: int = 0
    claims: int = 0
    risks: int = 0

    def count(self, other: Counts) -> None:
        """Add another's counts to these."""
        for counted in fields(Counts):
            setattr(self, counted.name, getattr(self, counted.name) + getattr(other, counted.name))


@dataclass(slots=True)
class Outcome(Counts):
    """What became of a chunk: whole JSON lines in input order, failures, and the counts for the summary."""

    lines: list[bytes] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Take one finished record in."""
        self.lines.append(encode(record))
        self.articles += 1
        self.characters += len(record.text)
        self.entities += len(record.entities)
        self.quotes += len(record.quotes)
        self.claims += len(record.claims)
        self.risks += len(record.risks)


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a worker process needs to build its annotator; small and picklable."""

    options: Options
    threads: int | None

    def build(self) -> Annotator:
        """Load the pipeline."""
        options = self.options
        nlp = load(
            options.model,
            device=options.device,
            stages=options.stages,
            threads=self.threads,
            lexicon=options.lexicon,
            taxonomy=options.taxonomy,
            segmenter=options.segmenter,
            ner=options.ner,
        )
        return Annotator(nlp, options.reading)


class Annotator:
    """A pipeline with its reader: turns chunks into outcomes. The one place where an article's failure is caught."""

    def __init__(self, nlp: Pipeline, reading: ReadOptions) -> None:
        self.nlp = nlp
        self.reading = reading

    @property
    def version(self) -> str:
        """A short hash of all that decides the output for given bytes: the pipeline and the reading options."""
        return hashlib.sha256(f"{self.nlp.version}\n{READING_VERSION}\n{self.reading}".encode()).hexdigest()[:16]

    def run(self, chunk: Chunk) -> Outcome:
        """Read and annotate a chunk."""
        outcome = Outcome()
        records: list[Record] = []
        for article in self._articles(chunk, outcome):
            if isinstance(article, ReadFailure):
                outcome.failures.append(Failure.of(article, "reading", article.message))
            else:
                records.append(article)
        for result in self.annotate(records):
            if isinstance(result, Failure):
                outcome.failures.append(result)
            else:
                outcome.add(result)
        return outcome

    def _articles(self, chunk: Chunk, outcome: Outcome) -> Iterator[Record | ReadFailure]:
        for file in chunk.files:
            finished = chunk.finished.get(file.relative)
            for article in read_file(file, self.reading):
                if finished is not None and is_finished(article, finished):
                    outcome.skipped += 1
                else:
                    yield article
        yield from chunk.articles

    def annotate(self, records: list[Record]) -> list[Record | Failure]:
        """Give each record annotated and checked, or its failure, same length and order."""
        try:
            annotated = self.nlp.annotate(records)
            for record in annotated:
                check(record)
            return list(annotated)
        except FinnlpError as error:
            # A batch fails as a whole: the articles are taken one by one, so that only the one at fault is lost.
            if len(records) > 1:
                return [result for record in records for result in self.annotate([record])]
            stage = error.stage if isinstance(error, StageError) else "pipeline"
            return [Failure.of(records[0], stage, str(error))]


def run_in_order(
    chunks: Iterable[Chunk], setup: Setup, annotator: Annotator, *, workers: int
) -> Iterator[tuple[Chunk, Outcome]]:
    """Annotate chunks and give each with its outcome, in order; at most two chunks a worker are ahead of the reader.

    One worker means this process and ``annotator``; more build their own after ``setup``.
    A worker process that dies (out of memory, killed) is replaced: its chunk is done again article by article, and
    the article that kills a worker twice is reported as failed.
    """
    if workers == 1:
        for chunk in chunks:
            yield chunk, annotator.run(chunk)
        return
    with Pool(setup, workers) as pool:
        yield from pool.run(chunks)


class Pool:
    """Worker processes with an annotator each; a context manager.

    A process that dies over a chunk takes no other article with it: see `run_in_order`.
    """

    def __init__(self, setup: Setup, workers: int) -> None:
        self._setup = setup
        self._workers = workers
        self._executor = self._start()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def run(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Outcome]]:
        """Annotate chunks and give each with its outcome, in order.

        Raises `ConfigError` where worker processes die before they have anything to do.
        """
        waiting: deque[tuple[Chunk, Future[Outcome]]] = deque()
        source = iter(chunks)
        while True:
            while len(waiting) < 2 * self._workers and (chunk := next(source, None)) is not None:
                waiting.append((chunk, self._submit(chunk)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                outcome = future.result()
            except BrokenProcessPool:
                outcome = self._rescue(chunk)
                waiting = deque((later, self._submit(later)) for later, _ in waiting)
            yield chunk, outcome

    def _start(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a forked child would inherit the locks of the runtime's threads.
        return ProcessPoolExecutor(self._workers, get_context("spawn"), _initialise, (self._setup,))

    def _submit(self, chunk: Chunk) -> Future[Outcome]:
        try:
            return self._executor.submit(_run, chunk)
        except BrokenProcessPool:
            self._restart()
            return self._executor.submit(_run, chunk)

    def _restart(self) -> None:
        for _ in range(_STARTS):
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._start()
            try:
                self._executor.submit(_stand_by).result()
            except BrokenProcessPool:
                continue
            return
        raise ConfigError(
            f"worker processes die before they have read anything ({_STARTS} tries), most likely for want of memory: "
            "use fewer workers, or a smaller model"
        )

    def _rescue(self, chunk: Chunk) -> Outcome:
        total = Outcome()
        self._restart()
        for single in chunk.single():
            try:
                outcome = self._executor.submit(_run, single).result()
            except BrokenProcessPool:
                self._restart()
                outcome = Outcome(failures=[Failure.of((single.files + single.articles)[0], "worker", _DIED)])
            total.lines += outcome.lines
            total.failures += outcome.failures
            total.count(outcome)
        return total


_STARTS = 3
_DIED = "the worker process died on this article, most likely out of memory; run it alone, or with fewer workers"

_annotator: Annotator | None = None  # one a worker process


def _initialise(setup: Setup) -> None:
    global _annotator  # noqa: PLW0603 - the process pool gives its workers no other place to keep state
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process decides how a run ends
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _annotator = setup.build()


def _end_with_parent() -> None:
    """End this process when its parent is gone: a killed parent closes no queue, and the worker would wait for ever."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _stand_by() -> None:
    """Show that a worker has come up."""


def _run(chunk: Chunk) -> Outcome:
    if _annotator is None:
        raise RuntimeError("the worker process was not initialised")
    return _annotator.run(chunk)
