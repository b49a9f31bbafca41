"""What of the stance lexicon says something of an article's own attitude to an entity, and how much."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import read_classes, rows

WEIGHTS: Final = "attitude.weights.tsv"
WORDS: Final = "attitude.words.tsv"


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


class AttitudeWords(NamedTuple):
    """What keeps a rated word from being the article's judgement; the table's head says what each class means."""

    spoken: frozenset[str]
    plain: frozenset[str]
    befalls: tuple[str, ...]
    plan: tuple[str, ...]
    source: tuple[str, ...]


@cache
def attitude_words() -> AttitudeWords:
    """Give the words. Raises `ResourceError` where a class is missing."""
    classes = read_classes(WORDS)
    try:
        return AttitudeWords(
            spoken=frozenset(classes["spoken"]),
            plain=frozenset(classes["plain"]),
            befalls=tuple(classes["befalls"]),
            plan=tuple(classes["plan"]),
            source=tuple(classes["source"]),
        )
    except KeyError as error:
        raise ResourceError(f"{WORDS}: no class is called {error}") from error
