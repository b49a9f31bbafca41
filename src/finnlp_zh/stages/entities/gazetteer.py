"""One pass over the text that finds every known name and every word that begins, ends or bounds a name."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

import ahocorasick

from finnlp_zh.resources import boundaries, knowledge, organisation_words, people, places, positions
from finnlp_zh.resources.lexicon import LexiconEntry
from finnlp_zh.resources.organisation_words import WordKind
from finnlp_zh.resources.positions import Position
from finnlp_zh.types import EntityType

_BREAK: Final = re.compile(r"[^\u4e00-\u9fff\u3007A-Za-z0-9·&＆（）()\-－.*]|丨")
_BRACKET: Final = re.compile(r"[（(]([\u4e00-\u9fff]{2,8})[）)]")
_BRACKETS: Final = re.compile(r"[（）()]")
_INNER: Final = frozenset(
    ("集团", "控股", "中国", "国际", "有限合伙", "亚洲", "亚太", "大中华", "大中华区", "普通合伙", "特殊普通合伙")
)
FORCES: Final = re.compile("[\u4e00-\u9fff]{1,5}(?:军|军方|方)")
"""俄军, 美方: words for a side rather than names of a body."""
_LATIN: Final = re.compile(r"[A-Za-z0-9]")


_LATIN_ON: Final = re.compile(r"[ .&]{1,2}[A-Za-z]{2}")


_OUTSIDE: Final = re.compile("[^《]*《|.*会议$|[A-Z]股$|中国央行$|.+APP$|[^（]+（[^）]{2,4}）$")
"""Forms of the knowledge base that are no names in running text: brackets are outside, meetings are no bodies."""


_DESCRIBING: Final = frozenset(("美国", "英国", "法国", "德国", "日本", "韩国", "瑞士", "荷兰", "印度"))
"""Countries that, before a foreign organisation's name, only describe it."""


class Hit(NamedTuple):
    """A known name in the text; ``loose`` ones are names only where something else shows it."""

    start: int
    end: int
    type: EntityType
    source: str
    loose: bool = False


class Word(NamedTuple):
    """A word of a resource in the text, with its kind."""

    start: int
    end: int
    kind: str


class Held(NamedTuple):
    """A word of a position in the text."""

    start: int
    end: int
    position: Position


