"""Cuts a text into sentences, offsets exact."""

from __future__ import annotations

import re
from typing import Final

from finnlp_zh.types import Span

# A sentence ends after its closing marks and whatever quotes or brackets close with them, or at the line's end.
# A Latin ? or ! inside an address (?id=1) or a word (Yahoo!x) ends nothing.
_END: Final = re.compile(r"(?:[。！？…]|(?<![A-Za-z0-9/=])[!?]|[!?](?![A-Za-z0-9=&/]))+[”’」』》〉）〕】］｝)\]}]*|\n")


def split_sentences(text: str) -> list[Span]:
    """Give the spans of the sentences of ``text``, in order, without the white space around them.

    >>> [text[start:end] for text in ["他说：“央行降息。”利好楼市！"] for start, end in split_sentences(text)]
    ['他说：“央行降息。”', '利好楼市！']
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if text.startswith('"', end) and text.count('"', start, end) % 2 == 1:
            end += 1  # a straight quotation mark closes only what was opened in this sentence
        _append(text, start, end, spans)
        start = end
    _append(text, start, len(text), spans)
    return spans


def _append(text: str, start: int, end: int, spans: list[Span]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
