"""The stance stage: rated words and the encoder's head, weighed together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.stance import stance_cues, stance_phrases, stance_weights
from finnlp_zh.stages.stance.features import doc_features
from finnlp_zh.stages.stance.target import TargetFinder
from finnlp_zh.types import Layer, Quote, Record, Stance, StanceLabel

LABELS: Final[tuple[StanceLabel, ...]] = ("supportive", "critical", "neutral")


class StanceStage:
    """Sets every quote's stance: its label, the noun phrase that it is about, and how sure the stage is."""

    name = "stance"
    version = "2"
    requires = frozenset({"quotes", "entities"})
    provides = frozenset({"quotes"})

    def __init__(self) -> None:
        self._phrases = stance_phrases()
        self._cues = stance_cues()
        self._weights = stance_weights()
        self._targets = TargetFinder(self._phrases, self._cues)

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give every article's quotes with their stance."""
        return [
            Layer(quotes=self._quotes(doc, feature) if doc.quotes else [])
            for doc, feature in zip(docs, features, strict=True)
        ]

    def _quotes(self, doc: Record, features: Features) -> list[Quote]:
        names = self._weights.features
        rows = np.array([[found[name] for name in names] for found in doc_features(doc, self._phrases, self._cues)])
        logits, scale = rows @ self._weights.fitted, self._weights.scale
        if self._weights.head and "stance" in features:
            order = [features.labels["stance"].index(label) for label in LABELS]
            head = np.stack([features.pooled("stance", quote.content)[order] for quote in doc.quotes])
            logits, scale = logits + self._weights.head * head, self._weights.mixed_scale
        logits = scale * logits
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [
            msgspec.structs.replace(quote, stance=self._stance(doc, quote, share))
            for quote, share in zip(doc.quotes, shares, strict=True)
        ]

    def _stance(self, doc: Record, quote: Quote, share: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Stance:
        best = int(share.argmax())
        label = LABELS[best]
        return Stance(label, self._targets.find(doc.text, quote.content, label), round(float(share[best]), 3))