class Scan:
    """All that the resources know about one text, by kind and in text order.

    ``cuts`` are the offsets over which no name reaches: ends of bounding words and of runs of name characters;
    ``noun_cuts`` are those and the ends of ordinary nouns, ``borders`` those and the ends of soft bounds.
    """

    __slots__ = (
        "borders", "bounds", "breaks", "cuts", "follows", "hits", "longer_follows", "noun_cuts", "nouns", "overhang",
        "places", "positions", "prose", "soft", "speech", "text", "words",
    )  # fmt: skip

    def __init__(self, text: str) -> None:
        self.text = text
        self.hits: list[Hit] = []
        self.places: list[Hit] = []
        self.positions: list[Held] = []
        self.words: list[Word] = []
        self.bounds: list[Word] = []
        self.nouns: list[Word] = []
        self.prose: list[Word] = []
        self.noun_cuts: list[int] = []
        self.soft: list[Word] = []
        self.speech: dict[int, int] = {}
        self.follows: set[int] = set()
        self.longer_follows: set[int] = set()
        self.overhang = Overhang(())
        self.breaks: list[int] = []
        self.cuts: list[int] = []
        self.borders: frozenset[int] = frozenset()

    def cut_before(self, offset: int) -> int:
        """Give the last cut at or before ``offset``."""
        index = bisect_right(self.cuts, offset) - 1
        return self.cuts[index] if index >= 0 else 0

    def noun_cut_before(self, offset: int) -> int:
        """Give the last cut at or before ``offset``, the ends of ordinary nouns among them."""
        index = bisect_right(self.noun_cuts, offset) - 1
        return self.noun_cuts[index] if index >= 0 else 0

    def break_before(self, offset: int) -> int:
        """Give where the run of name characters that holds ``offset - 1`` begins."""
        index = bisect_right(self.breaks, offset) - 1
        return self.breaks[index] if index >= 0 else 0

    def break_after(self, offset: int) -> int:
        """Give where the run of name characters that holds ``offset`` ends."""
        index = bisect_right(self.breaks, offset)
        return self.breaks[index] - 1 if index < len(self.breaks) else len(self.text)

    def crosses(self, start: int, end: int) -> bool:
        """Tell whether a cut lies between ``start`` and ``end``, ``end`` included."""
        return self.cut_before(end) > start

    def first_cut(self, offset: int) -> int | None:
        """Give the first cut after ``offset``."""
        index = bisect_left(self.cuts, offset + 1)
        return self.cuts[index] if index < len(self.cuts) else None

    def has_soft(self, start: int, end: int) -> bool:
        """Tell whether a soft bound stands in ``[start, end)``."""
        index = bisect_left(self.soft, (start, 0, ""))
        return index < len(self.soft) and self.soft[index].end <= end

    def holds_name(self, start: int, end: int) -> bool:
        """Tell whether the first known name from ``start`` on ends by ``end``."""
        index = bisect_left(self.hits, start, key=lambda hit: hit.start)
        return index < len(self.hits) and self.hits[index].end <= end and not self.hits[index].loose

    def holds_office(self, start: int, end: int) -> bool:
        """Tell whether an office begins in ``[start, end)``."""
        index = bisect_left(self.positions, start, key=lambda held: held.start)
        inside = (held for held in self.positions[index : index + 8] if held.start < end)
        return any(held.position.kind == "office" for held in inside)

    def last_words(self, kinds: Sequence[str]) -> Iterator[Word]:
        """Give the longest word of these kinds at each end, leaving out those that lie inside a longer one."""
        by_end: dict[int, Word] = {}
        for word in self.words:
            if word.kind in kinds:
                known = by_end.get(word.end)
                if known is None or word.start < known.start:
                    by_end[word.end] = word
        inside = Cover(maximal([(word.start, word.end) for word in by_end.values()]))
        return (word for word in by_end.values() if not inside.holds(word.start, word.end))

    def starts_follow(self, offset: int) -> bool:
        """Tell whether what stands at ``offset`` may follow the name of a person."""
        return offset in self.follows or offset in self.speech or not _is_han(self.text, offset)


class Gazetteer:
    """The automaton over all resources; built once, read by every article."""

    def __init__(self, lexicon: Iterable[LexiconEntry] = ()) -> None:
        tags: dict[str, list[tuple[str, Any]]] = {}
        for form, tag, value in (*_names(), *_words(), *((e.form, "hit", (e.type, "lexicon", False)) for e in lexicon)):
            tags.setdefault(form, []).append((tag, value))
        self._automaton = ahocorasick.Automaton()
        for form, values in tags.items():
            self._automaton.add_word(form, (len(form), tuple(values)))
        self._automaton.make_automaton()
        generic = {form for form, kind in boundaries.load() if kind == "generic"}
        trades = {form for form, kind in organisation_words.load() if kind in ("company", "weak")}
        self.unnamed: Final = frozenset(form for form, kind in boundaries.load() if kind == "unnamed")
        self.generic: Final = frozenset(generic | trades)
        self.generic_starts: Final = tuple(sorted(generic))
        known = places.load()
        self.abbreviations: Final = {
            form: known[form].canonical for form in known if known[form].kind == "abbreviation"
        }
        inner = (form for form, place in known.items() if place.kind in ("country", "province", "city", "foreign"))
        self.inner: Final = _INNER | frozenset(inner)

    def scan(self, text: str) -> Scan:
        """Find everything in ``text`` in one pass."""
        scan = Scan(text)
        for last, (length, values) in self._automaton.iter(text):
            end = last + 1
            start = end - length
            for tag, value in values:
                _note(scan, tag, value, start, end)
        prose = scan.overhang = Overhang(scan.prose)
        scan.hits = longest(hit for hit in scan.hits if _whole(text, hit) and not prose.breaks(hit))
        scan.places = longest(place for place in scan.places if not _is_chance(text, place, prose))
        scan.positions = _longest_held(scan.positions)
        self._find_cuts(scan)
        return scan

    def _find_cuts(self, scan: Scan) -> None:
        text = scan.text
        kept = {
            offset
            for match in _BRACKET.finditer(text)
            if match[1] in self.inner
            for offset in (match.start(), match.end() - 1)
        }
        breaks = [match.end() for match in _BREAK.finditer(text)]
        breaks += [match.end() for match in _BRACKETS.finditer(text) if match.start() not in kept]
        breaks.sort()
        scan.breaks = breaks
        sure = [place for place in scan.places if place.source in ("country", "province")]
        covered = Cover(_apart([hit for hit in (*scan.hits, *sure) if not hit.loose]))
        cuts = breaks + [bound.end for bound in scan.bounds if not covered.splits(bound)]
        scan.cuts = sorted(set(cuts))
        nouns = [noun.end for noun in scan.nouns if not covered.splits(noun)]
        scan.noun_cuts = sorted({*cuts, *nouns})
        scan.borders = frozenset(scan.noun_cuts).union((soft.end for soft in scan.soft), (0,))


