"""What the learned heads say of a span or a figure, as numbers to add to the weights of the grammar."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.features import Features, Logits
from finnlp_zh.types import Span

# How much a head's evidence counts beside the learned weights of the grammar, chosen on the dev articles.
SHARES: Final = {"metric": 0.15, "subject": 0.25, "period": 0.05, "modality": 0.1}
_CLIP: Final = 6.0


class Evidence:
    """The claim heads of one article; without a head every question is left to the grammar."""

    def __init__(self, features: Features) -> None:
        self._margins = {
            head: _margins(features.logits[head]) for head in ("metric", "subject", "period") if head in features
        }
        # Sums up to each character, and the runs that a head sees, so that no span is gone through twice.
        self._sums = {head: [0.0, *np.cumsum(margins, dtype=float).tolist()] for head, margins in self._margins.items()}
        self._edges: dict[str, list[float]] = {head: margins.tolist() for head, margins in self._margins.items()}
        self._runs: dict[str, list[Span]] = {}
        self._choices = {
            head: (np.cumsum(_log_softmax(features.logits[head]), axis=0, dtype=float), features.labels[head])
            for head in ("modality",)
            if head in features
        }

    def of_span(self, head: str, span: Span) -> float:
        """Give how much the head speaks for ``span``: its mean log-odds inside, less what sticks out on either side."""
        sums = self._sums.get(head)
        if sums is None or span[0] >= span[1]:
            return 0.0
        start, end = span
        margins = self._edges[head]
        inside: float = (sums[end] - sums[start]) / (end - start)
        left = margins[start - 1] if start else -_CLIP
        right = margins[end] if end < len(margins) else -_CLIP
        return inside - 0.5 * (max(left, 0.0) + max(right, 0.0))

    def spans(self, head: str, start: int, end: int) -> list[Span]:
        """Give the spans that the head sees between ``start`` and ``end``, in order; none without the head."""
        if head not in self._margins or start >= end:
            return []
        if (runs := self._runs.get(head)) is None:
            runs = self._runs[head] = _runs(self._margins[head])
        first = bisect_right(runs, (start, start))
        first -= bool(first and runs[first - 1][1] > start)
        found: list[Span] = []
        for left, right in runs[first:]:
            if left >= end:
                break
            if min(right, end) - max(left, start) >= 2:
                found.append((max(left, start), min(right, end)))
        return found

    def of_choice(self, head: str, span: Span) -> dict[str, float]:
        """Give the head's log-probability of each label over ``span``; empty without the head."""
        if head not in self._choices:
            return {}
        sums, labels = self._choices[head]
        start, end = span
        total: list[float] = (sums[end - 1] - sums[start - 1] if start else sums[end - 1]).tolist()
        return {label: value / (end - start) for label, value in zip(labels, total, strict=True)}


def _runs(margins: NDArray[np.float32]) -> list[Span]:
    """Give the stretches of characters of which each is more likely part of a span than not."""
    inside = np.concatenate(([False], margins > 0, [False]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _margins(logits: Logits) -> NDArray[np.float32]:
    """Give the log-odds of "part of a span" (B or I) against O for every character, clipped."""
    inside = np.logaddexp(logits[:, 1], logits[:, 2])
    clipped: NDArray[np.float32] = np.minimum(np.maximum(inside - logits[:, 0], -_CLIP), _CLIP)
    return clipped


def _log_softmax(logits: Logits) -> NDArray[np.float32]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    scores: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return scores
