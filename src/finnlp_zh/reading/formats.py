"""Every format down to plain articles: one text each, with what the format itself tells of title, date and address.

The text is the *source* that ``source_map`` leads back to: for .txt, .md and .html the decoded file, for JSON, CSV and
Parquet the string in the field, and for .pdf what its pages give, joined by line breaks, since no character of a PDF
stands in the file as it is.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final

from finnlp_zh.errors import FinnlpError, InputError, ResourceError
from finnlp_zh.reading.decode import decode
from finnlp_zh.reading.html import map_to_page
from finnlp_zh.reading.inputs import ReadFailure, ReadOptions
from finnlp_zh.reading.mapped import MappedText

MAX_DEPTH: Final = 500
"""HTML nested deeper than this is refused: no article is, and parsers spend their stack on it."""
MAX_TAGS: Final = 50_000
"""HTML of more tags is refused: extraction takes quadratic time over them, and an article's page has hundreds."""
MAX_PAGES: Final = 3_000
MAX_UNPACKED: Final = 64_000_000
"""Bytes that the pages of a PDF may unpack to: a small file can unpack to what takes hours to read."""
_MAX_FIELD: Final = 16_000_000

_TEXT: Final = ("text", "content", "body", "article", "正文", "内容", "full_text", "fulltext", "news_content", "文本")
_TITLE: Final = ("title", "headline", "标题", "news_title", "subject")
_DATE: Final = (
    "published", "date", "publish_date", "pub_date", "published_at", "publish_time", "datetime", "time",
    "日期", "发布时间", "时间",
)  # fmt: skip
_URL: Final = ("url", "link", "href", "链接", "网址")
_LISTS: Final = ("articles", "data", "items", "news", "records", "results", "docs", "documents")
_SHORTEST: Final = 20  # characters that a text field without a telling name must have

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*>")
# Elements that need no end tag, so that an open one is no level of nesting.
_VOID: Final = frozenset(
    "area,base,br,col,embed,hr,img,input,li,link,meta,p,param,source,td,th,tr,track,wbr".split(",")  # noqa: SIM905
)
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_MARKDOWN: Final = re.compile(
    r"^(?:#{1,6}|>)[ \t]+|\*\*|__|\]\([^()\s]{0,500}\)|!?\[(?=[^\]\n]{0,200}\]\()", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class RawArticle:
    """One article as its format gives it.

    ``replaced`` counts characters that did not decode. ``place`` says where in the file it stands (``line 3``).
    ``left_out`` lists the spans of the text that are mark-up (Markdown) and belong to no article; ``body`` is the
    article within the text where its format takes it out as a whole (HTML).
    """

    text: str
    encoding: str
    title: str | None = None
    published: str | None = None
    url: str | None = None
    place: str | None = None
    replaced: int = 0
    left_out: tuple[tuple[int, int], ...] = ()
    body: MappedText | None = None


def read_articles(
    stream: IO[bytes], name: str, suffix: str, options: ReadOptions
) -> Iterator[RawArticle | ReadFailure]:
    """Read a file's articles lazily, in order; a bad row is a `ReadFailure`, and the others go on.

    Raises `InputError` where the whole file cannot be read, `ResourceError` where a format's package is missing.
    """
    reader = _READERS.get(suffix, _read_text)
    yield from reader(stream, name, options)


def count_rows(stream: IO[bytes], name: str, suffix: str) -> int | None:
    """Count the articles of a file of rows (JSON Lines, CSV, Parquet); ``None`` for a file that is read whole."""
    if suffix == ".jsonl":
        return sum(1 for line in stream if line.strip())
    if suffix == ".csv":
        return sum(1 for _ in _csv_rows(stream, name)[0])
    if suffix == ".parquet":
        return int(_parquet_file(stream, name).metadata.num_rows)
    return None


def sniff_suffix(data: bytes) -> str:
    """Guess the format of unnamed input (standard input) by its first bytes."""
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return ".pdf"
    if start.startswith(b"PAR1"):
        return ".parquet"
    if re.match(rb"<(?:!doctype html|html|head|body)", start, re.IGNORECASE):
        return ".html"
    if start.startswith(b"["):
        return ".json"
    if start.startswith(b"{"):
        first, _, rest = data.strip().partition(b"\n")
        return ".jsonl" if first.rstrip().endswith(b"}") and (not rest or rest.lstrip().startswith(b"{")) else ".json"
    return ".txt"


# ---- text and Markdown -------------------------------------------------------------------------------------------


def _read_text(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle]:
    found = decode(_whole(stream, name, options), name=name)
    yield RawArticle(found.text, found.encoding, replaced=found.replaced)


def _read_markdown(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle]:
    found = decode(_whole(stream, name, options), name=name)
    marks = tuple(match.span() for match in _MARKDOWN.finditer(found.text))
    yield RawArticle(found.text, found.encoding, replaced=found.replaced, left_out=marks)


def _whole(stream: IO[bytes], name: str, options: ReadOptions) -> bytes:
    data = stream.read(options.max_bytes + 1)
    if len(data) > options.max_bytes:
        raise InputError(
            f"{name}: larger than {options.max_bytes:,} bytes; split it into articles, or put them into JSON Lines"
        )
    return data


# ---- HTML --------------------------------------------------------------------------------------------------------


def _read_html(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle]:
    try:
        from trafilatura import bare_extraction  # an extra, and slow to import
    except ImportError as error:
        raise ResourceError(f"{name}: HTML needs trafilatura ({error}): pip install 'finnlp-zh[html]'") from error
    page, encoding, replaced = _decode_html(_whole(stream, name, options), name)
    tags, depth = _tags(page)
    if tags > MAX_TAGS:
        raise InputError(f"{name}: {tags:,} tags (the limit is {MAX_TAGS:,}); save the article as text")
    if depth > MAX_DEPTH:
        raise InputError(f"{name}: nested {depth:,} elements deep (the limit is {MAX_DEPTH}); save the article as text")
    with _quiet("trafilatura"):
        found: Any = bare_extraction(page, with_metadata=True, include_comments=False, favor_recall=True)
    if found is None or not (found.text or "").strip():
        raise InputError(f"{name}: no article found in the page; save the article's text as .txt")
    yield RawArticle(
        page,
        encoding,
        title=found.title or None,
        published=found.date or None,
        url=found.url,
        replaced=replaced,
        body=map_to_page(found.text, page),
    )


def _decode_html(data: bytes, name: str) -> tuple[str, str, int]:
    """Decode by the page's own declaration where that holds strictly, else as any other text."""
    declared = _CHARSET.search(data[:4096])
    if declared is not None:
        encoding = declared.group(1).decode("ascii").lower()
        encoding = "gb18030" if encoding.startswith(("gb", "x-gb")) else encoding
        try:
            return data.decode(encoding), encoding, 0
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration is common
    found = decode(data, name=name)
    return found.text, found.encoding, found.replaced


def _tags(page: str) -> tuple[int, int]:
    """Count the page's tags, and how deep its elements nest."""
    tags = depth = deepest = 0
    for match in _TAG.finditer(page):
        tags += 1
        if match.group(2).lower() in _VOID:
            continue
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        deepest = max(deepest, depth)
    return tags, deepest


# ---- JSON --------------------------------------------------------------------------------------------------------


def _read_json(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle | ReadFailure]:
    found = decode(_whole(stream, name, options), name=name)
    try:
        content = json.loads(found.text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not JSON: {error}; where it holds one object a line, name it .jsonl") from error
    if isinstance(content, dict):
        content = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), [content])
    if not isinstance(content, list):
        raise InputError(f"{name}: expected an object or a list of objects, found {type(content).__name__}")
    rows = ((f"item {number}", item) for number, item in enumerate(content, start=1))
    yield from _from_rows(rows, name, found.encoding, options, replaced=found.replaced)


