"""Cutting an article into windows that the encoder reads, and putting the rows back together.

A window ends at a paragraph or sentence end. A sentence longer than a window is cut with an overlap, and of the
doubly read characters each comes from the window in which it stands farther from the edge. Every character of the
article lies in exactly one window's kept part: nothing is truncated.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_CHARACTERS: Final = 254
OVERLAP: Final = 64

_PARAGRAPH = re.compile(r"\n+")
_SENTENCE = re.compile(r"[。！？!?；;…]+[”’」』）)\s]*|\s{2,}")


class Window(NamedTuple):
    """The characters ``[start, end)`` that are read, of which the rows ``[keep_start, keep_end)`` are kept."""

    start: int
    end: int
    keep_start: int
    keep_end: int


def cut(text: str, *, limit: int = MAX_CHARACTERS, overlap: int = OVERLAP) -> list[Window]:
    """Give the windows of the text, in text order, each at most ``limit`` characters long.

    The last paragraph end in a window's second half is taken, else its last sentence end, else the window is cut
    where it is full, with ``overlap`` characters read twice.

    >>> cut("第一句。第二句。", limit=6, overlap=2)
    [Window(start=0, end=4, keep_start=0, keep_end=4), Window(start=4, end=8, keep_start=4, keep_end=8)]
    """
    paragraphs = [match.end() for match in _PARAGRAPH.finditer(text)]
    sentences = [match.end() for match in _SENTENCE.finditer(text)]
    windows: list[Window] = []
    start = keep = paragraph = sentence = 0
    while len(text) - start > limit:
        paragraph = _last_up_to(paragraphs, paragraph, start + limit)
        sentence = _last_up_to(sentences, sentence, start + limit)
        at = paragraphs[paragraph - 1] if paragraph else 0
        if at <= max(keep, start + limit // 2):
            at = max(at, sentences[sentence - 1] if sentence else 0)
        if at > keep:
            windows.append(Window(start, at, keep, at))
            start = keep = at
        else:
            end = start + limit
            windows.append(Window(start, end, keep, end - overlap // 2))
            start, keep = end - overlap, end - overlap // 2
    if len(text) > keep:
        windows.append(Window(start, len(text), keep, len(text)))
    return windows


def _last_up_to(ends: list[int], at: int, bound: int) -> int:
    """Give how many of the sorted ``ends`` are at most ``bound``, knowing that at least ``at`` are."""
    while at < len(ends) and ends[at] <= bound:
        at += 1
    return at
