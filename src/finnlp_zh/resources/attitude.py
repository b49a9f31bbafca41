"""How much the classes of the stance lexicon say of an article's own attitude to an entity."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import rows

WEIGHTS: Final = "attitude.weights.tsv"


class AttitudeWeights(NamedTuple):
    """Weight by class (below zero: critical), and how clear the sum must be: ``least`` in all, ``share`` one way."""

    classes: dict[str, float]
    least: float
    share: float


@cache
def attitude_weights() -> AttitudeWeights:
    """Give the weights. Raises `ResourceError` with the line that is broken, or naming the bound that is missing."""
    table: dict[str, float] = {}
    for number, cells in rows(WEIGHTS):
        try:
            name, weight = cells
            table[name] = float(weight)
        except ValueError as error:
            raise ResourceError(f"{WEIGHTS}, line {number}: a class and a number are due") from error
    try:
        return AttitudeWeights(least=table.pop("least"), share=table.pop("share"), classes=table)
    except KeyError as error:
        raise ResourceError(f"{WEIGHTS}: no row for {error}") from error
