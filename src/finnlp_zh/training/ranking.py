"""Fits the linear weights by which a stage chooses among proposals: a softmax over each question's candidates.

Gradient descent with L2 on the probability of the candidates that are right (Adagrad: Duchi, Hazan and Singer 2011).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from finnlp_zh.resources.ranking import Weights


class Featured(Protocol):
    """A candidate as the fit sees it."""

    @property
    def features(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one question, which of them are right, and the article they are from."""

    candidates: Sequence[Featured]
    right: list[bool]
    doc_id: str
    weight: float = 1.0


def fit(
    examples: Sequence[Example], *, l2: float = 0.05, steps: int = 150, rate: float = 0.5, occurrences: int = 2
) -> dict[str, float]:
    """Give the weights of the features that occur in at least ``occurrences`` examples."""
    counts: dict[str, int] = {}
    for example in examples:
        for feature in {feature for candidate in example.candidates for feature in candidate.features}:
            counts[feature] = counts.get(feature, 0) + 1
    names = sorted(feature for feature, count in counts.items() if count >= occurrences and feature)
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
    row_of, column_of = np.array(rows, int), np.array(columns, int)
    group_of, good_of = np.array(groups), np.array(right, float)
    counted = np.array([example.weight for example in examples])
    penalty = l2 * counted.sum() / 10
    weights = np.zeros(len(names))
    memory = np.full(len(names), 1e-8)
    for _ in range(steps):
        scores = np.bincount(row_of, weights[column_of], minlength=row)
        top = np.full(len(examples), -np.inf)
        np.maximum.at(top, group_of, scores)
        exponent = np.exp(scores - top[group_of])
        total = np.bincount(group_of, exponent)
        share = np.bincount(group_of, exponent * good_of)
        slope = counted[group_of] * (exponent * good_of / share[group_of] - exponent / total[group_of])
        gradient = np.bincount(column_of, slope[row_of], minlength=len(names)) - penalty * weights
        memory += gradient**2
        weights += rate * gradient / np.sqrt(memory)
    return {name: round(float(weights[index]), 3) for name, index in position.items() if abs(weights[index]) >= 0.01}


def write_weights(weights: Weights, target: Path, *, about: str) -> None:
    """Write the weights as the resource that the stage reads."""
    document = {"_about": about, "weights": weights}
    target.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
