"""What the encoder hands to the stages: one row of logits a character for every learned head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.types import Span

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """The encoder's view of one article.

    ``logits[head]`` has shape ``(len(text), len(labels[head]))``: one row a code point of the text. A head for whole
    sentences or quotes is linear too, so that the mean of its rows over a span is its logit for the span
    (`pooled`). Without a model both mappings are empty and stages fall back on their rules.
    """

    logits: Mapping[str, Logits] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, head: str) -> bool:
        return head in self.logits

    def pooled(self, head: str, spans: list[Span]) -> Logits:
        """Give the head's mean logits over the characters of ``spans``, shape ``(len(labels[head]),)``."""
        rows = np.concatenate([self.logits[head][start:end] for start, end in spans])
        mean: Logits = rows.mean(axis=0) if len(rows) else np.zeros(len(self.labels[head]), np.float32)
        return mean
