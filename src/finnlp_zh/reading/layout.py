"""Lines of a source become paragraphs: blank lines and indents go, hard-wrapped lines are put together again."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Final
from unicodedata import east_asian_width

from finnlp_zh.reading.header import is_byline, is_dateline
from finnlp_zh.reading.mapped import EMPTY, MappedText, concatenate
from finnlp_zh.types import Repair, Span

# Characters that carry no text: controls, zero-width marks, soft hyphens, byte order marks; spreadsheets leave
# _x000D_ for a carriage return.
_INVISIBLE: Final = re.compile(
    "_x000D_|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
)
_LINE_END: Final = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANK: Final = " \t\u3000\xa0\u2002\u2003\u2009\u202f"
# A flattened page: the indent of the next paragraph still stands after the full stop of the one before.
_INNER_INDENT: Final = re.compile(r"(?<=[。！？”）)…])[ \t\xa0]*\u3000{2,}[ \t\xa0\u3000]*")
_FINAL: Final = "。！？!?…；：:"
_CLOSERS: Final = "”’」』》】）)\"'"
_LATIN: Final = re.compile(r"[A-Za-z0-9]")


@dataclass(slots=True)
class Paragraph:
    """One paragraph on its way to the record.

    ``repairs`` have spans in the paragraph's own characters; ``blank_lines`` stood before it; ``line`` is its
    first line in the source, from 1.
    """

    body: MappedText
    line: int
    blank_lines: int = 0
    indent: int = 0
    repairs: list[Repair] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.body.text


@dataclass(frozen=True, slots=True)
class Layout:
    """The paragraphs of a source, and how many characters were evened out to get them, by what they were."""

    paragraphs: list[Paragraph]
    invisible: int = 0
    indents: int = 0
    blanks: int = 0


def lay_out(source: MappedText, *, unwrap: bool = True) -> Layout:
    """Cut a source into its paragraphs: one a line, no blank lines, no indents, no invisible characters.

    With ``unwrap`` lines broken at a fixed width are put together. Linear in the length of the source.
    """
    paragraphs: list[Paragraph] = []
    invisible = indents = blanks = all_blanks = 0
    for number, raw in enumerate(_lines(source), 1):
        line, gone = _without_invisible(raw)
        invisible += gone
        if not line.text.strip():
            blanks += 1
            continue
        all_blanks += blanks
        indent = len(line.text) - len(line.text.lstrip())
        indents += len(line.text) - len(line.text.strip())
        for part in _parts(line):
            paragraphs.append(Paragraph(part, number, blanks, indent))
            blanks, indent = 0, 2
    if unwrap:
        paragraphs = _unwrap(paragraphs)
    return Layout(paragraphs, invisible, indents, all_blanks)


def _lines(source: MappedText) -> list[MappedText]:
    lines = []
    start = 0
    for match in _LINE_END.finditer(source.text):
        lines.append(source.cut(start, match.start()))
        start = match.end()
    lines.append(source.cut(start, len(source)))
    return lines


def _without_invisible(line: MappedText) -> tuple[MappedText, int]:
    if line.text.isprintable() and "_x000D_" not in line.text:
        return line, 0
    kept, start, gone = [], 0, 0
    for match in _INVISIBLE.finditer(line.text):
        kept.append(line.cut(start, match.start()))
        start = match.end()
        gone += len(match.group())
    return concatenate([*kept, line.cut(start, len(line))]), gone


def _parts(line: MappedText) -> list[MappedText]:
    parts, start = [], 0
    for match in _INNER_INDENT.finditer(line.text):
        parts.append(strip(line.cut(start, match.start())))
        start = match.end()
    parts.append(strip(line.cut(start, len(line))))
    return [part for part in parts if part.text]


def strip(line: MappedText) -> MappedText:
    """Take the white space from both ends."""
    text = line.text
    start = len(text) - len(text.lstrip())
    return line.cut(start, max(start, len(text.rstrip())))


def ends_sentence(text: str) -> bool:
    """Tell whether a paragraph ends as a sentence does: a final mark, perhaps with closing quotes or brackets."""
    bare = text.rstrip(_CLOSERS + _BLANK)
    return bare[-1:] in _FINAL if bare else True


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in text)


def _unwrap(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Join lines that a fixed line width cut: only where most lines are full and end in mid-sentence."""
    if len(paragraphs) < 6:
        return paragraphs
    widths = [_width(paragraph.text) if len(paragraph.text) <= 120 else 999 for paragraph in paragraphs]
    full = sorted(widths)[int(len(widths) * 0.8)]
    if not 16 <= full <= 160:
        return paragraphs
    is_full = [full * 0.85 <= width <= full * 1.15 for width in widths]
    cut = sum(f and not ends_sentence(p.text) for f, p in zip(is_full, paragraphs, strict=True))
    if cut < len(paragraphs) * 0.4:
        return paragraphs
    indented = sum(paragraph.indent >= 2 for paragraph in paragraphs) >= 2
    joined = [paragraphs[0]]
    for before, was_full, after, goes_on in zip(paragraphs, is_full, paragraphs[1:], is_full[1:], strict=False):
        new = after.blank_lines > 0 or (indented and after.indent >= 2) or _is_credit(before.text, after.text)
        # Behind a full stop a short line is a subhead; a full one goes on only where paragraphs are known by indents.
        ended = ends_sentence(before.text) and (not indented or not (goes_on or ends_sentence(after.text)))
        if not was_full or new or ended:
            joined.append(after)
        else:
            joined[-1] = join(joined[-1], after, "line wrapped at a fixed width")
    return joined


