"""An article as quotation rules read it: brackets and titles masked, quotation marks paired, words of speech found."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from finnlp_zh.resources.cues import CueEntry, DocumentEntry, SpeakerEntry, speech_automaton
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.types import Entity, Record, Span

ASIDE: Final = "\ufff0"  # stands for every character of a bracketed aside: (300041.SZ)
TERM: Final = "\ufff2"  # stands for the quotation marks around a term inside a clause: 在“改革论坛”上
TITLE: Final = "\ufff1"  # stands for every character of a title, its brackets included: 《…》

OPENING: Final = "“「『"
CLOSING: Final = "”」』"

_ASIDE: Final = re.compile(r"[（(\[][^（()）\[\]\n]{0,80}[)）\]]")
_TITLE: Final = re.compile(r"《[^《》\n]{1,120}》")
_TERM: Final = re.compile(r"(?<=[^\s，。；：！？、])[“「]([^“”「」，。；：！？\n]{1,24})[”」](?=[^\s，。；：！？,.:;])")
_HEADLINE: Final = re.compile(r"^[^。\n]{6,80}(?<![。；”）)：，])$", re.MULTILINE)
_GAP_IN_HEADLINE: Final = re.compile(r"(?<![A-Za-z0-9.,])[ \t]|[ \t](?![A-Za-z0-9])")
_OPENING: Final = {"“": "”", "「": "」", "『": "』", "‘": "’"}
_CLOSING: Final = {close: open_ for open_, close in _OPENING.items()}
_LINE_END: Final = re.compile("\n")
_MARKS: Final = re.compile("[“”「」『』‘’\n]")
_LONGEST_CLAUSE: Final = 300
_CLAUSE_MARKS: Final = frozenset("，,。；;：:！？!?\n“”「」…丨|】【　")


@dataclass(frozen=True, slots=True)
class CueHit:
    """A reporting word where it stands."""

    start: int
    end: int
    entry: CueEntry


@dataclass(frozen=True, slots=True)
class SpeakerHit:
    """The head noun or pronoun of an unnamed speaker where it stands."""

    start: int
    end: int
    entry: SpeakerEntry


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """A noun (or a masked title) that names a speaking text, where it stands."""

    start: int
    end: int
    entry: DocumentEntry | None


@dataclass(frozen=True, slots=True)
class Name:
    """A named mention of the record, with the place of its entity in the record's list."""

    start: int
    end: int
    entity: int


