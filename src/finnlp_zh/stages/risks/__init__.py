"""Risk themes: which of fourteen kinds of risk a sentence tells of, and whether it has happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.risks import risk_lexicon
from finnlp_zh.stages.risks.candidates import find_candidates
from finnlp_zh.types import Layer, Record, Risk, Theme

THEMES: tuple[Theme, ...] = get_args(Theme)


class RiskStage:
    """Risks by sentence, and themes by article."""

    name = "risks"
    version = "1"
    requires = frozenset({"sentences"})
    provides = frozenset({"risks", "themes"})

    def __init__(self) -> None:
        self._lexicon = risk_lexicon()

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give risks and themes for every article."""
        return [self._layer(doc, feature) for doc, feature in zip(docs, features, strict=True)]

    def _layer(self, doc: Record, features: Features) -> Layer:
        candidates = find_candidates(doc.text, doc.sentences, self._lexicon)
        risks = [
            Risk(c.theme, c.status, doc.sentences[c.sentence], list(c.evidence), round(c.confidence, 3))
            for c in candidates
            if c.confidence >= 0.5
        ]
        themes = {theme: max((c.confidence for c in candidates if c.theme == theme), default=0.0) for theme in THEMES}
        return Layer(risks=risks, themes=themes)