def _read_json_lines(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle | ReadFailure]:
    for number, line in enumerate(stream, start=1):
        data = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if not data:
            continue
        place = f"line {number}"
        try:
            found = decode(data, name=f"{name}, {place}")
            content = json.loads(found.text)
        except InputError as error:
            yield ReadFailure(name, place, str(error))
        except (ValueError, RecursionError) as error:
            yield ReadFailure(name, place, f"not JSON: {error}; the line may have been cut off: write it anew")
        else:
            yield from _from_rows([(place, content)], name, found.encoding, options, replaced=found.replaced)


def _from_rows(
    rows: Iterable[tuple[str, Any]], name: str, encoding: str, options: ReadOptions, *, replaced: int = 0
) -> Iterator[RawArticle | ReadFailure]:
    for place, item in rows:
        row = {"text": item} if isinstance(item, str) else item
        if not isinstance(row, Mapping):
            yield ReadFailure(name, place, f"expected an object, found {type(row).__name__}")
            continue
        field = _find_text(row, options.text_field)
        if field is None:
            yield ReadFailure(name, place, _no_text(options.text_field, list(map(str, row))))
            continue
        yield RawArticle(
            row[field],
            encoding,
            title=_first(row, _TITLE, field),
            published=_first(row, _DATE, field),
            url=_first(row, _URL, field),
            place=place,
            replaced=replaced,
        )


