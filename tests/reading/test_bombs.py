"""Small files that unfold to a lot, and long ones without a structure: refused by name, or read in linear time."""

from __future__ import annotations

import json
import time
import zlib

import pytest

from finnlp_zh import load
from finnlp_zh.reading import ReadFailure, ReadOptions, read_bytes
from finnlp_zh.reading.formats import MAX_DEPTH, MAX_TAGS
from finnlp_zh.types import Record, check

SENTENCE = "东湖银行行长周明远表示，前三季度净利润增长5.2%，部分贷款出现逾期"


def _read(data: bytes, suffix: str) -> list[Record | ReadFailure]:
    return list(read_bytes(data, name="a", options=ReadOptions(), suffix=suffix))


def _refusal(data: bytes, suffix: str) -> str:
    (failure,) = _read(data, suffix)
    assert isinstance(failure, ReadFailure)
    return failure.message


def _pdf(stream: bytes, pages: int) -> bytes:
    """Give a PDF whose pages all draw the same packed stream."""
    packed = zlib.compress(stream, 9)
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(pages))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *[page] * pages,
    ]
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return bytes(data) + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def test_pdf_of_our_making_is_one() -> None:
    pytest.importorskip("pypdf")
    (record,) = _read(_pdf(b"BT /F1 12 Tf (Net profit rose 5.2 percent) Tj ET", 1), ".pdf")
    assert isinstance(record, Record)
    assert record.text == "Net profit rose 5.2 percent"


def test_pdf_stream_that_unpacks_without_end() -> None:
    pytest.importorskip("pypdf")
    bomb = _pdf(b"\n" * 100_000_000, 1)
    assert len(bomb) < 200_000
    assert "save it anew" in _refusal(bomb, ".pdf")


def test_pdf_pages_that_share_a_large_stream() -> None:
    pytest.importorskip("pypdf")
    bomb = _pdf(b"\n" * 30_000_000, 100)
    assert len(bomb) < 60_000
    assert "first 3 pages unpack to more than 64,000,000 bytes; split the file" in _refusal(bomb, ".pdf")


def test_html_of_too_many_or_too_deep_tags() -> None:
    pytest.importorskip("trafilatura")
    many = "<html><body><p>" + "甲<br>" * (MAX_TAGS + 1)
    assert "tags (the limit is 50,000); save the article as text" in _refusal(many.encode(), ".html")
    deep = "<div>" * (MAX_DEPTH + 1) + SENTENCE
    assert "elements deep (the limit is 500); save the article as text" in _refusal(deep.encode(), ".html")


@pytest.mark.parametrize("content", [b"[" * 1_000_000, b'{"text": ' + b"9" * 100_000 + b"}"])
def test_json_that_no_parser_should_take_on(content: bytes) -> None:
    assert "not JSON" in _refusal(content, ".json")
    assert "not JSON" in _refusal(content, ".jsonl")


def test_half_written_json_lines_cost_their_line_alone() -> None:
    line = json.dumps({"text": SENTENCE}, ensure_ascii=False).encode()
    whole, cut, last = _read(line + b"\n" + line[:40] + b"\n" + line, ".jsonl")
    assert isinstance(whole, Record)
    assert isinstance(last, Record)
    assert isinstance(cut, ReadFailure)
    assert (cut.place, "write it anew" in cut.message) == ("line 2", True)
    *_, torn = _read(line + b"\n" + line[:-20], ".jsonl")
    assert isinstance(torn, ReadFailure)


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        (SENTENCE, 5_000_000),
        ("（", 5_000_000),
        ("“", 5_000_000),
        ("[", 1_000_000),
        ("\u200d", 1_000_000),
        ("\u202e甲", 500_000),
        (SENTENCE + "。\n", 500_000),
        ("甲\n", 200_000),
        ("# \n", 200_000),
    ],
)
def test_long_files_are_read_in_linear_time(unit: str, size: int) -> None:
    whole = unit * (size // len(unit.encode()))
    seconds = []
    for part in (len(whole) // 8, len(whole)):
        started = time.process_time()
        found = _read(whole[:part].encode(), ".md" if unit in "[# \n" else ".txt")
        seconds.append(time.process_time() - started)
        assert len(found) >= 1
    assert seconds[1] < 8 * 4 * seconds[0] + 1.0, seconds  # quadratic work would take 64 times as long


@pytest.mark.slow
@pytest.mark.parametrize("pair", ["（）", "“”", "《》", "「」", "()"])
def test_a_hundred_thousand_nested_brackets_are_annotated(pair: str) -> None:
    nlp = load(None)
    seconds = []
    for depth in (12_500, 100_000):
        started = time.process_time()
        check(nlp(pair[0] * depth + SENTENCE + pair[1] * depth).record)
        seconds.append(time.process_time() - started)
    assert seconds[1] < 8 * 4 * seconds[0] + 1.0, seconds
