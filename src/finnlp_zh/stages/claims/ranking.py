"""Chooses among the readings that grammar allows for a figure's metric and subject, by learned weights.

The grammar of `context` proposes spans, each with the features it was found by; a linear model, trained by
`finnlp_zh.training.claim_ranking` on hand-labelled articles, scores them. The weights are data
(``claim_ranking.json``); without them the first proposal would win.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final

import msgspec

from finnlp_zh.resources import ranking
from finnlp_zh.resources.ranking import Weights
from finnlp_zh.types import Span

Bundle = tuple[str, ...]
"""Features that come together again and again, so that their weights are summed once; few in kind."""


class Candidate(msgspec.Struct):
    """One proposed span, ``None`` for "the text does not say", with the features that speak for or against it.

    Its features stand one by one in ``facts`` and together in ``bundles``. ``days`` are the first and last ISO day
    where the span is a time expression, ``label`` the answer where the question has a few fixed ones (modality).
    """

    span: Span | None
    facts: list[str] = []
    bundles: list[Bundle] = []
    bonus: float = 0.0
    days: tuple[str, str] | None = None
    label: str = ""

    @property
    def features(self) -> list[str]:
        """All features one by one, as the training counts them."""
        return [*self.facts, *chain.from_iterable(self.bundles)]


class Scorer(dict[Bundle, float]):
    """The weights of one question, and their sums by bundle, each summed when it is first asked for.

    >>> scorer = Scorer({"near": 1.5, "far": -2.0})
    >>> scorer.score(Candidate(None, ["near", "new"], [("near", "far")]))
    1.0
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__()
        self.weights = weights

    def __missing__(self, bundle: Bundle) -> float:
        total = ranking.weigh(self.weights, bundle)
        if len(self) < _MOST_BUNDLES:
            self[bundle] = total
        return total

    def score(self, candidate: Candidate) -> float:
        """Give the sum of the candidate's weights and its bonus."""
        facts, bundles = candidate.facts, candidate.bundles
        of_bundles = sum(map(self.__getitem__, bundles)) if bundles else 0.0
        return (ranking.weigh(self.weights, facts) if facts else 0.0) + of_bundles + candidate.bonus


_MOST_BUNDLES: Final = 50_000  # so that the memory has a bound, whatever the texts hold


def prepare(weights: Weights) -> dict[str, Scorer]:
    """Give the weights ready to score candidates, by question."""
    return {question: Scorer(of_question) for question, of_question in weights.items()}


@cache
def load_scorers() -> dict[str, Scorer]:
    """Give the shipped weights of every question (``metric``, ``subject``, ``period``, ``modality``)."""
    return prepare(ranking.load_weights("claim_ranking.json"))


def best(question: str, candidates: Sequence[Candidate], scorers: Mapping[str, Scorer]) -> Candidate:
    """Give the candidate that is most likely right, where any that overlaps the truth by half is right.

    The scores are read as log-probabilities; a span gathers those of all candidates that it would be right for (and a
    time those of its days), so that a middle reading can win over two extremes.
    """
    scores = list(map(scorers[question].score, candidates))
    top = max(scores)
    if question in ("modality", "subject"):
        return candidates[scores.index(top)]
    shares = [math.exp((one - top) / _TEMPERATURE) for one in scores]
    gathered = _gather_days(candidates, shares) if question == "period" else _gather_spans(candidates, shares)
    return candidates[gathered.index(max(gathered))]


# Below 1 the model's best is trusted more than its spread; chosen by cross-validation on the training articles.
_TEMPERATURE: Final = 0.7


def _gather_days(candidates: Sequence[Candidate], shares: Sequence[float]) -> list[float]:
    totals: dict[tuple[str, str] | None, float] = {}
    for candidate, share in zip(candidates, shares, strict=True):
        totals[candidate.days] = totals.get(candidate.days, 0.0) + share
    return [totals[candidate.days] for candidate in candidates]


def _gather_spans(candidates: Sequence[Candidate], shares: Sequence[float]) -> list[float]:
    """Give each candidate's share and those of the spans that overlap it by half (see `overlap`).

    All are added in the order of the candidates, so that those that gather the same tie and the first of them wins.
    """
    gathered: list[float] = []
    for candidate, share in zip(candidates, shares, strict=True):
        total = 0.0
        if candidate.span is not None:
            start, end = candidate.span
            for place, before in enumerate(gathered):
                other = candidates[place].span
                if other is not None:
                    shared = (end if end < other[1] else other[1]) - (start if start > other[0] else other[0])
                    if 3 * shared >= end - start + other[1] - other[0]:
                        total += shares[place]
                        gathered[place] = before + share
        gathered.append(total + share)
    return gathered


def overlap(left: Span | None, right: Span | None) -> float:
    """Give the characters two spans share over the characters either covers; two absent spans agree."""
    if left is None or right is None:
        return 1.0 if left is right else 0.0
    shared = min(left[1], right[1]) - max(left[0], right[0])
    return shared / (left[1] - left[0] + right[1] - right[0] - shared) if shared > 0 else 0.0
