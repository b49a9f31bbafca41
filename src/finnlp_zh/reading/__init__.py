"""Files in, records out: decoding, formats, header, several articles in a file, web junk, broken columns.

``source_map`` leads from every character of a record back to the decoded source: the file for .txt, .md and .html, the
field's string for JSON, CSV and Parquet, the extracted text for PDF (see `finnlp_zh.reading.formats`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import IO

from finnlp_zh.errors import FinnlpError
from finnlp_zh.reading.articles import Made, make_articles
from finnlp_zh.reading.formats import count_rows, read_articles, sniff_suffix
from finnlp_zh.reading.header import find_header
from finnlp_zh.reading.inputs import InputFile, ReadFailure, ReadOptions, find_inputs
from finnlp_zh.reading.layout import lay_out
from finnlp_zh.reading.mapped import MappedText
from finnlp_zh.types import Record, Source

__all__ = [
    "READING_VERSION", "InputFile", "ReadFailure", "ReadOptions", "find_inputs", "read_bytes", "read_file", "read_text",
]  # fmt: skip

READING_VERSION = "1"
"""Changes whenever a file may come out as another text."""


def read_file(file: InputFile, options: ReadOptions) -> Iterator[Record | ReadFailure]:
    """Read a file's articles lazily, in order; what cannot be read comes as a `ReadFailure`, the rest goes on."""
    try:
        with file.path.open("rb") as stream:
            yield from _read(stream, file.relative, file.doc_id, file.suffix, options)
    except OSError as error:
        message = f"{file.path}: cannot be read: {error.strerror or error}; check that it is there and readable"
        yield ReadFailure(file.relative, None, message)


def read_bytes(
    data: bytes, *, name: str, options: ReadOptions, suffix: str | None = None
) -> Iterator[Record | ReadFailure]:
    """Read what came without a file (standard input); the format is ``suffix``, else guessed from the first bytes."""
    doc_id = "stdin" if name == "-" else name
    yield from _read(io.BytesIO(data), doc_id, doc_id, suffix or sniff_suffix(data), options)


def read_text(text: str, *, doc_id: str = "text") -> Record:
    """Take one text as it stands: its header is found, and not a character is changed."""
    paragraphs = lay_out(MappedText.copy(text), unwrap=False).paragraphs
    header = find_header([paragraph.text for paragraph in paragraphs])

    def place(found: tuple[int, int, int]) -> tuple[int, int]:
        body = paragraphs[found[0]].body
        first, last = body.source_of(found[1]), body.source_of(found[2] - 1)
        return (first or 0), (last or 0) + 1

    return Record(
        doc_id,
        text,
        source_map=[(0, len(text), 0)] if text else [],
        title=place(header.title) if header.title else None,
        byline=[place(found) for found in header.byline],
        dateline=place(header.dateline) if header.dateline else None,
        published=header.published,
    )


def _read(
    stream: IO[bytes], name: str, doc_id: str, suffix: str, options: ReadOptions
) -> Iterator[Record | ReadFailure]:
    try:
        sha256 = _sha256(stream)
        stream.seek(0)
        rows = count_rows(stream, name, suffix)
        stream.seek(0)
        articles = _rows if rows is not None else _whole
        yield from articles(stream, name, doc_id, suffix, options, sha256, rows or 1)
    except FinnlpError as error:
        yield ReadFailure(name, None, str(error))
    except Exception as error:  # the readers of foreign formats fail in ways that nobody has listed
        yield ReadFailure(name, None, f"{name}: cannot be read as {suffix or 'text'}: {type(error).__name__}: {error}")


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


# Formats that say themselves where an article ends.
_STRUCTURED = (".html", ".htm", ".json")


def _whole(
    stream: IO[bytes], name: str, doc_id: str, suffix: str, options: ReadOptions, sha256: str, _: int
) -> Iterator[Record | ReadFailure]:
    """Read a file that fits into memory; only when it is read is it known how many articles it holds."""
    found: list[tuple[Made, str] | ReadFailure] = []
    for raw in read_articles(stream, name, suffix, options):
        if isinstance(raw, ReadFailure):
            found.append(raw)
            continue
        made = list(make_articles(raw, options, names=[name], split=suffix not in _STRUCTURED))
        found += [(article, raw.encoding) for article in made] or [_blank(name, raw.place)]
    for part, item in enumerate(found, start=1):
        if isinstance(item, ReadFailure):
            yield item
        else:
            article, encoding = item
            yield _record(article, doc_id, Source(name, sha256, encoding, part, len(found)), options)


def _rows(
    stream: IO[bytes], name: str, doc_id: str, suffix: str, options: ReadOptions, sha256: str, rows: int
) -> Iterator[Record | ReadFailure]:
    """Read a file of rows, however long, one article a row."""
    for part, raw in enumerate(read_articles(stream, name, suffix, options), start=1):
        if isinstance(raw, ReadFailure):
            yield raw
            continue
        article = next(make_articles(raw, options, names=[name], split=False), None)
        if article is None:
            yield _blank(name, raw.place)
        else:
            yield _record(article, doc_id, Source(name, sha256, raw.encoding, part, rows), options)


def _record(article: Made, doc_id: str, source: Source, options: ReadOptions) -> Record | ReadFailure:
    if len(article.body) > options.max_characters:
        place = None if source.parts == 1 else f"article {source.part}"
        message = f"{len(article.body):,} characters are no article (the limit is {options.max_characters:,}); split it"
        return ReadFailure(source.path, place, message)
    record = article.record(doc_id if source.parts == 1 else f"{doc_id}#{source.part}")
    record.source = source
    return record


def _blank(name: str, place: str | None) -> ReadFailure:
    return ReadFailure(name, place, "the text is blank; there is no article in it")
