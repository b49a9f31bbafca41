"""Chooses among the readings that grammar allows for a figure's metric and subject, by learned weights.

The grammar of `context` proposes spans, each with the features it was found by; a linear model, trained by
`finnlp_zh.training.claim_ranking` on hand-labelled articles, scores them. The weights are data
(``claim_ranking.json``); without them the first proposal would win.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from finnlp_zh.resources import ranking
from finnlp_zh.resources.ranking import Weights
from finnlp_zh.types import Span


@dataclass(slots=True)
class Candidate:
    """One proposed span, ``None`` for "the text does not say", with the features that speak for or against it.

    ``days`` are the first and last ISO day where the span is a time expression, ``label`` the answer where the question
    has a few fixed ones (modality).
    """

    span: Span | None
    features: list[str] = field(default_factory=list)
    bonus: float = 0.0
    days: tuple[str, str] | None = None
    label: str = ""


def load_weights() -> Weights:
    """Give the weights of every question (``metric``, ``subject``, ``period``, ``modality``) by feature."""
    return ranking.load_weights("claim_ranking.json")


def score(weights: Mapping[str, float], candidate: Candidate) -> float:
    """Give the sum of the candidate's weights and its bonus."""
    return ranking.weigh(weights, candidate.features) + candidate.bonus


def best(question: str, candidates: Sequence[Candidate], weights: Weights) -> Candidate:
    """Give the candidate that is most likely right, where any that overlaps the truth by half is right.

    The scores are read as log-probabilities; a span gathers those of all candidates that it would be right for (and a
    time those of its days), so that a middle reading can win over two extremes.
    """
    chosen = weights[question]
    scores = [score(chosen, candidate) / _TEMPERATURE for candidate in candidates]
    top = max(scores)
    if question in ("modality", "subject"):
        return candidates[scores.index(top)]
    shares = [math.exp(one - top) for one in scores]
    gathered = [_gathered(question, candidate, candidates, shares) for candidate in candidates]
    return candidates[gathered.index(max(gathered))]


# Below 1 the model's best is trusted more than its spread; chosen by cross-validation on the training articles.
_TEMPERATURE: Final = 0.7


def _gathered(question: str, candidate: Candidate, candidates: Sequence[Candidate], shares: Sequence[float]) -> float:
    if question == "period":
        return sum(share for other, share in zip(candidates, shares, strict=True) if other.days == candidate.days)
    return sum(
        share for other, share in zip(candidates, shares, strict=True) if overlap(candidate.span, other.span) >= 0.5
    )


def overlap(left: Span | None, right: Span | None) -> float:
    """Give the characters two spans share over the characters either covers; two absent spans agree."""
    if left is None or right is None:
        return 1.0 if left is right else 0.0
    shared = min(left[1], right[1]) - max(left[0], right[0])
    return shared / (left[1] - left[0] + right[1] - right[0] - shared) if shared > 0 else 0.0
