"""The extracted article, found again in its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finnlp_zh.reading import ReadOptions, find_inputs, read_file
from finnlp_zh.reading.html import map_to_page
from finnlp_zh.types import Record

PAGE = Path(__file__).parents[2] / "examples" / "articles" / "web-page.html"


def test_characters_lead_back_into_the_page() -> None:
    page = (
        "<title>降准</title><script>降准</script><!--降准-->"
        "<p>央行<b>降准</b> 0.5&nbsp;个 百分点。</p><p>A&amp;B公司</p>"
    )
    mapped = map_to_page("央行降准 0.5 个 百分点。\nA&B公司", page)
    assert mapped.text == "央行降准 0.5 个 百分点。\nA&B公司"
    assert [(mapped.text[a:b], page[c : c + b - a]) for a, b, c in mapped.runs] == [
        (part, part) for part in ("央行", "降准", "0.5", "个 百分点。", "A&", "B公司")
    ]
    assert mapped.source_of(2) == page.index("<b>") + 3


def test_a_line_that_the_page_does_not_hold_is_in_no_run() -> None:
    assert map_to_page("另一段", "<p>央行降准</p>").runs == ()


def test_the_sample_page_is_mapped_whole() -> None:
    pytest.importorskip("trafilatura")
    (file,) = find_inputs([PAGE])
    (record,) = read_file(file, ReadOptions())
    assert isinstance(record, Record)
    page = PAGE.read_text("utf-8")
    assert all(record.text[a:b] == page[c : c + b - a] for a, b, c in record.source_map)
    copied = sum(end - start for start, end, _ in record.source_map)
    assert copied == len(record.text) - record.text.count("\n")


@given(st.text(alphabet="<>/!-甲乙 &amp;p\n", max_size=80), st.text(alphabet="甲乙 &\n", max_size=20))
def test_any_page(page: str, text: str) -> None:
    mapped = map_to_page(text, page)
    assert mapped.text == text
    assert all(text[a:b] == page[c : c + b - a] for a, b, c in mapped.runs)
