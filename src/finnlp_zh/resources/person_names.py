"""What Chinese and transcribed foreign names of persons are made of."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from finnlp_zh.resources.tables import read_rows


class NameParts(NamedTuple):
    """``surnames`` and ``rare`` (surnames that are also common words) are single characters, ``compounds`` two."""

    surnames: frozenset[str]
    rare: frozenset[str]
    compounds: frozenset[str]
    transcription: str


@cache
def load() -> NameParts:
    """Give the parts of names (`person_names.tsv`)."""
    rows = list(read_rows("person_names.tsv", 2))
    by_kind = {kind: frozenset(form for form, other in rows if other == kind) for _, kind in rows}
    transcription = "".join(sorted(by_kind["transcription"]))
    return NameParts(by_kind["surname"], by_kind["surname-rare"], by_kind["compound"], transcription)


class Ratios(NamedTuple):
    """How much more often a character stands in names than in running text, natural log."""

    family: dict[str, float]
    given: dict[str, float]


@cache
def load_ratios() -> Ratios:
    """Give the characters of Chinese names (`name_characters.tsv`); others are rarer in names than in text."""
    rows = list(read_rows("name_characters.tsv", 3))
    family, given = (
        {character: float(ratio) for character, kind, ratio in rows if kind == wanted} for wanted in ("family", "given")
    )
    return Ratios(family, given)
