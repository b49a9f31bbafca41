"""Chooses among the readings that grammar allows for a figure's metric and subject, by learned weights.

The grammar of `context` proposes spans, each with the features it was found by; a linear model, trained by
`finnlp_zh.training.claim_ranking` on hand-labelled articles, scores them. The weights are data
(``claim_ranking.json``); without them the first proposal would win.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

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


Weights = Mapping[str, Mapping[str, float]]


@cache
def load_weights() -> Weights:
    """Give the weights of every question (``metric``, ``subject``, ``period``, ``modality``) by feature."""
    loaded = json.loads(files("finnlp_zh.resources").joinpath("claim_ranking.json").read_text("utf-8"))
    weights: dict[str, dict[str, float]] = loaded["weights"]
    return weights


def score(weights: Mapping[str, float], candidate: Candidate) -> float:
    """Give the sum of the candidate's weights and its bonus."""
    return sum(weights.get(feature, 0.0) for feature in candidate.features) + candidate.bonus


def best(question: str, candidates: Sequence[Candidate], weights: Weights) -> Candidate:
    """Give the candidate with the highest score; the first of equals."""
    chosen = weights[question]
    return max(candidates, key=lambda candidate: score(chosen, candidate))