def _names() -> Iterator[tuple[str, str, Any]]:
    """Give every known name as (form, tag, what a hit on it is)."""
    for form, body in organisation_words.load_bodies().items():
        yield form, "hit", ("ORG", body.kind, body.loose)
    surfaces = dict(knowledge.load().gazetteer())
    unnamed = {form for form, kind in boundaries.load() if kind == "unnamed"}
    for form, kind in surfaces.items():
        described = kind == "ORG" and form[:2] in _DESCRIBING and form[2:] in surfaces
        if len(form) > 1 and form not in unnamed and not described and not _OUTSIDE.match(form):
            yield form, "hit", (kind, "knowledge", bool(FORCES.fullmatch(form)))
    for entry in knowledge.load().entries:
        for form in entry.loose:
            yield form, "hit", (entry.type, "knowledge", True)
    for form, person in people.load().items():
        yield form, "hit", (person, "person", False)
    for form, place in places.load().items():
        if place.kind not in ("abbreviation", "city-ambiguous"):
            yield form, "place", place.kind


def _words() -> Iterator[tuple[str, str, Any]]:
    """Give every word that begins, ends or bounds names as (form, tag, its kind)."""
    for position in positions.load():
        yield position.form, "position", position
    for form, word_kind in organisation_words.load():
        yield form, "word", word_kind
    for form, bound in boundaries.load():
        if bound not in ("generic", "unnamed"):
            yield form, bound, None
    for form, part in boundaries.load_ordinary():
        yield form, "prose", part


def _note(scan: Scan, tag: str, value: Any, start: int, end: int) -> None:
    if tag == "follow":
        scan.follows.add(start)
    elif tag == "word":
        scan.words.append(Word(start, end, cast(WordKind, value)))
    elif tag == "soft":
        scan.soft.append(Word(start, end, tag))
    elif tag == "hard":
        scan.bounds.append(Word(start, end, tag))
        if end - start > 1:
            scan.longer_follows.add(start)
            scan.follows.add(start)
    elif tag == "prose":
        word = Word(start, end, value)
        scan.prose.append(word)
        scan.follows.add(start)
        scan.longer_follows.add(start)
        (scan.bounds if value == "verb" else scan.nouns).append(word)
    elif tag == "position":
        scan.positions.append(Held(start, end, value))
        if value.kind != "prefix":
            scan.follows.add(start)
            scan.longer_follows.add(start)
    elif tag == "place":
        scan.places.append(Hit(start, end, "LOC", value))
    elif tag == "hit":
        scan.hits.append(Hit(start, end, *value))
    else:
        if end - start > 1:
            scan.longer_follows.add(start)
        scan.speech[start] = max(end, scan.speech.get(start, 0))


def _apart(hits: Iterable[Hit]) -> list[tuple[int, int]]:
    """Give spans that do not overlap, the longer first choice."""
    return [(hit.start, hit.end) for hit in longest(hits)]


