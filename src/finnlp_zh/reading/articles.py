"""From one raw article or file to records: laid out, taken apart, freed of junk, mended, with header and map."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Final

from finnlp_zh.errors import ResourceError
from finnlp_zh.reading.formats import RawArticle
from finnlp_zh.reading.header import Header, find_header
from finnlp_zh.reading.inputs import ReadOptions
from finnlp_zh.reading.junk import drop_junk
from finnlp_zh.reading.layout import Layout, Paragraph, lay_out
from finnlp_zh.reading.mapped import MappedText, concatenate
from finnlp_zh.reading.repair import mend
from finnlp_zh.reading.split import split_articles
from finnlp_zh.types import Record, Repair, Span

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Made:
    """An article without its place in a file: what `Record` holds but for ``doc_id`` and ``source``."""

    body: MappedText
    repairs: list[Repair]
    header: Header
    offsets: list[int]
    warnings: list[str]

    def record(self, doc_id: str) -> Record:
        """Give the record."""
        place = self._place
        header = self.header
        return Record(
            doc_id,
            self.body.text,
            source_map=list(self.body.runs),
            repairs=self.repairs,
            title=place(header.title) if header.title else None,
            byline=[place(found) for found in header.byline],
            dateline=place(header.dateline) if header.dateline else None,
            published=header.published,
            warnings=self.warnings,
        )

    def _place(self, found: tuple[int, int, int]) -> Span:
        paragraph, start, end = found
        return self.offsets[paragraph] + start, self.offsets[paragraph] + end


def make_articles(raw: RawArticle, options: ReadOptions, *, names: Sequence[str] = (), split: bool) -> Iterator[Made]:
    """Make articles of what a format gave: several where ``split`` and the text holds several, none where it is blank.

    ``names`` (the file's name) may tell the day of publication.
    """
    raw = _without_surrogates(raw)
    source, notes = _source(raw, options)
    warnings = []
    if raw.replaced:
        warnings.append(f"{raw.replaced} characters did not decode and are replaced by U+FFFD")
    if (before := raw.text.count("\ufffd") - raw.replaced) > 0:
        warnings.append(f"{before} characters were lost before the file was written: it holds U+FFFD itself")
    layout = lay_out(source)
    parts = split_articles(layout.paragraphs) if split else [layout.paragraphs]
    for part in parts:
        if part:
            yield _make(raw, part, layout, options, names, notes, warnings)


def _without_surrogates(raw: RawArticle) -> RawArticle:
    """Replace halves of surrogate pairs, which JSON can spell and no encoding can write."""
    if raw.body is not None:  # taken from a decoded file, which has none
        return raw
    text, number = _SURROGATE.subn("\ufffd", raw.text)
    title, more = _SURROGATE.subn("\ufffd", raw.title or "")
    if not number + more:
        return raw
    return replace(raw, text=text, title=title or None, replaced=raw.replaced + number)


def _make(
    raw: RawArticle,
    paragraphs: list[Paragraph],
    layout: Layout,
    options: ReadOptions,
    names: Sequence[str],
    notes: Sequence[Repair],
    warnings: Sequence[str],
) -> Made:
    paragraphs = _with_title(raw.title, paragraphs)
    lost: list[str] = []
    if options.repair:
        paragraphs = drop_junk(paragraphs)
        header = _header(raw, paragraphs, names)
        mended = mend(paragraphs, fixed=header.lines)
        paragraphs, lost = mended.paragraphs, mended.warnings
    header = _header(raw, paragraphs, names)
    offsets: list[int] = []
    whole = sum(len(paragraph.body) + 1 for paragraph in paragraphs) - 1
    repairs = [Repair(r.kind, (0, whole if r.span[1] else 0), r.note) for r in notes]
    parts: list[MappedText] = []
    length = 0
    for paragraph in paragraphs:
        if parts:
            parts.append(_line_break(parts[-1], raw.text))
            length += 1
        offsets.append(length)
        repairs += [Repair(r.kind, (r.span[0] + length, r.span[1] + length), r.note) for r in paragraph.repairs]
        parts.append(paragraph.body)
        length += len(paragraph.body)
    body = concatenate(parts)
    repairs += _evened_out(body, repairs, layout)
    return Made(body, sorted(repairs, key=lambda r: r.span), header, offsets, [*warnings, *lost])


def _line_break(before: MappedText, source: str) -> MappedText:
    """Give the line break after a paragraph: the source's own where one stands there, else one that is put in."""
    last = before.source_of(len(before) - 1)
    if last is not None and source[last + 1 : last + 2] == "\n":
        return MappedText("\n", ((0, 1, last + 1),))
    return MappedText.insert("\n")


def _evened_out(body: MappedText, repairs: Sequence[Repair], layout: Layout) -> list[Repair]:
    """Give the repair that accounts for white space: what was left out, and line breaks that were put in."""
    put_in, end = [], 0
    for start, stop, _ in [*body.runs, (len(body), len(body), 0)]:
        if start > end and not any(r.span[0] <= end and start <= r.span[1] for r in repairs):
            put_in.append((end, start))
        end = stop
    left_out = [
        f"{number} {what}"
        for number, what in (
            (layout.blanks, "blank lines"),
            (layout.indents, "characters of indent"),
            (layout.invisible, "characters without a shape"),
        )
        if number
    ]
    if not put_in and not left_out:
        return []
    span = (put_in[0][0], put_in[-1][1]) if put_in else (0, 0)
    notes = [f"{', '.join(left_out)} left out"] if left_out else []
    if put_in:
        notes.append(f"line breaks put in: {len(put_in)}")
    return [Repair("normalise", span, "; ".join(notes))]


def _header(raw: RawArticle, paragraphs: Sequence[Paragraph], names: Sequence[str]) -> Header:
    texts = [paragraph.text for paragraph in paragraphs]
    return find_header(texts, published=raw.published, names=names, url=raw.url)


def _with_title(title: str | None, paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Put the headline from a field of its own before the text, unless the text begins with it."""
    bare = "".join((title or "").split())
    head = "".join(paragraph.text for paragraph in paragraphs[:2])
    if not bare or bare in "".join(head.split()):
        return paragraphs
    line = " ".join((title or "").split())
    repair = Repair("normalise", (0, len(line)), "the headline, from a field of its own")
    return [Paragraph(MappedText.insert(line), 0, repairs=[repair]), *paragraphs]


def _source(raw: RawArticle, options: ReadOptions) -> tuple[MappedText, list[Repair]]:
    """Give the text without mark-up and, if wanted, in Simplified characters, mapped to the source."""
    source = MappedText.copy(raw.text) if raw.body is None else raw.body
    notes = []
    if raw.left_out:
        bounds = [0, *(place for span in raw.left_out for place in span), len(raw.text)]
        source = concatenate(source.cut(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=True))
        notes.append(Repair("drop", (0, 0), f"{len(raw.left_out)} marks of Markdown"))
    if options.traditional:
        source, changed = simplify(source)
        if changed:
            notes.append(Repair("normalise", (0, -1), f"{changed} Traditional characters written as Simplified"))
    return source, notes


def simplify(source: MappedText) -> tuple[MappedText, int]:
    """Write Traditional characters as Simplified (OpenCC t2s); what changed is in no run of the map.

    Gives the text and how many characters changed. Raises `ResourceError` where OpenCC is not installed.
    """
    parts, changed, at = [], 0, 0
    for line in source.text.splitlines(keepends=True):
        simple = _converter().convert(line)
        part = source.cut(at, at + len(line))
        at += len(line)
        if simple == line:
            parts.append(part)
            continue
        for start, end, other_start, other_end, same in _differences(line, simple):
            parts.append(part.cut(start, end) if same else MappedText.insert(simple[other_start:other_end]))
            changed += 0 if same else end - start
    return concatenate(parts), changed


def _differences(before: str, after: str) -> Iterator[tuple[int, int, int, int, bool]]:
    """Give the stretches of two lines side by side, and whether they are the same."""
    if len(before) == len(after):
        # OpenCC keeps the length but for rare phrases.
        start = 0
        for place in range(1, len(before) + 1):
            here = before[place - 1] == after[place - 1]
            if place == len(before) or (before[place] == after[place]) != here:
                yield start, place, start, place, here
                start = place
        return
    for tag, start, end, other_start, other_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield start, end, other_start, other_end, tag == "equal"


@cache
def _converter() -> Any:
    try:
        import opencc  # an extra
    except ImportError as error:
        raise ResourceError("--traditional needs OpenCC: pip install 'finnlp-zh[traditional]'") from error
    return opencc.OpenCC("t2s")
