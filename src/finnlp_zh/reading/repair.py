"""Puts paragraphs together again that a column or a page break tore apart, and never on doubt.

A paragraph that ends in mid-sentence wants a continuation; a paragraph that opens as no sentence does wants a head.
Every pair is scored (`continuation.Judge`), the pairs are chosen together (the best assignment), and a pair is joined
only where it is clearly better than leaving both alone and than every other choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from finnlp_zh.reading.assignment import assign
from finnlp_zh.reading.brackets import unmatched
from finnlp_zh.reading.continuation import NEVER_FIRST, WORTH, Fit, Judge
from finnlp_zh.reading.layout import Paragraph, blank_lines_between, ends_sentence, join
from finnlp_zh.types import Repair

MAX_CHARACTERS: Final = 200_000
"""Longer articles are not searched for broken columns."""
_MAX_FRAGMENTS: Final = 80
_SHORT: Final = 32
_LONGEST: Final = 3_000

# The log odds that a joint must reach, and by which the whole choice must be better than the best one without it.
_NEEDED: Final = 3.1
_NEEDED_LATER: Final = 3.0
_MARGIN: Final = 1.0
# Fitted with the weights of `continuation`: what is known before the words are looked at, and what it counts that a
# joint is likelier than every other one of its head and of its continuation.
_PRIOR, _NEXT, _BACKWARDS = -1.46, 0.49, -0.77
_BEST_OF_HEAD, _BEST_OF_TAIL, _MOST = 0.69, 0.22, 6.0
_DISTANCE, _OPENING = -0.76, 0.27
# A line that may as well be a subhead must show far more.
_SHORT_HEAD: Final = -2.5
_NEVER_OPENS: Final = 5.0
_LEAST_NEXT, _LEAST_MARK, _LEAST_FAR = -6.0, 0.0, 2.8

_MARK: Final = re.compile(r"[，。；：！？]")
# A paragraph that starts by naming who said what stood before it has lost what stood before it.
_BARE_ATTRIBUTION: Final = re.compile(
    r"[^，。：；“”《》]{2,24}(?:表示|说|说道|认为|指出|称|坦言|直言|强调|透露|介绍|补充道|谈道|建议|分析|解释)。"
)
# A line of a form or a list: a label and its value, or a number.
_LIST_LINE: Final = re.compile(r"[^，。；：“]{1,16}[：:][^，。；“”]*$|[#*\-•·■●◆▲]|[（(]?\d{1,2}[.．、）)]")


@dataclass(slots=True)
class Mended:
    """Paragraphs in their order after repair, and what could not be done, in plain words."""

    paragraphs: list[Paragraph]
    warnings: list[str] = field(default_factory=list)


def mend(paragraphs: Sequence[Paragraph], *, fixed: int = 0) -> Mended:
    """Join the fragments of an article and put moved blocks in order.

    The first ``fixed`` paragraphs (headline, byline, dateline) are left alone. Articles without a broken paragraph
    come back as they are, at the cost of one look at each paragraph's end.
    """
    kinds = [_kind(paragraph, index < fixed) for index, paragraph in enumerate(paragraphs)]
    if "cut" not in kinds and not any(_is_headless(p.text) for p in paragraphs[fixed:]):
        return Mended(list(paragraphs))
    if sum(len(paragraph.text) for paragraph in paragraphs) > MAX_CHARACTERS:
        return Mended(
            list(paragraphs),
            [f"broken paragraphs were not looked for: the article is longer than {MAX_CHARACTERS} characters"],
        )
    return _Column(paragraphs, kinds).mend()


def _kind(paragraph: Paragraph, fixed: bool) -> str:
    """Tell a paragraph apart: fixed, whole, cut (ends in mid-sentence), short (a subhead, or cut: both look alike)."""
    text = paragraph.text
    if fixed:
        return "fixed"
    if len(text) <= _SHORT and not _MARK.search(text[:-1]) and not unmatched(text)[1]:
        if text[-1:] in "。；：，、":
            return "cut" if text[-1:] in "，、" else "whole"
        return "short" if not text.endswith(("”", "）", ")", "》", "】")) or text[-1:] in "！？" else "subhead"
    if ends_sentence(text) or text.endswith(("”", "）", ")", "】")):
        return "whole"
    if _LIST_LINE.match(text) and len(text) <= 2 * _SHORT:
        return "whole"
    return "cut"


def _is_headless(text: str) -> bool:
    """Tell whether a paragraph certainly lacks its start: it opens with a closing mark, or closes what is not open."""
    if text[:1] in NEVER_FIRST:
        return True
    missing, _ = unmatched(text[:200])
    return bool(missing)


class _Column:
    """One broken article: its fragments, the joints between them, and the order that they make."""

    def __init__(self, paragraphs: Sequence[Paragraph], kinds: Sequence[str]) -> None:
        # The counts are read only where something is broken.
        from finnlp_zh.resources.ngrams import LocalCounts, load_ngrams

        self.paragraphs = paragraphs
        self.kinds = kinds
        self.judge = Judge(load_ngrams(), LocalCounts(paragraph.text for paragraph in paragraphs))
        self.usual_gap = blank_lines_between(paragraphs)
        self.odds: dict[int, float] = {}

    def mend(self) -> Mended:
        joints = self._choose()
        chains = self._chain(joints)
        order = self._order(chains)
        return Mended(self._build(order, chains, joints), self._lost(joints))

    def _choose(self) -> dict[int, tuple[int, Fit]]:
        """Give the chosen joints: head -> (continuation, fit).

        What is sure is joined first. Then the fragments that are left are looked at among themselves: a cut end and a
        fragment that certainly lacks its head need less to be joined where they stand next to each other or their ends
        expect each other.
        """
        heads, tails = self._candidates()
        fits = {
            (head, tail): self.judge.fit(self.paragraphs[head].text, self.paragraphs[tail].text)
            for head in heads
            for tail in tails
            if head != tail
        }
        chosen: dict[int, tuple[int, Fit]] = {}
        needed, later = _NEEDED, False
        while heads and tails:
            odds = self._weigh(heads, tails, fits, needed, later=later)
            pairs = assign(odds, margin=_MARGIN)
            if not pairs and later:
                break
            for row, column in pairs:
                head, tail = heads[row], tails[column]
                chosen[head] = (tail, fits[head, tail])
                self.odds[head] = odds[row][column] + needed
            heads = [head for head in heads if head not in chosen and self.kinds[head] == "cut"]
            taken = {tail for tail, _ in chosen.values()}
            tails = [tail for tail in tails if tail not in taken and self._lacks_head(tail)]
            needed, later = _NEEDED_LATER, True
        return _without_cycles(chosen)

    def _lacks_head(self, index: int) -> bool:
        text = self.paragraphs[index].text
        return _is_headless(text) or self.judge.opens_badly(text) > _NEVER_OPENS

    def _candidates(self) -> tuple[list[int], list[int]]:
        heads = [i for i, kind in enumerate(self.kinds) if kind in {"cut", "short"}]
        tails = [i for i, kind in enumerate(self.kinds) if kind in {"cut", "whole"}]
        if len(heads) > _MAX_FRAGMENTS:
            heads = [i for i in heads if self.kinds[i] == "cut"][:_MAX_FRAGMENTS]
        if len(tails) > _MAX_FRAGMENTS:
            badly = {i: self.judge.opens_badly(self.paragraphs[i].text) for i in tails}
            tails = sorted(sorted(tails, key=lambda i: -badly[i])[:_MAX_FRAGMENTS])
        return heads, tails

    def _weigh(
        self,
        heads: Sequence[int],
        tails: Sequence[int],
        fits: dict[tuple[int, int], Fit],
        needed: float,
        *,
        later: bool,
    ) -> list[list[float]]:
        """Give for every pair by how much its log odds pass what is needed; zero or less is no joint."""
        likely = [
            [self._likelihood(head, tail, fits[head, tail]) if head != tail else -math.inf for tail in tails]
            for head in heads
        ]
        opening = [_OPENING * self.judge.opens_badly(self.paragraphs[tail].text) for tail in tails]
        over_row = [_lead([a + b for a, b in zip(row, opening, strict=True)]) for row in likely]
        over_column = [_lead(list(column)) for column in zip(*likely, strict=True)]
        waited = [unmatched(self.paragraphs[head].text)[1] for head in heads]
        odds = []
        for row, head in enumerate(heads):
            values = []
            for column, tail in enumerate(tails):
                if head == tail:
                    values.append(0.0)
                    continue
                fit = fits[head, tail]
                value = _PRIOR + fit.worth + _BEST_OF_HEAD * over_row[row][column]
                value += _BEST_OF_TAIL * over_column[column][row] + self._place_odds(head, tail)
                missing = unmatched(self.paragraphs[tail].text)[0]
                if fit.evidence.closes_nothing and not any(missing[0] in waiting for waiting in waited):
                    value -= WORTH.closes_nothing  # no fragment is left that waits for it either
                if later and fit.evidence.link + fit.evidence.first_link < self._least_link(head, tail):
                    value = 0.0
                values.append(max(0.0, value - needed))
            odds.append(values)
        return odds

    def _least_link(self, head: int, tail: int) -> float:
        """Give how much two left-over ends must expect each other: little where a word is cut off beside its end."""
        if tail != head + 1:
            return _LEAST_FAR
        return _LEAST_MARK if self.paragraphs[tail].text[:1] in NEVER_FIRST else _LEAST_NEXT

    def _likelihood(self, head: int, tail: int, fit: Fit) -> float:
        likelihood = fit.likelihood + _DISTANCE * math.log(abs(tail - head))
        return likelihood + (_SHORT_HEAD if self.kinds[head] == "short" else 0.0)

    def _place_odds(self, head: int, tail: int) -> float:
        odds = _NEXT if tail == head + 1 else _BACKWARDS if tail < head else 0.0
        return odds + (_SHORT_HEAD if self.kinds[head] == "short" else 0.0)

    def _chain(self, joints: dict[int, tuple[int, Fit]]) -> dict[int, list[int]]:
        """Give the joined paragraphs: first fragment -> all its fragments, in reading order."""
        continued = {tail for tail, _ in joints.values()}
        chains = {}
        for head in joints:
            if head in continued:
                continue
            chain = [head]
            while chain[-1] in joints:
                chain.append(joints[chain[-1]][0])
            chains[head] = chain
        return chains

    def _order(self, chains: dict[int, list[int]]) -> list[int]:
        """Give the first fragments of all paragraphs in their new order.

        A joined paragraph stands where the earliest of its fragments stood. Where a continuation comes from behind a
        subhead, the whole paragraphs after it belong in front of that subhead too, up to the next break.
        """
        first_of = {index: head for head, chain in chains.items() for index in chain}
        followers: dict[int, list[int]] = {}
        taken: set[int] = set()
        for head, chain in sorted(chains.items()):
            block = self._followers(chain, chains, first_of)
            block = [index for index in block if index not in taken]
            taken.update(block)
            followers[head] = block
        order: list[int] = []
        placed: set[int] = set()
        for index in range(len(self.paragraphs)):
            if index in taken:
                continue
            head = first_of.get(index, index)
            if head not in placed:
                self._place(head, followers, order, placed)
        return order

    def _place(self, head: int, followers: dict[int, list[int]], order: list[int], placed: set[int]) -> None:
        order.append(head)
        placed.add(head)
        for index in followers.get(head, ()):
            if index not in placed:
                self._place(index, followers, order, placed)

    def _followers(self, chain: list[int], chains: dict[int, list[int]], first_of: dict[int, int]) -> list[int]:
        crossed = any(
            self.kinds[index] in {"short", "subhead"} and index not in first_of
            for before, after in pairwise(chain)
            for index in range(before + 1, after)
        )
        if not crossed or chain != sorted(chain):
            return []
        block: list[int] = []
        index = chain[-1] + 1
        while index < len(self.paragraphs) and not self._is_break(index):
            own = chains.get(index, [index])
            if first_of.get(index, index) != index or own != list(range(index, index + len(own))):
                break  # its other half lies elsewhere: another block begins or ends here
            block.append(index)
            index += len(own)
        return block

    def _is_break(self, index: int) -> bool:
        paragraph = self.paragraphs[index]
        if self.kinds[index] in {"short", "subhead"} and paragraph.text[-1:] not in "。；":
            return True
        gap = paragraph.blank_lines > max(1, self.usual_gap)
        return gap or _is_headless(paragraph.text) or _BARE_ATTRIBUTION.match(paragraph.text) is not None

    def _build(
        self, order: list[int], chains: dict[int, list[int]], joints: dict[int, tuple[int, Fit]]
    ) -> list[Paragraph]:
        built = []
        furthest = -1
        for head in order:
            chain = chains.get(head, [head])
            paragraph = self.paragraphs[head]
            for before, after in pairwise(chain):
                fit = joints[before][1]
                away = after - before
                where = "next" if away == 1 else f"{abs(away)} paragraphs {'on' if away > 0 else 'back'}"
                line = self.paragraphs[after].line
                note = f"the other half stood {where} (line {line}; log odds {self.odds[before]:.1f})"
                paragraph = join(paragraph, self.paragraphs[after], note, overlap=fit.overlap)
            if head < furthest and len(chain) == 1:
                note = f"put back in order from line {self.paragraphs[head].line}"
                moved = Repair("move", (0, len(paragraph.text)), note)
                paragraph = replace(paragraph, repairs=[*paragraph.repairs, moved])
            furthest = max(furthest, head)
            built.append(paragraph)
        return built

    def _lost(self, joints: dict[int, tuple[int, Fit]]) -> list[str]:
        warnings = []
        continued = {tail for tail, _ in joints.values()}
        last = len(self.paragraphs) - 1
        for index, paragraph in enumerate(self.paragraphs):
            text = paragraph.text
            if self.kinds[index] == "cut" and index not in joints and (index < last or joints):
                warnings.append(
                    f"line {paragraph.line}: the paragraph breaks off in mid-sentence (…{text[-12:]}) and its other "
                    "half was not found; it stands alone"
                )
            if (
                self.kinds[index] != "fixed"
                and index not in continued
                and (_is_headless(text) or (joints and _BARE_ATTRIBUTION.match(text)))
            ):
                warnings.append(
                    f"line {paragraph.line}: the paragraph begins in mid-sentence ({text[:12]}…) and its first half "
                    "was not found; it stands alone"
                )
        return warnings


def _without_cycles(chosen: dict[int, tuple[int, Fit]]) -> dict[int, tuple[int, Fit]]:
    """Drop the weakest joint of every ring of fragments that would follow each other for ever."""
    for start in list(chosen):
        seen = [start]
        while seen[-1] in chosen:
            following = chosen[seen[-1]][0]
            if following == start:
                del chosen[min(seen, key=lambda head: chosen[head][1].worth)]
                break
            if following in seen:
                break
            seen.append(following)
    return chosen


def _lead(values: Sequence[float]) -> list[float]:
    """Give by how much each value is greater than the greatest of the others (less, if it is not), within bounds."""
    ranked = sorted(values, reverse=True)
    first, second = ranked[0], ranked[1] if len(ranked) > 1 else -math.inf
    leads = []
    for value in values:
        rival = second if value == first else first
        leads.append(_MOST if rival == -math.inf else max(-_MOST, min(_MOST, value - rival)))
    return leads