class Cover:
    """Spans that do not overlap, asked whether one of them holds or touches another span."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]

    def holds(self, start: int, end: int) -> bool:
        """Tell whether one span reaches from ``start`` or before to ``end`` or beyond, and is longer."""
        index = bisect_right(self._starts, start) - 1
        if index < 0:
            return False
        return self._ends[index] >= end and self._ends[index] - self._starts[index] > end - start

    def splits(self, word: Word) -> bool:
        """Tell whether ``word`` ends inside a span, so that its end is no bound."""
        index = bisect_left(self._ends, word.end)
        if index >= len(self._starts) or self._starts[index] >= word.end:
            return False
        return self._ends[index] > word.end or self._starts[index] < word.start

    def splits_before(self, start: int, end: int) -> bool:
        """Tell whether a span that begins before ``start`` ends inside ``[start, end)``."""
        index = bisect_right(self._ends, start)
        return index < len(self._starts) and self._starts[index] < start and self._ends[index] < end

    def touches(self, start: int, end: int) -> bool:
        """Tell whether one span shares a character with ``[start, end)``."""
        index = bisect_left(self._ends, start + 1)
        return index < len(self._starts) and self._starts[index] < end


def maximal(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the spans that lie inside no other, in text order."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


class Overhang:
    """Words of ordinary prose, asked whether they break up a short name."""

    __slots__ = ("_from", "_over", "_reach", "_until")

    def __init__(self, words: Iterable[Word]) -> None:
        self._over: set[int] = set()
        self._reach: dict[int, int] = {}
        self._from: dict[int, int] = {}
        self._until: dict[int, int] = {}
        for start, end, _ in words:
            for offset in range(start + 1, end):
                self._over.add(offset)
                self._reach[offset] = max(end, self._reach.get(offset, 0))
            if self._from.get(start, 0) < end:
                self._from[start] = end
            if self._until.get(end, end) > start:
                self._until[end] = start

    def breaks(self, hit: Hit) -> bool:
        """Tell whether prose runs over the edges of ``hit``: from before it into it, or on from inside it.

        Names of more than three characters are never taken for chance strings.
        """
        start, end = hit.start, hit.end
        if end - start > 3 or hit.source == "lexicon":
            return False
        if start in self._over:
            return True
        if self._from.get(start, 0) > end:
            return True
        return end in self._over and any(
            self._from.get(offset, 0) > end for offset in range(start + 1, end) if start not in self._until
        )

    def holds(self, start: int, end: int) -> bool:
        """Tell whether a word of prose begins at ``start`` and goes on beyond ``end``."""
        return self._from.get(start, 0) > end

    def swallows(self, start: int, end: int) -> bool:
        """Tell whether a word of prose begins before ``start`` and ends at ``end`` or beyond."""
        return self._reach.get(start, 0) >= end

    def covers(self, offset: int) -> bool:
        """Tell whether a word of prose begins before ``offset`` and goes on over it."""
        return offset in self._over


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Keep, from the left, the longest of hits that overlap; the first source wins where spans are equal."""
    kept: list[Hit] = []
    reach = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.loose)):
        if hit.start >= reach:
            kept.append(hit)
            reach = hit.end
    return kept


def _longest_held(found: Sequence[Held]) -> list[Held]:
    kept: list[Held] = []
    reach = 0
    for held in sorted(found, key=lambda held: (held.start, -held.end, held.position.kind == "prefix")):
        if held.end > reach or held.position.kind == "prefix":
            kept.append(held)
            reach = max(reach, held.end)
    return kept


def _is_chance(text: str, place: Hit, prose: Overhang) -> bool:
    """Tell whether two characters that spell a place are parts of other words: 复合肥, 发展中国家, 24日本公司."""
    if place.end - place.start > 2:
        return False
    if place.start and text.startswith("日本", place.start) and text[place.start - 1].isdigit():
        return True
    if place.source in ("country", "province"):
        return prose.swallows(place.start, place.end) or text.startswith("中国家", place.start)
    return prose.covers(place.start) or prose.holds(place.start, place.end)


def _whole(text: str, hit: Hit) -> bool:
    """Tell whether a name in Latin letters is not cut out of a longer word or of a longer name in Latin letters."""
    if _LATIN.match(text[hit.start]) and hit.start and _LATIN.match(text[hit.start - 1]):
        return False
    if _LATIN.match(text[hit.end - 1]) and hit.end < len(text):
        return not _LATIN.match(text[hit.end]) and not _LATIN_ON.match(text, hit.end)
    return True


def _is_han(text: str, offset: int) -> bool:
    return offset < len(text) and "\u4e00" <= text[offset] <= "\u9fff"
