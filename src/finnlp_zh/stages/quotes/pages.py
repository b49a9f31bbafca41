"""Pages set in narrow columns: the line ends that fall inside sentences are taken out, and spans are brought back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace

from finnlp_zh.encoder.features import Features
from finnlp_zh.types import Entity, Quote, Record, Span

# A page set in columns: at least so many lines, of nearly the same width within these bounds, in full-width characters.
_MANY_LINES: Final = 8
_NARROWEST: Final = 12
_WIDEST: Final = 45
_RAGGED: Final = 2.5
_STOPS: Final = frozenset("。！？”：；")
_LATIN: Final = re.compile(r"[A-Za-z0-9]\n[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Page:
    """An article as the rules read it, with the way back: ``origin[i]`` is where its character ``i`` stood."""

    doc: Record
    features: Features
    origin: list[int] | None = None  # None: the article is read as it is

    @classmethod
    def of(cls, doc: Record, features: Features) -> Page:
        """Give the article with its lines joined where they break sentences, so that 表⏎示 is one word again."""
        breaks = _breaks(doc.text)
        spaced = {at for at in breaks if _LATIN.match(doc.text, at - 1)}
        dropped = {at for at in breaks if at not in spaced}
        if not breaks:
            return cls(doc, features)
        origin = [at for at in range(len(doc.text)) if at not in dropped]
        text = "".join(" " if at in spaced else doc.text[at] for at in origin)
        place = np.searchsorted(origin, np.arange(len(doc.text) + 1)).tolist()

        def moved(spans: Iterable[Span]) -> list[Span]:
            return [(place[start], place[end]) for start, end in spans]

        entities = [_moved_entity(entity, moved, text) for entity in doc.entities]
        logits = {head: rows[origin] for head, rows in features.logits.items()}
        joined = replace(doc, text=text, sentences=[], entities=entities, titles=moved(doc.titles))
        return cls(joined, Features(logits, features.labels), origin)

    def back(self, spans: Iterable[Span]) -> list[Span]:
        """Give spans of the joined text as spans of the article."""
        origin = self.origin
        if origin is None:
            return list(spans)
        return [(origin[start], origin[end - 1] + 1) for start, end in spans]

    def back_one(self, span: Span | None) -> Span | None:
        """Give one span of the article, or None."""
        return None if span is None else self.back([span])[0]

    def entities(self, entities: list[Entity], text: str) -> list[Entity]:
        """Give entities of the joined text as entities of the article, whose words are ``text``."""
        return entities if self.origin is None else [_moved_entity(entity, self.back, text) for entity in entities]

    def quotes(self, quotes: list[Quote]) -> list[Quote]:
        """Give quotes of the joined text as quotes of the article."""
        if self.origin is None:
            return quotes
        return [
            replace(
                quote,
                content=self.back(quote.content),
                cue=self.back_one(quote.cue),
                document=self.back_one(quote.document),
                continuation=self.back(quote.continuation),
                speaker=quote.speaker and replace(quote.speaker, span=self.back_one(quote.speaker.span)),
            )
            for quote in quotes
        ]


def _moved_entity(entity: Entity, moved: Callable[[Iterable[Span]], list[Span]], text: str) -> Entity:
    spans = moved(mention.span for mention in entity.mentions)
    mentions = [
        replace(mention, span=(start, end), text=text[start:end])
        for mention, (start, end) in zip(entity.mentions, spans, strict=True)
    ]
    return replace(entity, titles=moved(entity.titles), mentions=mentions)


def _breaks(text: str) -> list[int]:
    """Give the places of the line ends of a page set in narrow columns that fall inside sentences."""
    lines = text.split("\n")
    widths = [_width(line) for line in lines]
    filled = sorted(width for width in widths if width >= _NARROWEST)
    column = filled[len(filled) * 3 // 4] if filled else 0
    ends_open = [
        abs(column - width) <= _RAGGED and line[-1:] not in _STOPS for line, width in zip(lines, widths, strict=True)
    ]
    if len(filled) < _MANY_LINES or column > _WIDEST or sum(ends_open) < len(filled) / 2:
        return []
    breaks = []
    at = 0
    for number, line in enumerate(lines[:-1]):
        at += len(line)
        following = lines[number + 1]
        if ends_open[number] and following.strip() and not following[0].isspace():
            breaks.append(at)
        at += 1
    return breaks


def _width(line: str) -> float:
    """Give a line's width in full-width characters."""
    return sum(1.0 if char > "\u2e7f" else 0.5 for char in line)