class Passage:
    """One article's text with what the rules look up in it, computed once, each in linear time."""

    def __init__(self, doc: Record) -> None:
        self.doc = doc
        self.text = doc.text
        self.entities: list[Entity] = doc.entities
        self.masked = _masked(self.text)
        self.sentences: list[Span] = list(doc.sentences) or split_sentences(self.text)
        self._starts = [start for start, _ in self.sentences]
        self._line_ends = [match.start() for match in _LINE_END.finditer(self.text)]

    @cached_property
    def names(self) -> list[Name]:
        """The named mentions in text order, overlaps left out."""
        named = sorted(
            (mention.span[0], -mention.span[1], number)
            for number, entity in enumerate(self.entities)
            for mention in entity.mentions
            if mention.kind in ("name", "alias")
        )
        names: list[Name] = []
        for start, minus_end, number in named:
            if not names or start >= names[-1].end:
                names.append(Name(start, -minus_end, number))
        return names

    @cached_property
    def _hits(self) -> tuple[list[CueHit], list[SpeakerHit], list[DocumentHit]]:
        cues: list[CueHit] = []
        speakers: list[SpeakerHit] = []
        documents: list[DocumentHit] = []
        for last, (length, cue, speaker, document) in speech_automaton().iter(self.masked):
            end = last + 1
            start = end - length
            if cue is not None:
                _push(cues, CueHit(start, end, cue))
            if speaker is not None:
                _push(speakers, SpeakerHit(start, end, speaker))
            if document is not None:
                _push(documents, DocumentHit(start, end, document))
        return cues, speakers, documents

    @property
    def cues(self) -> list[CueHit]:
        """The reporting words, the longest where they overlap, in text order."""
        return self._hits[0]

    @property
    def speakers(self) -> list[SpeakerHit]:
        """The heads of unnamed speakers, the longest where they overlap, in text order."""
        return self._hits[1]

    @cached_property
    def documents(self) -> list[DocumentHit]:
        """The document nouns and the 《》 titles, in text order."""
        titles = [DocumentHit(match.start(), match.end(), None) for match in _TITLE.finditer(self.text)]
        return sorted([*self._hits[2], *titles], key=lambda hit: hit.start)

    @cached_property
    def pairs(self) -> dict[int, int]:
        """Opening quotation mark → the position of its closing one; a mark without its partner is healed or left out.

        A mark that is never closed ends with its paragraph.
        """
        pairs: dict[int, int] = {}
        stack: list[int] = []
        open_marks = dict.fromkeys(_OPENING, 0)
        for match in _MARKS.finditer(self.text):
            mark, at = match.group(), match.start()
            if mark == "\n":
                pairs.update(dict.fromkeys(stack, at))
                stack.clear()
                open_marks = dict.fromkeys(_OPENING, 0)
            elif mark in _OPENING:
                if stack and self.text[stack[-1]] == mark:
                    pairs[stack.pop()] = at  # “A“B”: the mark before was never closed
                    open_marks[mark] -= 1
                stack.append(at)
                open_marks[mark] += 1
            elif open_marks[_CLOSING[mark]]:  # else a stray mark, such as an apostrophe
                opened = at
                while self.text[opened] != _CLOSING[mark]:
                    opened = stack.pop()
                    open_marks[self.text[opened]] -= 1
                    pairs[opened] = at
        pairs.update(dict.fromkeys(stack, len(self.text)))
        return pairs

    @cached_property
    def closers(self) -> dict[int, int]:
        """Closing quotation mark → the position of its opening one."""
        return {close: opened for opened, close in self.pairs.items()}

    def sentence_number(self, at: int) -> int:
        """Give the number of the sentence that starts at or before ``at`` (-1 before the first)."""
        return bisect_right(self._starts, at) - 1

    def sentence(self, at: int) -> Span:
        """Give the sentence that holds ``at``."""
        number = self.sentence_number(at)
        return (
            self.sentences[number] if number >= 0 else (0, self.sentences[0][0] if self.sentences else len(self.text))
        )

    def paragraph(self, at: int) -> Span:
        """Give the paragraph that holds ``at``."""
        number = bisect_left(self._line_ends, at)
        start = self._line_ends[number - 1] + 1 if number else 0
        return start, self._line_ends[number] if number < len(self._line_ends) else len(self.text)

    def clause_start(self, at: int, floor: int) -> int:
        """Give where the clause before ``at`` starts, not left of ``floor``; asides do not cut it.

        What has no mark over `_LONGEST_CLAUSE` characters is no clause, and is cut there: the search stays linear.
        """
        floor = max(floor, at - _LONGEST_CLAUSE)
        number = bisect_right(self._clause_starts, at)
        nearest = self._clause_starts[number - 1] if number else 0
        return min(at, max(floor, nearest))

    @cached_property
    def _clause_starts(self) -> list[int]:
        return [place + 1 for place, char in enumerate(self.masked) if char in _CLAUSE_MARKS]

    def is_clause_start(self, at: int) -> bool:
        """Tell whether a clause starts at ``at``."""
        return at == 0 or self.masked[at - 1] in _CLAUSE_MARKS


HitT = TypeVar("HitT", CueHit, SpeakerHit, DocumentHit)


def _push(hits: list[HitT], hit: HitT) -> None:
    """Add a hit; hits come by their ends, so that only the last ones can lie inside it or reach over it."""
    if hits and hits[-1].end == hit.end and hits[-1].start <= hit.start:
        return
    while hits and hits[-1].start >= hit.start:
        hits.pop()
    hits.append(hit)


def _masked(text: str) -> str:
    text = _mask(_TITLE, TITLE, _mask(_ASIDE, ASIDE, text))
    text = _TERM.sub(lambda match: f"{TERM}{match.group(1)}{TERM}", text)
    return _HEADLINE.sub(lambda match: _GAP_IN_HEADLINE.sub("　", match.group()), text)


def _mask(pattern: re.Pattern[str], filler: str, text: str) -> str:
    return pattern.sub(lambda match: filler * len(match.group()), text)


def between(positions: list[Name], start: int, end: int) -> Iterator[Name]:
    """Give the names that lie within ``[start, end)``, in order."""
    low = bisect_right(positions, start - 1, key=lambda name: name.start)
    for name in positions[low:]:
        if name.start >= end:
            return
        if name.end <= end:
            yield name
