"""What the learned heads ``content``, ``cue`` and ``speaker`` say about a quote."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.types import Span

HEADS: Final = ("content", "cue", "speaker")

Probabilities = NDArray[np.float32]

# A weak rule, or a guessed speaker, falls where both heads are all but sure that nothing is reported here.
_WEAK_RULE: Final = 0.75
_DENIED: Final = 0.03
# A rule's score keeps most of its weight: the rules are right more often than the heads.
_RULE_WEIGHT: Final = 0.85


class HeadEvidence:
    """The heads' probability, for every character, that it belongs to a content, a cue or a speaker."""

    def __init__(self, features: Features) -> None:
        self.known = all(head in features for head in HEADS)
        self._inside = {head: _inside(features, head) for head in HEADS} if self.known else {}

    def mean(self, head: str, spans: list[Span]) -> float:
        """Give the mean probability over ``spans``, 0 to 1."""
        values = [self._inside[head][start:end] for start, end in spans]
        return float(np.concatenate(values).mean()) if values else 0.0

    def accepts(self, candidate: Candidate) -> bool:
        """Tell whether the candidate stands: only weak rules and guessed speakers that both heads deny fall."""
        guessed = candidate.actor is not None and candidate.actor.guess is not None
        if not self.known or candidate.cue is None or (candidate.score > _WEAK_RULE and not guessed):
            return True
        return self.mean("cue", [candidate.cue]) > _DENIED or self.mean("content", candidate.content) > _DENIED

    def score(self, candidate: Candidate) -> float:
        """Give the candidate's score with the content head's word added to the rule's."""
        if not self.known:
            return candidate.score
        return _RULE_WEIGHT * candidate.score + (1 - _RULE_WEIGHT) * self.mean("content", candidate.content)

    def reports(self, cue: Span, content: list[Span]) -> bool:
        """Tell whether the heads alone are sure of a report: see `SURE`."""
        sure_cue, sure_content = SURE
        return self.known and self.mean("cue", [cue]) >= sure_cue and self.mean("content", content) >= sure_content


SURE: Final = (0.9, 0.75)
"""Mean probability of the cue and of the content from which the heads may open a quote that the rules left."""


def _inside(features: Features, head: str) -> Probabilities:
    logits = features.logits[head]
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    outside = features.labels[head].index("O")
    inside: Probabilities = 1 - shifted[:, outside] / shifted.sum(axis=1)
    return inside
