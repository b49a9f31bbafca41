"""The map between a record and its source, both ways: what it says is copied is, and what it leaves out is told of."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.reading import ReadFailure, ReadOptions, read_bytes, read_text
from finnlp_zh.reading.articles import make_articles
from finnlp_zh.reading.formats import RawArticle
from finnlp_zh.reading.layout import lay_out
from finnlp_zh.reading.mapped import MappedText, concatenate
from finnlp_zh.types import Record, check

_PIECES = st.sampled_from(
    [
        "央行降准落地，市场流动性保持合", "理充裕。", "“风险可控。”他表示。", "江苏银行(9.870,0.05,0.51%)公告称，",
        "\n", "\n\n", "\r\n", "\u3000\u3000", " ", "\0", "\ufeff", "_x000D_", "\x0c", "\u2028", "■",
        "中经记者 石清 北京报道", "利率小幅回落", "抓紧上车机会！【点击立即开户】", "海量资讯、精准解读，尽在某某APP",
        "Special Pur-", "pose Vehicle", "（见附表", "）", "2026年3月5日", "環保債券發行規模擴大。",
    ]
)  # fmt: skip
_SOURCES = st.lists(_PIECES, max_size=40).map("".join)


def _check_map(record: Record, source: str) -> None:
    check(record)
    previous = 0
    copied: set[int] = set()
    covered = bytearray(len(record.text))
    for start, end, origin in record.source_map:
        assert previous <= start < end
        previous = end
        assert record.text[start:end] == source[origin : origin + end - start]
        run = range(origin, origin + end - start)
        assert copied.isdisjoint(run), "a character of the source is copied twice"
        copied.update(run)
        covered[start:end] = b"\1" * (end - start)
    for place, is_copied in enumerate(covered):
        if not is_copied:
            assert any(r.span[0] <= place < r.span[1] for r in record.repairs), (
                f"nothing accounts for character {place}"
            )
    dropping = any(repair.kind in {"drop", "overlap", "join"} for repair in record.repairs)
    left_out = [source[place] for place in range(len(source)) if place not in copied]
    if not dropping and not any("Traditional" in repair.note for repair in record.repairs):
        assert all(not char.isprintable() or char.isspace() or char in "_x000D" for char in left_out)


@settings(max_examples=300, deadline=None)
@given(_SOURCES, st.booleans())
def test_the_map_holds_both_ways(source: str, repair: bool) -> None:
    for made in make_articles(RawArticle(source, "utf-8"), ReadOptions(repair=repair), split=False):
        _check_map(made.record("a"), source)


@settings(max_examples=60, deadline=None)
@given(_SOURCES)
def test_the_map_holds_for_simplified_text(source: str) -> None:
    for made in make_articles(RawArticle(source, "utf-8"), ReadOptions(traditional=True), split=False):
        _check_map(made.record("a"), source)


@settings(max_examples=100, deadline=None)
@given(_SOURCES)
def test_parts_of_one_file_share_no_character(source: str) -> None:
    taken: set[int] = set()
    for made in make_articles(RawArticle(source, "utf-8"), ReadOptions(), split=True):
        for start, end, origin in made.body.runs:
            run = range(origin, origin + end - start)
            assert taken.isdisjoint(run)
            taken.update(run)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_record_or_a_failure(data: bytes) -> None:
    articles = list(read_bytes(data, name="-", options=ReadOptions()))
    assert articles
    for article in articles:
        if isinstance(article, ReadFailure):
            assert article.message
        else:
            check(article)


@given(st.text(max_size=300))
def test_one_text_is_taken_as_it_stands(text: str) -> None:
    record = read_text(text)
    check(record)
    assert record.text == text
    assert record.repairs == []
    assert record.source_map == ([(0, len(text), 0)] if text else [])


@given(st.text(alphabet="甲乙丙 \n\r\t\u3000\0", max_size=80))
def test_laying_out_loses_white_space_alone(text: str) -> None:
    paragraphs = lay_out(MappedText.copy(text), unwrap=False).paragraphs
    kept = "".join("".join(paragraph.text.split()) for paragraph in paragraphs)
    assert kept == "".join(char for char in text if char in "甲乙丙")
    assert all(paragraph.text == paragraph.text.strip() != "" for paragraph in paragraphs)


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_cutting_and_joining_give_the_same_map(text: str, places: list[int]) -> None:
    whole = MappedText.copy(text)
    bounds = [0, *sorted(min(place, len(text)) for place in places), len(text)]
    parts = [whole.cut(start, end) for start, end in pairwise(bounds)]
    assert concatenate(parts) == whole
    for place in range(len(text)):
        assert whole.source_of(place) == place
    assert whole.source_of(len(text)) is None