def _is_credit(before: str, after: str) -> bool:
    return is_byline(after) or is_dateline(after) or is_byline(before) or is_dateline(before)


def join(before: Paragraph, after: Paragraph, note: str, *, overlap: int = 0) -> Paragraph:
    """Put two halves of a paragraph together.

    ``overlap`` characters that both halves hold are kept once. A Latin word cut by a hyphen loses it, two Latin words
    get a space between them.
    """
    left, right = before.body, after.body.cut(overlap, len(after.body))
    glue = EMPTY
    if is_hyphenated(left.text, right.text):
        left = left.cut(0, len(left) - 1)
    elif _LATIN.match(left.text[-1:]) and _LATIN.match(right.text[:1]) and not overlap and " " in left.text[-24:]:
        glue = MappedText.insert(" ")
    place = len(left)
    shift = place + len(glue) - overlap
    repairs = [Repair(r.kind, (min(r.span[0], place), min(r.span[1], place)), r.note) for r in before.repairs]
    repairs.append(Repair("join", (place, place + len(glue)), note))
    if overlap:
        shared = after.text[:overlap]
        repairs.append(Repair("overlap", (place, place), f"“{shared}” stood at both ends and is kept once"))
    for r in after.repairs:
        repairs.append(Repair(r.kind, (max(place, r.span[0] + shift), max(place, r.span[1] + shift)), r.note))
    return Paragraph(concatenate([left, glue, right]), before.line, before.blank_lines, before.indent, repairs)


def remove(paragraph: Paragraph, spans: Sequence[Span], what: str) -> Paragraph:
    """Take characters out of a paragraph, and the white space that then stands at its ends; spans in text order."""
    body, text = paragraph.body, paragraph.text
    kept = [body.cut(end, start) for (_, end), (start, _) in pairwise([(0, 0), *spans, (len(text), len(text))])]
    joined = concatenate(kept)
    indent = len(joined.text) - len(joined.text.lstrip())
    rest = strip(joined)

    starts = [start for start, _ in spans]
    gone_before = [0, *accumulate(end - start for start, end in spans)]

    def moved(place: int) -> int:
        index = bisect_left(starts, place)
        inside = max(0, spans[index - 1][1] - place) if index else 0
        return max(0, min(place - gone_before[index] + inside - indent, len(rest)))

    drops = [
        Repair("drop", (moved(start), moved(start)), f"{what}: {shorten(text[start:end])}") for start, end in spans
    ]
    old = [Repair(r.kind, (moved(r.span[0]), moved(r.span[1])), r.note) for r in paragraph.repairs]
    repairs = sorted([*old, *drops], key=lambda repair: repair.span)
    return Paragraph(rest, paragraph.line, paragraph.blank_lines, paragraph.indent, repairs)


def shorten(text: str) -> str:
    """Give the text as a note quotes it."""
    return text if len(text) <= 40 else f"{text[:38]}…"


_HYPHENATED: Final = re.compile(r"[A-Za-z]{2}-$")
_LOWER: Final = re.compile(r"[a-z]{2,}")


def is_hyphenated(left: str, right: str) -> bool:
    """Tell whether a Latin word was cut by a hyphen at the end of ``left`` and goes on in ``right``."""
    return bool(_HYPHENATED.search(left[-40:]) and _LOWER.match(right))


def blank_lines_between(paragraphs: Sequence[Paragraph]) -> int:
    """Give the usual number of blank lines between two paragraphs (the median)."""
    blanks = sorted(paragraph.blank_lines for paragraph in paragraphs[1:])
    return blanks[len(blanks) // 2] if blanks else 0
