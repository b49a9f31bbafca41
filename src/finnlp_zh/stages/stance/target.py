"""What a quote's attitude is about: the subject of the clause that shows it, or the object of a pledge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from finnlp_zh.resources.phrases import Hit, PhraseBook, Sightings
from finnlp_zh.types import Span, StanceLabel

_SHOWN_BY: Final[Mapping[StanceLabel, tuple[str, ...]]] = {
    "supportive": ("upgrade", "praise", "benefit", "outlook", "pledge", "norm", "effort"),
    "critical": ("downgrade", "blame", "harm", "doubt", "demand", "warn", "risk"),
    "neutral": (),
}
_OF_OBJECTS: Final = frozenset({"pledge", "norm", "effort"})
_BREAK: Final = re.compile(r"[，。；：！？,;:!?\n]")
_TIME: Final = re.compile(
    r"(?:(?:到|截至|在)?(?:20\d\d年|今年|去年|明年|上半年|下半年|[一二三四]季度|前?[\d一二三四五六七八九十两]+个?月|\d+日|目前|当前|近日|未来)(?:以来|底|末|初|前|份|期间|内)?)+"
)
_LONGEST: Final = 24


class TargetFinder:
    """Finds the noun phrase that an attitude is about, by rules over the clause that shows the attitude."""

    def __init__(self, phrases: PhraseBook, words: Mapping[str, Iterable[str]]) -> None:
        self._phrases = phrases
        self._whole = _starting(words["whole"])
        self._opening = _starting(words["opening"])
        self._verbs = _starting(words["verb"])
        self._predicate = re.compile(f"{_starting(words['whole']).pattern}|({_starting(words['predicate']).pattern})")

    def find(self, text: str, content: list[Span], label: StanceLabel) -> Span | None:
        """Give the target inside ``content`` for an attitude, or None for none and where no clause has a subject."""
        for start, end in content:
            sightings = self._phrases.sight(text[start:end])
            shown = self._shown(sightings, label)
            if shown is not None:
                name, hit = shown
                found = self._object(sightings.text, hit) if name in _OF_OBJECTS else None
                found = found or self._subject(sightings.text, hit)
                if found is not None:
                    return found[0] + start, found[1] + start
        return self._topic(text, content[0]) if content and label != "neutral" else None

    def _topic(self, text: str, span: Span) -> Span | None:
        """What the first clause is about, where no word shows the attitude: its words up to the predicate."""
        start, end = span
        words = text[start:end]
        found = self._subject(words, Hit(_clause_end(words, 0), _clause_end(words, 0)))
        return (found[0] + start, found[1] + start) if found else None

    def _shown(self, sightings: Sightings, label: StanceLabel) -> tuple[str, Hit] | None:
        firsts = [
            (hits[0].start, rank, name, hits[0])
            for rank, name in enumerate(_SHOWN_BY[label])
            if (hits := sightings.of(f"@{name}"))
        ]
        return min(firsts)[2:] if firsts else None

    def _object(self, text: str, hit: Hit) -> Span | None:
        start = hit.end
        while verb := self._verbs.match(text, start):
            start = verb.end()
        end = _clause_end(text, start)
        return _fitting(text, start, end)

    def _subject(self, text: str, hit: Hit) -> Span | None:
        """The clause's words up to its predicate; where a clause has no subject, that of the one before."""
        end = hit.start
        while True:
            start = _clause_start(text, end)
            start = self._skip(text, start, end)
            found = _fitting(text, start, self._predicate_start(text, start, end))
            if (found is not None and not text[found[0] : found[1]].isdigit()) or start <= 1:
                return found
            before = _clause_start(text, start)
            if before < 1:
                return None
            end = before - 1

    def _predicate_start(self, text: str, start: int, end: int) -> int:
        """Where the first word that says something begins; words such as 行为 hide the 为 in them."""
        for found in self._predicate.finditer(text, start, end):
            if found[1] is not None and found.start() > start:
                return found.start()
        return end

    def _skip(self, text: str, start: int, end: int) -> int:
        while start < end:
            if self._whole.match(text, start):
                break
            skipped = _TIME.match(text, start) or self._opening.match(text, start)
            if skipped is None or skipped.end() > end or skipped.end() == start:
                break
            start = skipped.end()
        return start


def _starting(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


def _clause_start(text: str, place: int) -> int:
    while place > 0 and not _BREAK.match(text, place - 1):
        place -= 1
    return place


def _clause_end(text: str, place: int) -> int:
    found = _BREAK.search(text, place)
    return found.start() if found else len(text)


def _fitting(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start] in " 、的了“‘":
        start += 1
    while end > start and text[end - 1] in " 、的了等”’":
        end -= 1
    return (start, end) if 2 <= end - start <= _LONGEST else None
