"""What the learned head says: spans of its own, and how likely it finds any other span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.decode import decode_spans
from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.entities.candidates import Candidate, Label
from finnlp_zh.stages.entities.selection import FLOOR

HEAD: Final = "entities"
HEAD_ALONE: Final = {
    "ORG": 0.66,
    "REGULATOR": 0.66,
    "PERSON": 0.85,
    "OFFICIAL": 0.85,
    "LOC": 0.58,
    "POLICY": 0.4,
    "TITLE": 0.5,
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
_KIN: Final = {"PERSON": "OFFICIAL", "OFFICIAL": "PERSON", "ORG": "REGULATOR", "REGULATOR": "ORG"}
"""Types between which rules decide: the head need only see that one of the two stands there."""


class Evidence:
    """The head's view of one article: log probabilities of shape ``(n_chars, n_labels)``."""

    def __init__(self, features: Features) -> None:
        logits, labels = features.logits[HEAD], features.labels[HEAD]
        peak = logits.max(axis=1, keepdims=True)
        self._logits, self._labels = logits, labels
        self._log: NDArray[np.float32] = logits - peak - np.log(np.exp(logits - peak).sum(axis=1, keepdims=True))
        self._types = {label[2:]: order for order, label in enumerate(la for la in labels if la.startswith("M-"))}
        self._places = {
            place: np.array([labels.index(f"{place}-{kind}") for kind in self._types], np.intp) for place in "BMES"
        }
        self._sums = np.zeros((len(logits) + 1, len(self._types)))
        np.cumsum(self._log[:, self._places["M"]], axis=0, out=self._sums[1:])

    def candidates(self) -> Iterator[Candidate]:
        """Give the spans that the head finds on its own."""
        for start, end, label, score in decode_spans(self._logits, self._labels):
            yield Candidate(start, end, cast(Label, label), HEAD_ALONE[label] * score, "head")

    def likelihoods(self, spans: Sequence[tuple[int, int, str]]) -> list[float]:
        """Give the geometric mean of the probabilities of the labels that spell each (start, end, type), 0 to 1.

        A type that the head does not know has likelihood 0.
        """
        kinds = np.array([self._types.get(kind, -1) for _, _, kind in spans], np.intp)
        starts = np.array([start for start, _, _ in spans], np.intp)
        ends = np.array([end for _, end, _ in spans], np.intp)
        total = self._log[starts, self._places["B"][kinds]] + self._log[ends - 1, self._places["E"][kinds]]
        total = total + self._sums[ends - 1, kinds] - self._sums[np.minimum(starts + 1, ends - 1), kinds]
        single = self._log[starts, self._places["S"][kinds]]
        mean = np.where(ends - starts == 1, single, total / (ends - starts))
        likely: list[float] = np.where(kinds < 0, 0.0, np.exp(mean)).tolist()
        return likely

    def weigh(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Give the candidates of rules with the head's opinion in their scores; the head's own stay as they are."""
        asked: list[Candidate] = []
        spans: list[tuple[int, int, str]] = []
        for candidate in candidates:
            if candidate.rule == "head":
                yield candidate
                continue
            asked.append(candidate)
            kin = _KIN.get(candidate.label, candidate.label)
            spans += [(candidate.start, candidate.end, candidate.label), (candidate.start, candidate.end, kin)]
        if not asked:
            return
        likely = self.likelihoods(spans)
        for candidate, own, other in zip(asked, likely[::2], likely[1::2], strict=True):
            share = HEAD_SHARE[candidate.label] if candidate.score >= FLOOR else _SUPPORT
            yield candidate._replace(score=(1 - share) * candidate.score + share * max(own, other))
