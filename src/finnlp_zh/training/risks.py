"""Fit how the risk stage weighs its rules and the encoder's head: a logistic regression held to trusting the rules.

Every (sentence, theme) that a rule sees or that is labelled counts, and of the rest those that the head likes best:
there are far too many silent ones to say anything. Fit on articles that the encoder was not trained on, else the
head looks better than it is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.features import Features
from finnlp_zh.evaluation.metrics import f1
from finnlp_zh.resources.risks import WEIGHTS, RiskWeights, risk_lexicon, risk_weights
from finnlp_zh.stages.risks.candidates import find_candidates
from finnlp_zh.stages.risks.stage import STATUSES, THEMES, log_odds, sentence_logits
from finnlp_zh.types import Record, read_records

Floats = NDArray[np.float64]
_BIASES: Final = tuple(at / 10 for at in range(-10, 16))
_HEADER: Final = """\
# How the risk stage weighs its evidence: name, value. A sentence's log-odds for a theme are, without a model,
# bias + rule * log-odds of the rules, and with one mixed_bias + mixed_rule * log-odds of the rules + mixed_head
# * the head's logit. `silence` stands for the rules where none of them matches. Fitted by
# finnlp_zh.training.risks, November 2025; Apache-2.0.
"""


class Evidence(NamedTuple):
    """What is known of every (sentence, theme) of some articles, flat: rules, head (zeros without one), label."""

    rules: Floats
    head: Floats
    labels: Floats


class StatusEvidence(NamedTuple):
    """For every risk that rules and labels share: the rules' status, the head's logits, the label (as indices)."""

    rules: NDArray[np.int64]
    head: Floats
    labels: NDArray[np.int64]


def gather(records: Sequence[Record], features: Sequence[Features], silence: float) -> tuple[Evidence, StatusEvidence]:
    """Read rules, heads and labels off labelled articles."""
    rules: list[Floats] = []
    heads: list[Floats] = []
    labels: list[Floats] = []
    statuses: list[tuple[int, Floats, int]] = []
    for record, feature in zip(records, features, strict=True):
        shape = (len(record.sentences), len(THEMES))
        seen, told = np.full(shape, silence), np.zeros(shape)
        by_place: dict[tuple[int, str], str] = {}
        for candidate in find_candidates(record.text, record.sentences, risk_lexicon()):
            seen[candidate.sentence, THEMES.index(candidate.theme)] = log_odds(candidate.confidence)
            by_place[candidate.sentence, candidate.theme] = candidate.status
        places = {sentence: at for at, sentence in enumerate(record.sentences)}
        likes = sentence_logits(feature, "risk_status", STATUSES, record.sentences)
        for risk in record.risks:
            at = places[risk.sentence]
            told[at, THEMES.index(risk.theme)] = 1
            if found := by_place.get((at, risk.theme)):
                row = np.zeros(len(STATUSES)) if likes is None else likes[at]
                statuses.append((STATUSES.index(found), row, STATUSES.index(risk.status)))
        head = sentence_logits(feature, "risks", THEMES, record.sentences)
        rules.append(seen)
        heads.append(np.zeros(shape) if head is None else head)
        labels.append(told)
    flat = [np.concatenate([block.ravel() for block in blocks]) for blocks in (rules, heads, labels)]
    ours, rows, theirs = zip(*statuses, strict=True) if statuses else ((), (), ())
    return Evidence(*flat), StatusEvidence(np.array(ours), np.array(rows), np.array(theirs))


def fit(evidence: Evidence, columns: Sequence[str], *, hold: float = 20.0) -> Floats:
    """Give the weights of ``columns`` (bias, rules, head) that explain the labels while trusting the rules.

    ``hold`` is the strength with which the weights are held at bias 0, rules 1, head 0.
    """
    table = {"bias": np.ones_like(evidence.rules), "rules": evidence.rules, "head": evidence.head}
    rows = np.stack([table[name] for name in columns], axis=1)
    prior = np.array([1.0 if name == "rules" else 0.0 for name in columns])
    weights = prior.copy()
    for _ in range(50):  # Newton's method; three weights
        chance = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (chance - evidence.labels) + hold * (weights - prior)
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + hold * np.eye(len(prior))
        weights = weights - np.linalg.solve(curvature, gradient)
    return weights


def shipped_logits(evidence: Evidence) -> Floats:
    """Give the stage's log-odds of every (sentence, theme), with the head where the evidence holds one."""
    weights = risk_weights()
    return weights.mixed_bias + weights.mixed_rule * evidence.rules + weights.mixed_head * evidence.head


def score(evidence: Evidence, logits: Floats) -> float:
    """Give the F1 over (sentence, theme) of what lies above even odds."""
    found = logits > 0
    return f1(int((found & (evidence.labels > 0)).sum()), int(found.sum()), int(evidence.labels.sum()))


def weigh(records: Sequence[Record], features: Sequence[Features]) -> RiskWeights:
    """Give weights fitted to labelled articles; the head gets a weight only where it lifts F1 over the rules alone."""
    known = risk_weights()
    evidence, statuses = gather(records, features, known.silence)
    alone = score(evidence, evidence.rules)
    _, rules, head = fit(evidence, ["bias", "rules", "head"])
    logits = rules * evidence.rules + head * evidence.head
    # The likeliest weights are not those of the best F1: the bias is chosen for that.
    bias = max(_BIASES, key=lambda bias: (score(evidence, bias + logits), -abs(bias)))
    mixed = score(evidence, bias + logits)
    print(f"(sentence, theme) F1: rules {alone:.3f}, with the head {mixed:.3f}")
    if head <= 0 or mixed < alone:
        bias, rules, head = 0.0, 1.0, 0.0
    best, right = 0.0, float((statuses.rules == statuses.labels).mean()) if len(statuses.labels) else 0.0
    for share in (0.2, 0.4, 0.6, 0.8, 1.0) if len(statuses.labels) else ():
        votes = known.status_rule * np.eye(len(STATUSES))[statuses.rules] + share * statuses.head
        accuracy = float((votes.argmax(axis=1) == statuses.labels).mean())
        if accuracy >= right:
            best, right = share, accuracy
    print(f"status accuracy {right:.3f} with the head's share at {best}")
    return msgspec.structs.replace(
        known, mixed_bias=float(bias), mixed_rule=float(rules), mixed_head=float(head), status_head=best
    )


def write_weights(path: Path, weights: RiskWeights) -> None:
    """Write the table ``risks.weights.tsv``."""
    lines = [f"{name}\t{value:.4g}" for name, value in msgspec.structs.asdict(weights).items()]
    path.write_text(_HEADER + "\n".join(lines) + "\n", "utf-8")


def main(gold: Path, model: str, output: Path) -> None:
    """Fit to the records of ``gold`` with ``model``'s heads and write ``risks.weights.tsv`` into ``output``."""
    from finnlp_zh import encoder

    records = list(read_records(gold))
    features = encoder.load(model).encode([record.text for record in records])
    write_weights(output / WEIGHTS, weigh(records, features))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
