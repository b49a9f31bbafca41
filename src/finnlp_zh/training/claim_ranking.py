"""Trains the weights by which claims choose their metric, subject, period and modality, from hand-labelled records.

A softmax over each figure's candidates (`finnlp_zh.stages.claims.ranking`), fitted by gradient descent with L2 on the
probability of the candidates that overlap the label by half. Earlier claims take their labels, as the
stage takes its own earlier choices; a period is right where its days are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finnlp_zh.stages.claims.assembly import Assembly
from finnlp_zh.stages.claims.context import (
    metric_candidates,
    modality_candidates,
    period_candidates,
    subject_candidates,
)
from finnlp_zh.stages.claims.ranking import Candidate
from finnlp_zh.types import Claim, Record, Span


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one figure, which of them are right, and the article they are from."""

    candidates: list[Candidate]
    right: list[bool]
    doc_id: str


def overlap(left: Span | None, right: Span | None) -> float:
    """Give the characters two spans share over the characters either covers; two absent spans agree."""
    if left is None or right is None:
        return 1.0 if left is right else 0.0
    shared = max(0, min(left[1], right[1]) - max(left[0], right[0]))
    return shared / (left[1] - left[0] + right[1] - right[0] - shared)


def collect_examples(records: Iterable[Record]) -> dict[str, list[Example]]:
    """Give the training examples of both questions from labelled records."""
    examples: dict[str, list[Example]] = {"modality": [], "metric": [], "subject": [], "period": []}
    for record in records:
        labelled = {claim.span: claim for claim in record.claims}
        assembly = Assembly.of(record)
        earlier: list[Claim] = []
        for index, figure in enumerate(assembly.article.figures):
            claim = labelled.get((figure.start, figure.end))
            if claim is None:
                continue
            scene = assembly.scene(index, earlier)
            moods = modality_candidates(scene)
            examples["modality"].append(Example(moods, [mood.label == claim.modality for mood in moods], record.doc_id))
            scene.modality = claim.modality
            subject = claim.subject.span if claim.subject is not None else None
            for question, candidates, truth in (
                ("metric", metric_candidates(scene), claim.metric),
                ("subject", subject_candidates(scene, claim.metric), subject),
            ):
                right = [overlap(candidate.span, truth) >= 0.5 for candidate in candidates]
                if any(right):
                    examples[question].append(Example(candidates, right, record.doc_id))
            timed = period_candidates(scene)
            days = (claim.period.start, claim.period.end) if claim.period is not None else None
            right = [candidate.days == (None if days == (None, None) else days) for candidate in timed]
            if any(right):
                examples["period"].append(Example(timed, right, record.doc_id))
            earlier.append(claim)
    return examples


def fit(examples: Sequence[Example], *, l2: float = 0.05, steps: int = 150, rate: float = 0.5) -> dict[str, float]:
    """Give the weights of the features that occur at least twice."""
    counts: dict[str, int] = {}
    for example in examples:
        for feature in {feature for candidate in example.candidates for feature in candidate.features}:
            counts[feature] = counts.get(feature, 0) + 1
    names = sorted(feature for feature, count in counts.items() if count >= 2 and feature)
    position = {name: index for index, name in enumerate(names)}
    rows, columns, groups, right = [], [], [], []
    row = 0
    for group, example in enumerate(examples):
        for candidate, good in zip(example.candidates, example.right, strict=True):
            for feature in candidate.features:
                if feature in position:
                    rows.append(row)
                    columns.append(position[feature])
            groups.append(group)
            right.append(good)
            row += 1
    row_of, column_of = np.array(rows), np.array(columns)
    group_of, good_of = np.array(groups), np.array(right, float)
    weights = np.zeros(len(names))
    memory = np.full(len(names), 1e-8)
    for _ in range(steps):
        scores = np.bincount(row_of, weights[column_of], minlength=row)
        top = np.full(len(examples), -np.inf)
        np.maximum.at(top, group_of, scores)
        exponent = np.exp(scores - top[group_of])
        total = np.bincount(group_of, exponent)
        good = np.bincount(group_of, exponent * good_of)
        slope = exponent * good_of / good[group_of] - exponent / total[group_of]
        gradient = np.bincount(column_of, slope[row_of], minlength=len(names)) - l2 * weights * len(examples) / 10
        memory += gradient**2
        weights += rate * gradient / np.sqrt(memory)
    return {name: round(float(weights[index]), 3) for name, index in position.items() if abs(weights[index]) >= 0.01}


def train(records: Sequence[Record], target: Path, *, about: str) -> dict[str, dict[str, float]]:
    """Fit both questions, write ``target`` and give the weights."""
    weights = {question: fit(examples) for question, examples in collect_examples(records).items()}
    document = {"_about": about, "weights": weights}
    target.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    return weights
