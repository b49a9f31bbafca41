"""Cutting the input into chunks: the unit that one worker annotates in one go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from finnlp_zh.reading import InputFile, ReadFailure, ReadOptions, read_bytes, read_file
from finnlp_zh.types import Record

# Enough articles for well-filled encoder batches, few enough that little is lost when a run is cut off.
_FILES = 32
CHUNK_BYTES = 300_000
_ROWS = 64


@dataclass(slots=True)
class Finished:
    """What an earlier run has written of one file: the hash of the file's bytes then, and which parts of how many."""

    sha256: str
    parts: set[int] = field(default_factory=set)
    total: int = 0


@dataclass(slots=True)
class Chunk:
    """Either files that the worker reads itself, or articles already read out of a large file.

    ``size`` is the share of the input, in bytes, that the chunk accounts for; ``skipped`` counts articles before or
    among it that an earlier run has finished.
    """

    files: list[InputFile] = field(default_factory=list)
    articles: list[Record | ReadFailure] = field(default_factory=list)
    finished: dict[str, Finished] = field(default_factory=dict)
    size: int = 0
    skipped: int = 0

    @classmethod
    def of_bytes(cls, data: bytes, name: str, reading: ReadOptions) -> Iterator[Chunk]:
        """Cut what came on standard input."""
        yield from cut_articles(read_bytes(data, name=name, options=reading), len(data))

    def single(self) -> list[Chunk]:
        """Give the same work as chunks of one file or one article each."""
        return [Chunk(files=[file], finished=self.finished, size=file.size) for file in self.files] + [
            Chunk(articles=[article], size=_size(article)) for article in self.articles
        ]

    def __len__(self) -> int:
        return len(self.files) + len(self.articles)


def cut_chunks(files: Iterable[InputFile], done: dict[str, Finished], reading: ReadOptions) -> Iterator[Chunk]:
    """Cut files into chunks in order, leaving out what ``done`` (by relative path) shows as finished."""
    chunk = Chunk()
    for file in files:
        finished = done.get(file.relative)
        if finished is not None and len(finished.parts) >= finished.total:
            chunk.skipped += len(finished.parts)
            chunk.size += file.size
            continue
        if file.many:
            yield chunk
            yield from cut_articles(read_file(file, reading), file.size, finished)
            chunk = Chunk()
            continue
        if finished is not None:
            chunk.finished[file.relative] = finished
        chunk.files.append(file)
        chunk.size += file.size
        if len(chunk.files) >= _FILES or chunk.size >= CHUNK_BYTES:
            yield chunk
            chunk = Chunk()
    yield chunk


def cut_articles(
    articles: Iterable[Record | ReadFailure], size: int = 0, finished: Finished | None = None
) -> Iterator[Chunk]:
    """Cut articles of a file of ``size`` bytes into chunks in order, leaving out what an earlier run has finished."""
    chunk = Chunk()
    left = size
    for article in articles:
        if finished is not None and is_finished(article, finished):
            chunk.skipped += 1
            continue
        chunk.articles.append(article)
        chunk.size += _size(article)
        if len(chunk.articles) >= _ROWS or chunk.size >= CHUNK_BYTES:
            chunk.size = min(chunk.size, left)
            left -= chunk.size
            yield chunk
            chunk = Chunk()
    chunk.size = left
    yield chunk


def is_finished(article: Record | ReadFailure, finished: Finished) -> bool:
    """Tell whether an earlier run has written this article from the same bytes."""
    if isinstance(article, ReadFailure) or article.source is None:
        return False
    return article.source.sha256 == finished.sha256 and article.source.part in finished.parts


def find_changed(files: Iterable[InputFile], done: dict[str, Finished]) -> set[str]:
    """Give the relative paths whose bytes are no longer those that an earlier run has annotated."""
    return {
        file.relative
        for file in files
        if (finished := done.get(file.relative)) is not None and _sha256(file) != finished.sha256
    }


def _sha256(file: InputFile) -> str | None:
    try:
        with file.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None  # reading will say what is wrong with it


def _size(article: Record | ReadFailure) -> int:
    return 3 * len(article.text) if isinstance(article, Record) else 0
