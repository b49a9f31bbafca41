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
