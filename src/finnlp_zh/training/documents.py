"""A labelled text as training sees it, whatever corpus it comes from, and its windows as arrays.

Corpora disagree in what they label. A document therefore says for each of its heads what may stand where: a label
may be one of several (``PERSON`` or ``OFFICIAL``), and where nothing is known everything may stand. The loss sums the
probability of all that is allowed (partial-label learning: Cour, Sapp and Taskar 2011, JMLR 12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.heads import Head
from finnlp_zh.encoder.windows import MAX_CHARACTERS, cut
from finnlp_zh.types import Span

Allowed = NDArray[np.uint64]
"""Per character a bit set of the labels that may stand there; 0 where nothing is known."""


class Marked(NamedTuple):
    """A span that carries one of ``types`` in a BMES or BIO head; ``("",)`` for bare labels."""

    head: str
    start: int
    end: int
    types: tuple[str, ...]


class Pooled(NamedTuple):
    """One training item of a head that is read over spans: a label number, or a 0/1 row for flags (-1: unknown)."""

    head: str
    spans: tuple[Span, ...]
    target: tuple[int, ...]


@dataclass(slots=True)
class Document:
    """A text with its labels.

    ``background`` gives for a head the labels that may stand where no span is marked; a head that is missing there is
    unknown outside its spans. ``labels`` gives a head's labels character by character (``A|B``: one of both, ``None``:
    unknown). ``edges`` are words of which only the outer edges are sure: inside, further cuts may stand. ``rooms``
    widen the background of a head to the labels in ``types`` between two offsets.
    """

    text: str
    spans: list[Marked] = field(default_factory=list)
    background: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pooled: list[Pooled] = field(default_factory=list)
    labels: dict[str, Sequence[str | None]] = field(default_factory=dict)
    edges: list[tuple[str, int, int]] = field(default_factory=list)
    rooms: list[Marked] = field(default_factory=list)


class Example(NamedTuple):
    """One window: its text, what each head may say, and its pooled items with spans inside the window."""

    text: str
    allowed: dict[str, Allowed]
    pooled: tuple[Pooled, ...]


def bits(head: Head, labels: Sequence[str]) -> int:
    """Give the bit set of the labels."""
    return sum(1 << head.labels.index(label) for label in labels)


def allowed_labels(document: Document, heads: Mapping[str, Head]) -> dict[str, Allowed]:
    """Give what each head may say at each character of the document."""
    rows: dict[str, Allowed] = {}
    for name, labels in document.background.items():
        rows[name] = np.full(len(document.text), bits(heads[name], labels), np.uint64)
    for room in document.rooms:
        rows[room.head][room.start : room.end] = bits(heads[room.head], room.types)
    for name, sequence in document.labels.items():
        known = {label: np.uint64(bits(heads[name], label.split("|"))) for label in set(sequence) if label is not None}
        rows[name] = np.array([known.get(label, 0) if label else 0 for label in sequence], np.uint64)
    for mark in document.spans:
        row = rows.setdefault(mark.head, np.zeros(len(document.text), np.uint64))
        _paint(row, mark, heads[mark.head])
    for name, start, end in document.edges:
        row = rows.setdefault(name, np.zeros(len(document.text), np.uint64))
        row[start], row[end - 1] = bits(heads[name], ["B", "S"]), bits(heads[name], ["E", "S"])
        if end - start == 1:
            row[start] = bits(heads[name], ["S"])
    return rows


def _paint(row: Allowed, mark: Marked, head: Head) -> None:
    closed = any(label.startswith("E") for label in head.labels)
    for place, start, end in _places(mark, closed=closed):
        names = [f"{place}-{kind}" if kind else place for kind in mark.types]
        row[start:end] = bits(head, names)


def _places(mark: Marked, *, closed: bool) -> list[tuple[str, int, int]]:
    start, end = mark.start, mark.end
    if not closed:
        return [("B", start, start + 1), ("I", start + 1, end)]
    if end - start == 1:
        return [("S", start, end)]
    return [("B", start, start + 1), ("M", start + 1, end - 1), ("E", end - 1, end)]


def examples(document: Document, heads: Mapping[str, Head], *, limit: int = MAX_CHARACTERS) -> list[Example]:
    """Give the document's windows, cut as the encoder cuts articles."""
    rows = allowed_labels(document, heads)
    found = []
    for window in cut(document.text, limit=limit):
        start, end = window.start, window.end
        items = []
        for item in document.pooled:
            inside = tuple(
                (max(left, start) - start, min(right, end) - start)
                for left, right in item.spans
                if left < end and right > start
            )
            if inside:
                items.append(Pooled(item.head, inside, item.target))
        allowed = {name: row[start:end] for name, row in rows.items()}
        found.append(Example(document.text[start:end], allowed, tuple(items)))
    return found


def substitute(document: Document, replacements: Sequence[tuple[int, int, str]]) -> Document:
    """Give the document with the spans ``(start, end, text)`` replaced; they must not overlap.

    Spans that end inside a replaced one move to its edges; per-character labels cannot be kept and are dropped.
    """
    order = sorted(replacements)
    moved = np.zeros(len(document.text) + 1, np.int64)
    pieces, at, shift = [], 0, 0
    for start, end, new in order:
        pieces += [document.text[at:start], new]
        moved[at : start + 1] = np.arange(at, start + 1) + shift
        shift += len(new) - (end - start)
        moved[start + 1 : end] = end + shift
        at = end
    pieces.append(document.text[at:])
    moved[at:] = np.arange(at, len(document.text) + 1) + shift

    def move(start: int, end: int) -> Span:
        return int(moved[start]), int(moved[end])

    spans, rooms = (
        [Marked(mark.head, *move(mark.start, mark.end), mark.types) for mark in marks]
        for marks in (document.spans, document.rooms)
    )
    pooled = [Pooled(item.head, tuple(move(*span) for span in item.spans), item.target) for item in document.pooled]
    spans = [mark for mark in spans if mark.start < mark.end]
    return Document("".join(pieces), spans, document.background, pooled, rooms=rooms)
