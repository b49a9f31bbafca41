"""Phrase patterns as data: sequences of word classes, found in one Aho-Corasick pass and with bounded gaps.

A pattern is a sequence of elements. An element is ``@class`` (a row of the words table), words split by ``|``, or one
of the number forms ``#number``, ``#percent``, ``#large`` (ten percent and more),
``#marked`` (two percent and more), ``#tenths``, ``#negative``. Elements follow each other within a clause (up to 12
characters between them); ``+`` between two elements asks that they touch; ``~`` lets the gap cross commas (up to 40
characters). Square brackets mark the elements that show what the pattern means, else the whole match does. The gap may
hold no word of the book's blocking classes (``@rise`` in 净利润增长，成本下降 keeps the profit from falling).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import ahocorasick

from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Span

NEAR: Final = 12
FAR: Final = 40
_CLAUSE_BREAKS: Final = re.compile("[，。；！？：,;!?:\n\u3000]")
_SENTENCE_BREAKS: Final = re.compile("[。；！？;!?\n]")
_NUMBERS: Final = {
    "#number": re.compile(r"\d[\d,.]*(?:万亿|亿|万)?(?:个百分点|%|％|[美港欧日韩加澳]?元|英镑|个基点|倍)?"),
    "#percent": re.compile(r"[-－−]?\d[\d,.]*(?:个百分点|%|％)"),
    "#large": re.compile(r"[1-9]\d+(?:\.\d+)?(?:%|％)"),
    "#marked": re.compile(r"(?:[2-9]|[1-9]\d+)(?:\.\d+)?(?:%|％)"),
    "#tenths": re.compile(r"[近逾超约]?[一二两三四五六七八九]成"),
    # A dash between two figures is a range, not a sign.
    "#negative": re.compile(r"(?<![\d%％元亿万年月日倍个])[-－−—]\s?\d[\d,.]*(?:万亿|亿|万)?(?:%|％|元|美元|港元)?"),
}


class Hit(NamedTuple):
    """A word of a class in the text."""

    start: int
    end: int


class Element(NamedTuple):
    """One place of a pattern: the class it asks for, how far it may lie from the one before, whether it is evidence."""

    name: str
    gap: int
    crosses: bool
    shows: bool


class Pattern(NamedTuple):
    """A sequence of elements; ``label`` is whatever the caller finds by it."""

    label: int
    elements: tuple[Element, ...]


class Match(NamedTuple):
    """A pattern found: its label, all it covers, and the part that shows it."""

    label: int
    start: int
    end: int
    evidence: Span


class Sightings:
    """Where each word class stands in one text, in reading order, masked words left out."""

    def __init__(self, text: str, hits: Mapping[str, list[Hit]]) -> None:
        self.text = text
        self._hits = hits
        self._starts: dict[str, list[int]] = {}
        self._breaks: dict[bool, list[int]] = {}

    def of(self, name: str) -> list[Hit]:
        """Give the hits of a class."""
        return self._hits.get(name, [])

    def within(self, name: str, start: int, end: int) -> list[Hit]:
        """Give the hits of a class that begin in ``[start, end)``."""
        hits = self._hits.get(name)
        if not hits:
            return []
        starts = self._starts.get(name)
        if starts is None:
            starts = self._starts[name] = [hit.start for hit in hits]
        return hits[bisect_left(starts, start) : bisect_left(starts, end)]

    def clause(self, start: int, end: int) -> Span:
        """Give the clause around ``[start, end)``: from after the mark before it to the mark after it."""
        self.next_break(start, False)
        breaks = self._breaks[False]
        before = bisect_left(breaks, start) - 1
        return (breaks[before] + 1 if before >= 0 else 0), self.next_break(end, False)

    def next_break(self, place: int, crosses: bool) -> int:
        """Give where the clause (the sentence, if ``crosses``) that holds ``place`` ends."""
        breaks = self._breaks.get(crosses)
        if breaks is None:
            marks = _SENTENCE_BREAKS if crosses else _CLAUSE_BREAKS
            breaks = self._breaks[crosses] = [match.start() for match in marks.finditer(self.text)]
        at = bisect_left(breaks, place)
        return breaks[at] if at < len(breaks) else len(self.text)


class PhraseBook:
    """Word classes and the patterns over them, compiled for one pass over a text.

    Args:
        classes: Class name → its words. The class ``mask`` holds words inside which no other word counts
            (解除质押 hides 质押); a masking word may itself be a word of other classes.
        patterns: Pattern text by label; labels are the caller's own numbers.
        blocking: Classes whose words may not stand in a gap.
    """

    def __init__(
        self, classes: Mapping[str, Iterable[str]], patterns: Iterable[tuple[int, str]], *, blocking: Iterable[str] = ()
    ) -> None:
        self._classes = {f"@{name}": set(words) for name, words in classes.items()}
        self._blocking = tuple(f"@{name}" for name in blocking)
        self._first: dict[str, list[Pattern]] = {}
        for label, source in patterns:
            pattern = Pattern(label, tuple(self._elements(source)))
            self._first.setdefault(pattern.elements[0].name, []).append(pattern)
        self._automaton = self._build()

    def sight(self, text: str) -> Sightings:
        """Find every word of every class."""
        raw: list[tuple[int, int, tuple[str, ...]]] = []
        masks: list[Span] = []
        for last, (length, names) in self._automaton.iter(text):
            start = last + 1 - length
            if names[0] == "@mask":
                masks.append((start, last + 1))
                names = names[1:]  # noqa: PLW2901 - what else the masking word is
            if names:
                raw.append((start, last + 1, names))
        hidden = _Cover(masks)
        hits: dict[str, list[Hit]] = {}
        for start, end, names in raw:
            if not hidden.covers(start, end):
                for name in names:
                    hits.setdefault(name, []).append(Hit(start, end))
        for found in hits.values():
            found.sort()
        return Sightings(text, hits)

    def match(self, sightings: Sightings) -> Iterator[Match]:
        """Give every pattern that the sightings complete, each once for each place where it begins."""
        for name, patterns in self._first.items():
            for hit in sightings.of(name):
                for pattern in patterns:
                    found = self._follow(pattern, hit, sightings)
                    if found is not None:
                        yield found

    def _follow(self, pattern: Pattern, first: Hit, sightings: Sightings) -> Match | None:
        places = [first]
        for element in pattern.elements[1:]:
            place = self._next(element, places[-1].end, sightings)
            if place is None:
                return None
            places.append(place)
        shown = [place for element, place in zip(pattern.elements, places, strict=True) if element.shows]
        evidence = (shown[0].start, shown[-1].end)
        return Match(pattern.label, first.start, places[-1].end, evidence)

    def _next(self, element: Element, after: int, sightings: Sightings) -> Hit | None:
        number = _NUMBERS.get(element.name)
        # Most patterns end here: look for the word before measuring the gap.
        candidates = [] if number else sightings.within(element.name, after, after + element.gap + 1)
        if not number and not candidates:
            return None
        limit = min(after + element.gap, sightings.next_break(after, element.crosses))
        if element.gap:
            for name in self._blocking:
                for blocker in sightings.within(name, after, limit):
                    limit = blocker.start
                    break
        if number:
            found = number.search(sightings.text, after, min(limit + 24, len(sightings.text)))
            return Hit(found.start(), found.end()) if found and found.start() <= limit else None
        nearest = candidates[0]
        if nearest.start > limit:
            return None
        # Of words that begin together the longest says most.
        for hit in candidates[1:]:
            if hit.start == nearest.start:
                nearest = hit
        return nearest

    def _elements(self, source: str) -> Iterator[Element]:
        gap, crosses, shows = NEAR, False, "[" not in source
        for token in source.replace("[", " [ ").replace("]", " ] ").split():
            if token == "~":
                gap, crosses = FAR, True
            elif token == "+":
                gap, crosses = 0, False
            elif token in "[]":
                shows = token == "["
            else:
                yield Element(self._class_of(token, source), gap, crosses, shows)
                gap, crosses = NEAR, False

    def _class_of(self, token: str, source: str) -> str:
        if token[0] == "#":
            if token not in _NUMBERS:
                raise ResourceError(f"pattern {source!r}: no number form is called {token}")
            return token
        if token[0] == "@":
            if token not in self._classes:
                raise ResourceError(f"pattern {source!r}: no word class is called {token}")
            return token
        self._classes.setdefault(token, set(token.split("|")))
        return token

    def _build(self) -> ahocorasick.Automaton:
        names: dict[str, list[str]] = {}
        # The mask comes first so that `sight` sees it at a glance.
        for name in sorted(self._classes, key=lambda name: (name != "@mask", name)):
            for word in sorted(self._classes[name]):
                names.setdefault(word, []).append(name)
        automaton = ahocorasick.Automaton()
        for word, classes in names.items():
            automaton.add_word(word, (len(word), tuple(classes)))
        automaton.make_automaton()
        return automaton


class _Cover:
    """Whether a span lies within a larger one of some spans, in logarithmic time."""

    def __init__(self, spans: list[Span]) -> None:
        spans.sort()
        self._starts = [start for start, _ in spans]
        self._reach: list[int] = []
        for _, end in spans:
            self._reach.append(max(end, self._reach[-1]) if self._reach else end)

    def covers(self, start: int, end: int) -> bool:
        if not self._starts:
            return False
        earlier = bisect_left(self._starts, start) - 1
        if earlier >= 0 and self._reach[earlier] >= end:
            return True
        together = bisect_right(self._starts, start) - 1
        return together >= 0 and self._reach[together] > end


def read_classes(table: str) -> dict[str, list[str]]:
    """Read a words table of the package: ``class TAB word word …``, a class may take several rows."""
    classes: dict[str, list[str]] = {}
    for number, cells in rows(table):
        if len(cells) != 2 or not cells[1].strip():
            raise ResourceError(f"{table}, line {number}: a class name and its words are due")
        classes.setdefault(cells[0], []).extend(cells[1].split())
    return classes


def rows(table: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a tab-separated table with their line numbers, comments left out.

    ``table`` is the name of a table of the package or the path of a user's own. Raises `ResourceError` where a path
    cannot be read.
    """
    try:
        text = (files(__package__) / table if isinstance(table, str) else table).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResourceError(f"{table}: cannot be read as UTF-8 text: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split("\t")
