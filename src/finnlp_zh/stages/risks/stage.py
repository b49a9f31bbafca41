"""The risk stage: rules and the encoder's heads, weighed together into one probability for each theme."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from pathlib import Path
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.risks import risk_lexicon, risk_weights
from finnlp_zh.stages.risks.candidates import Candidate, find_candidates, showing_clause
from finnlp_zh.types import Layer, Record, Risk, RiskStatus, Span, Theme

THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
STATUSES: Final[tuple[RiskStatus, ...]] = get_args(RiskStatus)
_SUREST: Final = 0.995  # rules are never surer than this


class RiskStage:
    """Gives the risks that each sentence tells of, and for the whole article how likely each theme is.

    ``rules`` is a file of a user's own rules, in the form of the package's ``risks.rules.tsv``.
    """

    name = "risks"
    version = "2"
    requires = frozenset({"sentences"})
    provides = frozenset({"risks", "themes"})

    def __init__(self, *, rules: Path | None = None) -> None:
        self._lexicon = risk_lexicon(rules)
        self._weights = risk_weights()

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give risks and themes for every article."""
        return [self._layer(doc, feature) for doc, feature in zip(docs, features, strict=True)]

    def _layer(self, doc: Record, features: Features) -> Layer:
        found = find_candidates(doc.text, doc.sentences, self._lexicon)
        if not doc.sentences:
            return Layer(risks=[], themes={str(theme): 0.0 for theme in THEMES})
        candidates = {(candidate.sentence, THEMES.index(candidate.theme)): candidate for candidate in found}
        chances = self._chances(doc, features, candidates)
        statuses = None
        if self._weights.status_head:
            statuses = sentence_logits(features, "risk_status", STATUSES, doc.sentences)
        risks: list[Risk] = []
        for at, theme in zip(*np.nonzero(chances >= self._weights.threshold), strict=True):
            candidate = candidates.get((int(at), int(theme)))
            sentence = doc.sentences[at]
            evidence = list(candidate.evidence) if candidate else [self._showing(doc, features, sentence, int(theme))]
            status = self._status(candidate, None if statuses is None else statuses[at])
            risks.append(Risk(THEMES[theme], status, sentence, evidence, round(float(chances[at, theme]), 3)))
        most = chances.max(axis=0)
        return Layer(risks=risks, themes={theme: round(float(most[at]), 3) for at, theme in enumerate(THEMES)})

    def _chances(
        self, doc: Record, features: Features, candidates: dict[tuple[int, int], Candidate]
    ) -> NDArray[np.float64]:
        """Probabilities, shape (sentences, themes)."""
        weights = self._weights
        rules = np.full((len(doc.sentences), len(THEMES)), weights.silence)
        for place, candidate in candidates.items():
            rules[place] = log_odds(candidate.confidence)
        head = sentence_logits(features, "risks", THEMES, doc.sentences) if weights.mixed_head else None
        if head is None:
            logits = weights.bias + weights.rule * rules
        else:
            logits = weights.mixed_bias + weights.mixed_rule * rules + weights.mixed_head * head
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
        return chances

    def _status(self, candidate: Candidate | None, head: NDArray[np.float64] | None) -> RiskStatus:
        votes = np.zeros(len(STATUSES))
        if candidate is not None:
            votes[STATUSES.index(candidate.status)] += self._weights.status_rule
        if head is not None:
            votes += self._weights.status_head * head
        return STATUSES[int(votes.argmax())]

    def _showing(self, doc: Record, features: Features, sentence: Span, theme: int) -> Span:
        column = features.labels["risks"].index(THEMES[theme])
        return showing_clause(doc.text, sentence, features.logits["risks"][:, column])


def log_odds(chance: float) -> float:
    """Give ln(p / (1 - p)), kept finite: rules are never quite sure."""
    chance = min(chance, _SUREST)
    return log(chance / (1 - chance)) if chance > exp(-9) else -9.0


def sentence_logits(
    features: Features, head: str, labels: Sequence[str], sentences: Sequence[Span]
) -> NDArray[np.float64] | None:
    """Give the head's mean logits over each sentence, in the order of ``labels``; None without the head."""
    if head not in features or not len(features.logits[head]):
        return None
    columns = [features.labels[head].index(label) for label in labels]
    sums = np.zeros((len(features.logits[head]) + 1, len(columns)))
    np.cumsum(features.logits[head][:, columns], axis=0, out=sums[1:])
    starts, ends = (np.array(bound) for bound in zip(*sentences, strict=True))
    mean: NDArray[np.float64] = (sums[ends] - sums[starts]) / np.maximum(ends - starts, 1)[:, None]
    return mean
