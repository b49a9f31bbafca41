"""Tells where one file holds several articles."""

from __future__ import annotations

from collections.abc import Sequence

from finnlp_zh.reading.header import is_byline, is_dateline, is_titular
from finnlp_zh.reading.layout import Paragraph, blank_lines_between, ends_sentence

_LEAST_BODY = 80


def split_articles(paragraphs: Sequence[Paragraph]) -> list[list[Paragraph]]:
    """Cut the paragraphs of a file into its articles.

    A new article starts at a headline that a byline or a dateline follows, and whose own article before has a body; a
    wide gap before the headline is needed where the line above it breaks off. A short line alone starts nothing.
    """
    gap = max(1, blank_lines_between(paragraphs))
    starts = [0]
    for index in range(1, len(paragraphs) - 2):
        if not _is_start(paragraphs, index, gap):
            continue
        start = _first_of_headline(paragraphs, index, gap)
        if sum(len(paragraph.text) for paragraph in paragraphs[starts[-1] : start]) >= _LEAST_BODY:
            starts.append(start)
    return [list(paragraphs[start:end]) for start, end in zip(starts, [*starts[1:], len(paragraphs)], strict=True)]


def _first_of_headline(paragraphs: Sequence[Paragraph], index: int, gap: int) -> int:
    """Give where a headline of several lines begins: at a line behind a gap, or above one that a dash opens."""
    above = paragraphs[index - 1]
    if not is_titular(above.text) or ends_sentence(above.text):
        return index
    wide = above.blank_lines > gap >= paragraphs[index].blank_lines
    return index - 1 if wide or paragraphs[index].text.startswith(("—", "——", "－")) else index


def _is_start(paragraphs: Sequence[Paragraph], index: int, gap: int) -> bool:
    line, after = paragraphs[index], paragraphs[index + 1]
    if not is_titular(line.text) or len(line.text) > 50:
        return False
    if not (is_byline(after.text) or is_dateline(after.text)):
        return False
    # Behind the byline the body must begin: a box of names at an article's end is no new one.
    body = next((p for p in paragraphs[index + 2 : index + 5] if not (is_byline(p.text) or is_dateline(p.text))), None)
    if body is None or len(body.text) < 20:
        return False
    first = _first_of_headline(paragraphs, index, gap)
    return paragraphs[first].blank_lines > gap or (first > 0 and ends_sentence(paragraphs[first - 1].text))
