"""What every finder of names hands on: a span that may be a mention or a title, and how sure it is."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Label = Literal["ORG", "REGULATOR", "OFFICIAL", "PERSON", "POLICY", "LOC", "TITLE"]

CERTAIN: Final = 0.7
"""From this score on, a name is looked for everywhere in the article."""
CERTAIN_PERSON: Final = 0.6
"""The same for persons, whose names are seldom anything else."""

CERTAIN_HEAD: Final = 0.58
"""The same for what the head alone finds, whose scores are low by design."""


class Candidate(NamedTuple):
    """``[start, end)`` may be a ``label``; ``rule`` names the finder, ``score`` its reliability from 0 to 1."""

    start: int
    end: int
    label: Label
    score: float
    rule: str


class Definition(NamedTuple):
    """The article says that ``alias`` (a span) stands for ``full`` (a span before it).

    A ``short`` form is the article's own; else both are full names, one in the place of the other.
    """

    full: tuple[int, int]
    alias: tuple[int, int]
    short: bool = True
