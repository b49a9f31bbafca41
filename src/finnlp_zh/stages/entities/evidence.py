"""What the learned head says: spans of its own, and how likely it finds any other span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.decode import decode_spans
from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.entities.candidates import Candidate, Label
from finnlp_zh.stages.entities.selection import FLOOR

HEAD: Final = "entities"
HEAD_ALONE: Final = {
    "ORG": 0.7,
    "REGULATOR": 0.7,
    "PERSON": 0.7,
    "OFFICIAL": 0.7,
    "LOC": 0.58,
    "POLICY": 0.4,
    "TITLE": 0.4,
}
"""How far the head is trusted where no rule agrees."""
HEAD_SHARE: Final = {
    "ORG": 0.2,
    "REGULATOR": 0.2,
    "PERSON": 0.3,
    "OFFICIAL": 0.3,
    "LOC": 0.2,
    "POLICY": 0.1,
    "TITLE": 0.2,
}
"""The head's share in the score of what a rule finds; of what a rule alone would not dare, more."""
_SUPPORT: Final = 0.45
_FAMILIES: Final = (("PERSON", "OFFICIAL"), ("ORG", "REGULATOR"))


class Evidence:
    """The head's view of one article: log probabilities of shape ``(n_chars, n_labels)``."""

    def __init__(self, features: Features) -> None:
        logits, self._labels = features.logits[HEAD], features.labels[HEAD]
        peak = logits.max(axis=1, keepdims=True)
        self._logits = logits
        self._log: NDArray[np.float32] = logits - peak - np.log(np.exp(logits - peak).sum(axis=1, keepdims=True))
        self._column = {label: index for index, label in enumerate(self._labels)}
        inner = [index for label, index in self._column.items() if label.startswith("M-")]
        self._inner = {self._labels[index][2:]: order for order, index in enumerate(inner)}
        self._sums = np.zeros((len(logits) + 1, len(inner)))
        np.cumsum(self._log[:, inner], axis=0, out=self._sums[1:])

    def candidates(self) -> Iterator[Candidate]:
        """Give the spans that the head finds on its own."""
        for start, end, label, score in decode_spans(self._logits, self._labels):
            yield Candidate(start, end, cast(Label, label), HEAD_ALONE[label] * score, "head")

    def likelihood(self, start: int, end: int, label: str) -> float:
        """Give the geometric mean of the probabilities of the labels that spell the span, 0 to 1."""
        if label not in self._inner:
            return 0.0
        if end - start == 1:
            return float(np.exp(self._log[start, self._column[f"S-{label}"]]))
        inner = self._inner[label]
        total = self._log[start, self._column[f"B-{label}"]] + self._log[end - 1, self._column[f"E-{label}"]]
        total += self._sums[end - 1, inner] - self._sums[start + 1, inner]
        return float(np.exp(total / (end - start)))

    def weigh(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Give the candidates of rules with the head's opinion in their scores; the head's own stay as they are."""
        for candidate in candidates:
            if candidate.rule == "head":
                yield candidate
                continue
            labels = next((family for family in _FAMILIES if candidate.label in family), (candidate.label,))
            likely = max(self.likelihood(candidate.start, candidate.end, label) for label in labels)
            share = HEAD_SHARE[candidate.label] if candidate.score >= FLOOR else _SUPPORT
            yield candidate._replace(score=(1 - share) * candidate.score + share * likely)
