"""Classifiers over pooled features: calibrated, scored by article, better where the features say something."""

from __future__ import annotations

import re

import numpy as np

from finnlp_zh.encoder.features import Features
from finnlp_zh.training.pooled import RISKS, STANCE, Items, Task, measure, pooled_rows


def items(seed: int, count: int = 240) -> Items:
    """Quotes whose label shows in ``cues`` and not in ``pooled``."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    noise = random.normal(size=(count, 4))
    return Items({"cues": 2 * np.eye(3)[labels] + 0.3 * noise[:, :3], "pooled": noise}, labels, np.arange(count) // 4)


def test_table_tells_features_from_noise() -> None:
    task = Task("stance", (("cues",), ("pooled",)), 1.0, "macro-F1")
    _, head, cues, noise = measure(task, items(1), {"unseen": items(2)})
    assert head.split() == ["features", "cross-validated", "unseen"]
    scores = {line.split()[0]: [float(cell) for cell in re.findall(r"([\d.]+) \(", line)] for line in (cues, noise)}
    assert min(scores["cues"]) > 95
    assert max(scores["pooled"]) < 50


def test_pooled_rows_hold_every_head_side_by_side() -> None:
    logits = {"stance": np.arange(6, dtype=np.float32).reshape(3, 2), "words": np.ones((3, 1), np.float32)}
    features = Features(logits, {"stance": ("a", "b"), "words": ("w",)})
    assert pooled_rows(features, [[(0, 2)], [(0, 1), (2, 3)]]).tolist() == [[1, 2, 1], [2, 3, 1]]


def test_every_source_is_measured_with_and_without() -> None:
    assert {("cues",), ("cues", "finfe"), ("cues", "finnsp")} <= set(STANCE.variants)
    assert {("rules",), ("rules", "finnsp"), ("rules", "finese")} <= set(RISKS.variants)