def _find_text(row: Mapping[str, Any], wanted: str | None) -> str | None:
    """Give the field that was asked for, else one of a telling name, else the one with the longest string."""
    if wanted is not None:
        return wanted if isinstance(row.get(wanted), str) else None
    for field in _TEXT:
        if isinstance(row.get(field), str):
            return field
    strings = [field for field, value in row.items() if isinstance(value, str)]
    longest = max(strings, key=lambda field: len(row[field]), default=None)
    return longest if longest is not None and len(row[longest]) >= _SHORTEST else None


def _no_text(wanted: str | None, fields: list[str]) -> str:
    what = f"no text in the field {wanted!r}" if wanted else "no field holds a text"
    return f"{what}; there are {', '.join(fields[:20]) or 'none'}: name the right one with --text-field"


def _first(row: Mapping[str, Any], names: Iterable[str], but: str) -> str | None:
    lowered = {str(field).lower(): value for field, value in row.items() if field != but}
    for name in names:
        value = lowered.get(name)
        if value is not None and str(value).strip():
            return str(value).strip()
    return None


# ---- CSV and Parquet ---------------------------------------------------------------------------------------------


def _read_csv(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle | ReadFailure]:
    rows, encoding = _csv_rows(stream, name)
    for number, row in enumerate(rows, start=2):  # the first row names the columns
        if isinstance(row, csv.Error):
            yield ReadFailure(name, f"row {number}", f"not CSV: {row}; quote the field, or leave the row out")
            continue
        filled = {column: value for column, value in row.items() if column and value}
        replaced = sum(value.count("\ufffd") for value in filled.values() if isinstance(value, str))
        yield from _from_rows([(f"row {number}", filled)], name, encoding, options, replaced=replaced)


def _csv_rows(stream: IO[bytes], name: str) -> tuple[Iterator[dict[str, Any] | csv.Error], str]:
    """Give the rows below the first by column, a row that is no CSV as its error, and the encoding."""
    # The sample may end within a character, which `decode` allows; the rest is then read as the same encoding.
    found = decode(stream.read(1_000_000), name=name)
    stream.seek(0)
    encoding = "utf-8-sig" if found.encoding == "utf-8" else found.encoding
    lines = io.TextIOWrapper(io.BufferedReader(_Kept(stream)), encoding=encoding, errors="replace", newline="")
    csv.field_size_limit(_MAX_FIELD)
    return _each(csv.DictReader(lines, dialect=_dialect(found.text))), found.encoding


def _each(rows: csv.DictReader[str]) -> Iterator[dict[str, Any] | csv.Error]:
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield error


