"""Linear weights by which stages choose among proposals, kept as JSON: ``{"_about": …, "weights": {question: …}}``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import repeat

Weights = Mapping[str, Mapping[str, float]]
"""Question → feature → weight."""


@cache
def load_weights(table: str) -> Weights:
    """Give the weights of every question in the resource ``table``, such as ``claim_ranking.json``."""
    loaded = json.loads((files(__package__) / table).read_text("utf-8"))
    weights: dict[str, dict[str, float]] = loaded["weights"]
    return weights


def weigh(weights: Mapping[str, float], features: Iterable[str]) -> float:
    """Give the sum of the features' weights; an unknown feature counts nothing.

    >>> weigh({"near": 1.5, "far": -2.0}, ["near", "new"])
    1.5
    """
    return sum(map(weights.get, features, repeat(0.0)))
