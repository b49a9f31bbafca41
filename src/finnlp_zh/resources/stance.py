"""The stance lexicon: rated word classes, and the weights of the features that are counted from them."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import PhraseBook, read_classes, rows

WORDS: Final = "stance.words.tsv"
CUES: Final = "stance.cues.tsv"
WEIGHTS: Final = "stance.weights.tsv"


class StanceWeights(NamedTuple):
    """A softmax regression over named features; columns are supportive, critical, neutral.

    ``prior`` is set by hand, ``fitted`` is what training made of it; ``head`` scales the encoder's logits,
    ``scale`` all logits before they become a score, ``mixed_scale`` those that hold the encoder's (all three found on
    articles that the lexicon was not grown from and the encoder not trained on).
    """

    features: tuple[str, ...]
    prior: NDArray[np.float64]
    fitted: NDArray[np.float64]
    head: float
    scale: float
    mixed_scale: float


@cache
def stance_phrases() -> PhraseBook:
    """Give the rated word classes, compiled."""
    return PhraseBook(read_classes(WORDS), ())


@cache
def stance_cues() -> dict[str, frozenset[str]]:
    """Give the kinds of reporting words and of clause words by class."""
    return {name: frozenset(words) for name, words in read_classes(CUES).items()}


@cache
def stance_weights() -> StanceWeights:
    """Give the weights, in the table's order of features. Raises `ResourceError` with the line that is broken."""
    features: list[str] = []
    table: list[list[float]] = []
    factors = {"head": 0.0, "scale": 1.0, "mixed_scale": 1.0}
    for number, cells in rows(WEIGHTS):
        try:
            if cells[0] in factors:
                factors[cells[0]] = float(cells[1])
                continue
            name, *numbers = cells
            values = [float(value) for value in numbers]
        except (ValueError, IndexError) as error:
            raise ResourceError(f"{WEIGHTS}, line {number}: numbers are due after the feature's name") from error
        if len(values) != 6:
            raise ResourceError(f"{WEIGHTS}, line {number}: {len(values)} numbers where 6 are due")
        features.append(name)
        table.append(values)
    array = np.array(table, np.float64).reshape(-1, 6)
    return StanceWeights(tuple(features), array[:, :3], array[:, 3:], **factors)
