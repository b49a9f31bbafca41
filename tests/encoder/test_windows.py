"""Windows: nothing lost, nothing read twice into the result, cut where sentences end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.windows import cut


@settings(deadline=None)
@given(st.text(alphabet="甲乙丙。\n！”，", max_size=400), st.integers(8, 40))
def test_kept_parts_tile_the_text(text: str, limit: int) -> None:
    windows = cut(text, limit=limit, overlap=4)
    assert [window.keep_start for window in windows[1:]] == [window.keep_end for window in windows[:-1]]
    if text:
        assert (windows[0].keep_start, windows[-1].keep_end) == (0, len(text))
    for window in windows:
        assert window.start <= window.keep_start < window.keep_end <= window.end <= window.start + limit


def test_paragraph_end_is_preferred_in_the_second_half() -> None:
    text = "甲" * 6 + "。" + "乙" * 5 + "\n" + "丙" * 3 + "。" + "丁" * 10
    assert cut(text, limit=20, overlap=4)[0].end == 13


def test_long_sentence_is_read_with_overlap_and_kept_once() -> None:
    windows = cut("甲" * 100, limit=40, overlap=10)
    assert [(w.start, w.end, w.keep_start, w.keep_end) for w in windows] == [
        (0, 40, 0, 35),
        (30, 70, 35, 65),
        (60, 100, 65, 100),
    ]


def test_empty_text_has_no_window() -> None:
    assert cut("") == []
