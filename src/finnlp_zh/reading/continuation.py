"""How well one fragment goes on where another breaks off: the evidence behind every join."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from finnlp_zh.reading.brackets import unmatched
from finnlp_zh.reading.layout import is_hyphenated

if TYPE_CHECKING:
    from finnlp_zh.resources.ngrams import LocalCounts, NgramTable

_WINDOW: Final = 4
_LONGEST_OVERLAP: Final = 6
NEVER_FIRST: Final = "，。、；：？！”’》）)】」』%％‰"
"""Marks that open no paragraph."""


class Evidence(NamedTuple):
    """What speaks for a joint; sums of log likelihood ratios in nats, or 0 and 1."""

    link: float = 0.0
    """The right fragment's first characters after the left one's last, against anywhere: how much the two ends expect
    each other."""
    first_link: float = 0.0
    """The part of the first character in it."""
    opens_badly: float = 0.0
    """The first characters anywhere, against the start of a sentence."""
    shared: float = 0.0
    """How unlikely it is by chance that both ends hold the characters that were taken for an overlap."""
    overlap: float = 0.0
    closes: float = 0.0
    """The right fragment closes the quotation mark or bracket that the left one leaves open."""
    closes_nothing: float = 0.0
    leaves_open: float = 0.0
    """The left one leaves a title or a bracket open that the right one does not close."""
    leaves_quote: float = 0.0
    first_mark: float = 0.0
    word: float = 0.0
    """A Latin word cut in two, with or without a hyphen."""
    hyphen: float = 0.0


# How far a joint stands out from its rivals is judged by LIKELIHOOD; what it is worth by itself, beside that, by WORTH.
# Both were fitted by logistic regression on whole articles that a program broke (tests/reading/broken.py), none of
# them among those that precision and recall were measured on.
LIKELIHOOD: Final = Evidence(link=0.59, first_link=0.22, shared=0.75, overlap=-0.66, closes=3.0, hyphen=6.0)
WORTH: Final = Evidence(
    link=0.16, first_link=-0.08, opens_badly=0.23, shared=0.11, closes=1.42, closes_nothing=-1.27,
    leaves_open=-0.8, leaves_quote=-1.08, first_mark=1.0, word=0.2, hyphen=2.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fit:
    """The evidence that a fragment goes on in another, and how many characters both of them hold."""

    evidence: Evidence
    overlap: int = 0

    @property
    def likelihood(self) -> float:
        """How well the two ends fit, to be compared with other pairs."""
        return _weigh(self.evidence, LIKELIHOOD)

    @property
    def worth(self) -> float:
        """What speaks for the joint whatever its rivals."""
        return _weigh(self.evidence, WORTH)


class Judge:
    """Judges joints by the shipped n-gram counts and by the article's own."""

    def __init__(self, table: NgramTable, own: LocalCounts) -> None:
        self._table = table
        self._own = own
        self._badly: dict[str, float] = {}

    def fit(self, left: str, right: str) -> Fit:
        """Judge ``right`` as what follows ``left``, with the overlap that fits best."""
        best = Fit(self._between(left, right, 0))
        # A fragment that opens well is no second half: it only happens to begin as the other one ends.
        longest = _LONGEST_OVERLAP if self.opens_badly(right) > 0 else 0
        for size in range(1, min(longest, len(left), len(right) - 1) + 1):
            if left.endswith(right[:size]) and right[:size].isalnum():
                best = max(best, Fit(self._between(left, right, size), size), key=lambda fit: fit.likelihood)
        around = self._around(left, right)
        return Fit(Evidence(*(a + b for a, b in zip(best.evidence, around, strict=True))), best.overlap)

    def _between(self, left: str, right: str, overlap: int) -> Evidence:
        """Give the evidence of the characters on both sides of the joint."""
        if not overlap and is_hyphenated(left, right):
            return Evidence(hyphen=1.0, word=1.0)
        if not overlap and left[-1:].isascii() and left[-1:].isalpha() and "a" <= right[:1] <= "z":
            return Evidence(word=1.0)
        link = first = 0.0
        for i in range(overlap, min(overlap + _WINDOW, len(right))):
            # What the shared characters themselves make likely is no evidence for an overlap.
            apart = self._log(right[i], left[-3:] + right[overlap:i]) - self._log(right[i], right[:i])
            link += apart
            first = first or apart
        if not overlap:
            return Evidence(link=link, first_link=first)
        chance = self._own.ngrams[right[:overlap]] / max(1, self._own.total)
        return Evidence(link=link, first_link=first, shared=-math.log(max(chance, 1e-6)), overlap=1.0)

    def _around(self, left: str, right: str) -> Evidence:
        """Give the evidence of brackets and of the right fragment's opening."""
        waiting = unmatched(left)[1]
        missing = unmatched(right)[0]
        closes = bool(missing) and missing[0] in waiting
        unanswered = waiting[-1:] if not missing else ""
        return Evidence(
            opens_badly=self.opens_badly(right),
            closes=float(closes),
            closes_nothing=float(bool(missing) and not closes),
            leaves_open=float(unanswered in set("》）】〉")),
            leaves_quote=float(unanswered in set("”’」』")),
            first_mark=float(right[:1] in NEVER_FIRST),
        )

    def opens_badly(self, text: str) -> float:
        """Give how much better the first characters do anywhere in a text than at the start of a sentence, in nats."""
        head = text[:3]
        if (known := self._badly.get(head)) is None:
            known = sum(
                self._table.log_probability(head[i], head[:i]) - self._table.log_probability(head[i], "\n" + head[:i])
                for i in range(len(head))
            )
            self._badly[head] = known
        return known

    def _log(self, char: str, context: str) -> float:
        return self._table.log_probability(char, context[-3:], self._own)


def _weigh(evidence: Evidence, weights: Evidence) -> float:
    return sum(value * weight for value, weight in zip(evidence, weights, strict=True))
