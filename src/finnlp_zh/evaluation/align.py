"""Bring a predicted record onto the offsets of the gold text that it is scored against.

Reading may drop junk, join lines and move paragraphs, so that the predicted text differs from the gold text. Offsets
are carried over by the record's ``source_map`` where the gold text is the source, else by copying runs of equal
characters (greedy, linear, moved passages included).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from difflib import SequenceMatcher

import msgspec

from finnlp_zh.types import Record, Span

NOWHERE: Span = (-1, -1)
"""Where a predicted span lies that shows no character of the gold text: it matches nothing."""

_GRAM = 8  # characters that must agree before a run is trusted
_GAP = 400  # longest unmatched stretch that is aligned character by character
_SLACK = 40  # characters of junk that a mapped span may take in before it is cut to its longest run


class Alignment:
    """For every character of the predicted text, the gold offset of the same character, or -1."""

    def __init__(self, offsets: array[int]) -> None:
        self._offsets = offsets

    def coverage(self) -> float:
        """Give the share of predicted characters that the gold text has."""
        return 1.0 if not self._offsets else sum(offset >= 0 for offset in self._offsets) / len(self._offsets)

    def span(self, span: Span) -> Span:
        """Give the gold span of a predicted one: from its first to its last character that gold has."""
        found = [offset for offset in self._offsets[span[0] : span[1]] if offset >= 0]
        if not found:
            return NOWHERE
        start, end = found[0], found[-1] + 1
        if 0 < end - start <= 2 * (span[1] - span[0]) + _SLACK:
            return start, end
        return _longest_run(found)


def align(predicted: Record, gold_text: str) -> Alignment:
    """Align the predicted record's text with ``gold_text``."""
    text = predicted.text
    if text == gold_text:
        return Alignment(array("q", range(len(text))))
    offsets = _by_source_map(predicted, gold_text)
    return Alignment(offsets if offsets is not None else _by_runs(text, gold_text))


def project(predicted: Record, gold_text: str) -> Record:
    """Give the predicted record with every span, sentence to evidence, on the offsets of ``gold_text``.

    Mention and claim texts stay as predicted, so the result need not pass `types.check`.
    """
    if predicted.text == gold_text:
        return predicted
    alignment = align(predicted, gold_text)
    move = alignment.span

    def move_all(spans: Iterable[Span]) -> list[Span]:
        return [move(span) for span in spans]

    def move_one(span: Span | None) -> Span | None:
        return None if span is None else move(span)

    replace = msgspec.structs.replace
    entities = [
        replace(
            entity,
            titles=move_all(entity.titles),
            mentions=[replace(mention, span=move(mention.span)) for mention in entity.mentions],
        )
        for entity in predicted.entities
    ]
    quotes = [
        replace(
            quote,
            content=move_all(quote.content),
            continuation=move_all(quote.continuation),
            cue=move_one(quote.cue),
            document=move_one(quote.document),
            speaker=quote.speaker and replace(quote.speaker, span=move_one(quote.speaker.span)),
            stance=quote.stance and replace(quote.stance, target=move_one(quote.stance.target)),
        )
        for quote in predicted.quotes
    ]
    claims = [
        replace(
            claim,
            span=move(claim.span),
            metric=move_one(claim.metric),
            subject=claim.subject and replace(claim.subject, span=move_one(claim.subject.span)),
            period=claim.period and replace(claim.period, span=move_one(claim.period.span)),
        )
        for claim in predicted.claims
    ]
    risks = [replace(risk, sentence=move(risk.sentence), evidence=move_all(risk.evidence)) for risk in predicted.risks]
    return replace(
        predicted,
        text=gold_text,
        source_map=[],
        repairs=[],
        tokens=[],
        title=move_one(predicted.title),
        byline=move_all(predicted.byline),
        dateline=move_one(predicted.dateline),
        sentences=move_all(predicted.sentences),
        titles=move_all(predicted.titles),
        entities=entities,
        quotes=quotes,
        claims=claims,
        risks=risks,
    )


def _longest_run(offsets: list[int]) -> Span:
    best = (offsets[0], offsets[0] + 1)
    start = offsets[0]
    for before, offset in zip(offsets, [*offsets[1:], -2], strict=True):
        if offset != before + 1:
            if before + 1 - start > best[1] - best[0]:
                best = (start, before + 1)
            start = offset
    return best


def _by_source_map(predicted: Record, gold_text: str) -> array[int] | None:
    """Offsets by the record's own map, or None where the gold text is not the source that it maps to."""
    if not predicted.source_map:
        return None
    offsets = array("q", [-1]) * len(predicted.text)
    for start, end, source in predicted.source_map:
        if gold_text[source : source + end - start] != predicted.text[start:end]:
            return None
        offsets[start:end] = array("q", range(source, source + end - start))
    return offsets


def _by_runs(text: str, gold_text: str) -> array[int]:
    grams: dict[str, list[int]] = {}
    for at in range(len(gold_text) - _GRAM + 1):
        places = grams.setdefault(gold_text[at : at + _GRAM], [])
        if len(places) < 32:  # junk that repeats endlessly must not make the search quadratic
            places.append(at)
    offsets = array("q", [-1]) * len(text)
    at, expected = 0, 0
    while at <= len(text) - _GRAM:
        places = grams.get(text[at : at + _GRAM], [])
        if not places:
            at += 1
            continue
        source = min(places, key=lambda place: (place < expected, abs(place - expected)))
        length = _GRAM
        while (
            at + length < len(text)
            and source + length < len(gold_text)
            and text[at + length] == gold_text[source + length]
        ):
            length += 1
        offsets[at : at + length] = array("q", range(source, source + length))
        at, expected = at + length, source + length
    _fill_gaps(offsets, text, gold_text)
    return offsets


def _fill_gaps(offsets: array[int], text: str, gold_text: str) -> None:
    """Align the short stretches between runs with the gold text beside those runs."""
    at = 0
    while at < len(text):
        if offsets[at] >= 0:
            at += 1
            continue
        end = at
        while end < len(text) and offsets[end] < 0:
            end += 1
        if end - at <= _GAP:
            blocks = max(
                (_equal_blocks(text[at:end], gold_text, window) for window in _windows(offsets, at, end, gold_text)),
                key=lambda found: sum(size for _, _, size in found),
            )
            for start, source, size in blocks:
                offsets[at + start : at + start + size] = array("q", range(source, source + size))
        at = end


def _windows(offsets: array[int], at: int, end: int, gold_text: str) -> list[Span]:
    """Where in gold the stretch [at, end) may lie: between its neighbours, else right after or before one of them."""
    before = offsets[at - 1] + 1 if at else 0
    after = offsets[end] if end < len(offsets) else len(gold_text)
    if 0 <= after - before <= _GAP:
        return [(before, after)]
    reach = end - at + _SLACK
    return [(before, min(before + reach, len(gold_text))), (max(after - reach, 0), after)]


def _equal_blocks(part: str, gold_text: str, window: Span) -> list[tuple[int, int, int]]:
    low, high = window
    blocks = SequenceMatcher(None, part, gold_text[low:high], autojunk=False).get_matching_blocks()
    # A lone character in common is chance, unless the stretch is that short itself.
    return [(block.a, low + block.b, block.size) for block in blocks if block.size >= min(2, len(part))]
