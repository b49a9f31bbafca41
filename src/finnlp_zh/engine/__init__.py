"""The stream: find → read → annotate → write, in input order, with every article's failure kept to itself.

The output depends on the inputs and the pipeline alone: not on the number of workers, the size of a chunk, or how
often the run was interrupted and taken up again.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finnlp_zh.document import Document
from finnlp_zh.engine.chunks import Chunk, cut_chunks, find_changed
from finnlp_zh.engine.journal import Journal
from finnlp_zh.engine.workers import Counts, Failure, Outcome, Setup, run_in_order
from finnlp_zh.errors import ConfigError
from finnlp_zh.reading import ReadOptions, find_inputs
from finnlp_zh.types import decode

__all__ = ["Options", "Summary", "annotate", "annotate_stream", "annotate_to"]

# Below this many input bytes the start of worker processes costs more than they save.
_WORTH_WORKERS = 400_000


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is done; see `finnlp_zh.load` for what makes the pipeline.

    ``workers``: processes, each with a single-threaded encoder; 1 runs inside this process with all cores for the
    encoder; ``None`` chooses by the size of the input and the cores. ``resume``: keep what an earlier run into the same
    folder has finished with the same pipeline on the same bytes.
    """

    model: str | Path | None = "small"
    device: str = "auto"
    stages: tuple[str, ...] | None = None
    lexicon: Path | None = None
    taxonomy: Path | None = None
    segmenter: str | None = None
    ner: str | None = None
    workers: int | None = None
    resume: bool = True
    format: str = "jsonl"
    reading: ReadOptions = field(default_factory=ReadOptions)


@dataclass(slots=True)
class Summary(Counts):
    """What a run did; ``seconds`` is wall time."""

    failures: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one chunk's outcome in."""
        self.count(outcome)
        self.failures += len(outcome.failures)


def annotate(
    paths: Sequence[str | Path],
    options: Options | None = None,
    *,
    on_failure: Callable[[Failure], None] | None = None,
) -> Iterator[Document]:
    """Annotate files and folders lazily, in order, in this process: one `Document` an article.

    An article that cannot be read or annotated is passed to ``on_failure``, by default as a warning that names the
    file, the place and the remedy; the others go on. `annotate_to` writes a folder that can be resumed.
    """
    for outcome in annotate_stream([str(path) for path in paths], options or Options()):
        for failure in outcome.failures:
            (on_failure or _warn)(failure)
        yield from (Document(decode(line)) for line in outcome.lines)


def _warn(failure: Failure) -> None:
    warnings.warn(str(failure), stacklevel=3)


def annotate_to(
    paths: Sequence[str | Path],
    out: str | Path,
    options: Options | None = None,
    *,
    on_progress: Callable[[Summary, float], None] | None = None,
) -> Summary:
    """Annotate files and folders into ``out/records.jsonl`` (``finnlp-zh/1``) and ``out/errors.jsonl``.

    Args:
        paths: Files and folders; folders are walked in sorted order.
        out: A folder, made if need be.
        options: How the run is done.
        on_progress: Called after every chunk with the summary so far and the share of the input bytes done.

    Returns:
        The summary. An article that fails is counted in ``failures`` and named in ``errors.jsonl``, never raised.

    Raises:
        ConfigError: Wrong options, or an output folder that cannot be written.
        InputError: A path that does not exist.
    """
    options = options or Options()
    if options.workers is not None and options.workers < 1:
        raise ConfigError(f"workers must be at least 1, not {options.workers}")
    if options.format not in ("jsonl", "parquet"):
        raise ConfigError(f"no format is called {options.format!r}; the formats are jsonl and parquet")
    started = time.monotonic()
    files = list(find_inputs([Path(path) for path in paths]))
    if not files:
        raise ConfigError(f"no article files under {', '.join(map(str, paths))}")
    total = sum(file.size for file in files) or 1
    workers = _worker_count(options, total)
    setup = Setup(options, None if workers == 1 else 1)
    annotator = setup.build()  # here too when there are workers: a model that cannot load fails once and clearly
    summary = Summary()
    done_bytes = 0
    with Journal(Path(out), version=annotator.version, resume=options.resume) as journal:
        journal.forget(find_changed(files, journal.done))
        chunks = cut_chunks(files, journal.done, options.reading)
        for chunk, outcome in run_in_order(chunks, setup, annotator, workers=workers):
            journal.write(outcome.lines, outcome.failures)
            summary.skipped += chunk.skipped
            summary.add(outcome)
            done_bytes += chunk.size
            summary.seconds = time.monotonic() - started
            if on_progress is not None:
                on_progress(summary, min(1.0, done_bytes / total))
        journal.finish()
        if options.format == "parquet":
            from finnlp_zh.interop.tables import write_tables  # pyarrow is an extra

            write_tables(journal.records, Path(out))
    summary.seconds = time.monotonic() - started
    return summary


def _worker_count(options: Options, total_bytes: int) -> int:
    if options.workers is not None:
        return options.workers
    if options.device == "cuda" or total_bytes < _WORTH_WORKERS:
        return 1
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def annotate_stream(inputs: Sequence[str], options: Options) -> Iterator[Outcome]:
    """Annotate files, folders and ``-`` (standard input) chunk by chunk in this process, keeping no journal."""
    annotator = Setup(options, None).build()
    for item in inputs:
        if item == "-":
            chunks = Chunk.of_bytes(sys.stdin.buffer.read(), "-", options.reading)
        else:
            chunks = cut_chunks(find_inputs([Path(item)]), {}, options.reading)
        yield from map(annotator.run, chunks)