class _Kept(io.RawIOBase):
    """A view of a stream that does not close it: a text wrapper closes what it wraps when it goes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _dialect(sample: str) -> type[csv.Dialect]:
    head = sample.split("\n", 1)[0]
    delimiter = max(",\t;|", key=head.count)

    class Found(csv.excel):
        pass

    Found.delimiter = delimiter
    return Found


def _read_parquet(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle | ReadFailure]:
    number = 0
    for batch in _parquet_batches(stream, name):
        for row in range(batch.num_rows):
            number += 1
            place = f"row {number}"
            try:
                content = batch.slice(row, 1).to_pylist()
            except ValueError as error:
                yield ReadFailure(name, place, f"damaged: {error}; write the file anew, or leave the row out")
                continue
            yield from _from_rows([(place, content[0])], name, "utf-8", options)


def _parquet_batches(stream: IO[bytes], name: str) -> Iterator[Any]:
    file = _parquet_file(stream, name)
    with _whole_parquet(name):
        yield from file.iter_batches(batch_size=256)


def _parquet_file(stream: IO[bytes], name: str) -> Any:
    try:
        import pyarrow.parquet as pq  # an extra
    except ImportError as error:
        raise ResourceError(f"{name}: Parquet needs pyarrow: pip install 'finnlp-zh[parquet]'") from error
    with _whole_parquet(name):
        return pq.ParquetFile(stream)


@contextmanager
def _whole_parquet(name: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:  # pyarrow tells of a damaged file by any of them
        raise InputError(f"{name}: not a whole Parquet file: {error}; write it anew") from error


# ---- PDF ---------------------------------------------------------------------------------------------------------


def _read_pdf(stream: IO[bytes], name: str, options: ReadOptions) -> Iterator[RawArticle]:
    try:
        import pypdf  # an extra
    except ImportError as error:
        raise ResourceError(f"{name}: PDF needs pypdf: pip install 'finnlp-zh[pdf]'") from error
    data = io.BytesIO(_whole(stream, name, options))
    try:
        with _quiet("pypdf"):
            reader = pypdf.PdfReader(data)
            if reader.is_encrypted and not reader.decrypt(""):
                raise InputError(f"{name}: the PDF asks for a password; save it without one")
            if len(reader.pages) > MAX_PAGES:
                raise InputError(f"{name}: {len(reader.pages):,} pages (the limit is {MAX_PAGES:,}); split the file")
            pages = list(_page_texts(reader, name))
            metadata = reader.metadata
    except FinnlpError:
        raise
    except Exception as error:  # a damaged PDF fails in as many ways as there are parts of it
        raise InputError(f"{name}: not a readable PDF: {type(error).__name__}: {error}; save it anew") from error
    text = "\n".join(pages)
    if not text.strip():
        raise InputError(f"{name}: the PDF holds pictures and no text; run text recognition (OCR) over it first")
    date = str(metadata.creation_date.date()) if metadata and metadata.creation_date else None
    yield RawArticle(text, "pdf", title=None, published=date)


def _page_texts(reader: Any, name: str) -> Iterator[str]:
    """Give each page's text; pypdf bounds what one stream may unpack to, this bounds all of them together."""
    unpacked = 0
    for number, page in enumerate(reader.pages, start=1):
        contents = page.get_contents()
        unpacked += 0 if contents is None else len(contents.get_data())
        if unpacked > MAX_UNPACKED:
            raise InputError(
                f"{name}: its first {number:,} pages unpack to more than {MAX_UNPACKED:,} bytes; split the file"
            )
        yield page.extract_text()


@contextmanager
def _quiet(logger: str) -> Iterator[None]:
    """Keep a library's complaints about a page off the terminal: what matters comes back as an error."""
    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


_Reader = Callable[[IO[bytes], str, ReadOptions], Iterator[RawArticle | ReadFailure]]
_READERS: Final[dict[str, _Reader]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".json": _read_json,
    ".jsonl": _read_json_lines,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".pdf": _read_pdf,
}
