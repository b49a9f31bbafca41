"""Fit the weights of the stance features to labelled quotes: a softmax regression held to weights set by hand.

Few labelled quotes would not carry three weights for each feature by themselves; the prior says what every class of
words means, and the data moves it only as far as ``hold`` lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.evaluation.metrics import f1
from finnlp_zh.resources.stance import WEIGHTS, StanceWeights, stance_cues, stance_phrases, stance_weights
from finnlp_zh.stages.stance.features import doc_features
from finnlp_zh.types import Record, StanceLabel

LABELS: Final[tuple[StanceLabel, ...]] = ("supportive", "critical", "neutral")
Floats = NDArray[np.float64]
_HEADER: Final = """\
# Weights of the stance features: feature, prior (supportive, critical, neutral; set by hand), fitted (the same three).
# `head` scales the encoder's logits; `scale` all logits before they become a score, `mixed_scale` those with the
# encoder's among them.
# Fitted to hand-labelled press by finnlp_zh.training.stance, November 2025; Apache-2.0.
"""


class LabelledQuotes(NamedTuple):
    """Features (quotes × features), label indices, and the article that each quote stands in."""

    rows: Floats
    labels: NDArray[np.int64]
    articles: NDArray[np.int64]


def read_quotes(records: Sequence[Record], weights: StanceWeights | None = None) -> LabelledQuotes:
    """Give the features of every quote that carries a stance."""
    names = (weights or stance_weights()).features
    rows: list[list[float]] = []
    labels: list[int] = []
    articles: list[int] = []
    for at, record in enumerate(records):
        found = doc_features(record, stance_phrases(), stance_cues())
        for quote, features in zip(record.quotes, found, strict=True):
            if quote.stance is not None:
                rows.append([features[name] for name in names])
                labels.append(LABELS.index(quote.stance.label))
                articles.append(at)
    return LabelledQuotes(np.array(rows), np.array(labels), np.array(articles))


def fit(rows: Floats, labels: NDArray[np.int64], prior: Floats, *, hold: float = 30.0, balance: float = 0.3) -> Floats:
    """Give the weights that explain the labels best while staying near ``prior``.

    ``hold`` is the strength of the prior; rare labels weigh (mean count / count) ** ``balance``.
    """
    counts = np.bincount(labels, minlength=3)
    weight = ((len(labels) / 3 / np.maximum(counts, 1)) ** balance)[labels][:, None]
    target = np.eye(3)[labels]
    fitted = prior.copy()
    # Gradient descent with the step that the largest curvature allows; the problem is convex and small.
    step = 1.0 / (hold + float(np.linalg.norm(rows * np.sqrt(weight), 2)) ** 2)
    for _ in range(3000):
        gradient = rows.T @ (weight * (softmax(rows @ fitted) - target)) + hold * (fitted - prior)
        fitted = fitted - step * gradient
    return fitted


def cross_validate(quotes: LabelledQuotes, prior: Floats, *, folds: int = 10, hold: float = 30.0) -> float:
    """Give the macro-F1 of predictions for articles left out of the fit, ``folds`` folds by article."""
    predicted = np.zeros_like(quotes.labels)
    for fold in range(folds):
        held_out = quotes.articles % folds == fold
        weights = fit(quotes.rows[~held_out], quotes.labels[~held_out], prior, hold=hold)
        predicted[held_out] = (quotes.rows[held_out] @ weights).argmax(axis=1)
    return macro_f1(predicted, quotes.labels)


def macro_f1(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Give the mean F1 of the three labels."""
    scores = [
        f1(int(((predicted == k) & (labels == k)).sum()), int((predicted == k).sum()), int((labels == k).sum()))
        for k in range(3)
    ]
    return sum(scores) / 3


def softmax(logits: Floats) -> Floats:
    """Give probabilities by row."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


def write_weights(path: Path, weights: StanceWeights, fitted: Floats) -> None:
    """Write the table ``stance.weights.tsv`` with new fitted weights."""
    lines = [f"{name}\t{getattr(weights, name):g}" for name in ("head", "scale", "mixed_scale")]
    for name, prior, row in zip(weights.features, weights.prior, fitted, strict=True):
        lines.append("\t".join([name, *(f"{value:g}" for value in prior), *(f"{value:.3f}" for value in row)]))
    path.write_text(_HEADER + "\n".join(lines) + "\n", "utf-8")


def main(output: Path, *train: Path) -> None:
    """Fit to the records of the files ``train`` and write the weights to ``output``, a file or its folder."""
    from finnlp_zh.types import read_records

    weights = stance_weights()
    quotes = read_quotes([record for path in train for record in read_records(path)], weights)
    print(f"{len(quotes.labels)} quotes; macro-F1 cross-validated {cross_validate(quotes, weights.prior):.3f}")
    write_weights(
        output / WEIGHTS if output.is_dir() else output,
        weights,
        fit(quotes.rows, quotes.labels, weights.prior),
    )


if __name__ == "__main__":
    import sys

    main(*map(Path, sys.argv[1:]))
