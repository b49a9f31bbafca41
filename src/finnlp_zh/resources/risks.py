"""The risk lexicon: rules over word classes that tell of the fourteen themes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, cast, get_args

import msgspec

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import PhraseBook, read_classes, rows
from finnlp_zh.types import RiskStatus, Theme

RULES: Final = "risks.rules.tsv"
WORDS: Final = "risks.words.tsv"
WEIGHTS: Final = "risks.weights.tsv"
Reading = Literal["auto", "realised", "potential", "mitigated"]
_THEMES: Final = frozenset(get_args(Theme))
_BLOCKING: Final = ("rise", "metric", "never")
_READINGS: Final = frozenset(get_args(Reading))


class RiskRule(NamedTuple):
    """One pattern: its theme, the status that it fixes (or ``auto``), and how often it is right by itself."""

    theme: Theme
    reading: Reading
    weight: float
    pattern: str


class RiskLexicon(NamedTuple):
    """The rules and the compiled phrases; a match's label is the index of its rule."""

    rules: tuple[RiskRule, ...]
    phrases: PhraseBook


class RiskWeights(msgspec.Struct, frozen=True):
    """How rules and the encoder's heads are weighed; the table's head says what each number means."""

    bias: float
    rule: float
    mixed_bias: float
    mixed_rule: float
    mixed_head: float
    silence: float
    status_rule: float
    status_head: float
    threshold: float


@cache
def risk_weights() -> RiskWeights:
    """Give the weights. Raises `ResourceError` where one is missing or no number."""
    try:
        return msgspec.convert({cells[0]: float(cells[1]) for _, cells in rows(WEIGHTS)}, RiskWeights)
    except (ValueError, IndexError, msgspec.ValidationError) as error:
        raise ResourceError(f"{WEIGHTS}: {error}") from error


@cache
def risk_lexicon(own: Path | None = None) -> RiskLexicon:
    """Give the package's risk rules, compiled, with a user's ``own`` after them.

    A file of own rules has the form of ``risks.rules.tsv`` and may use its word classes. Raises `ResourceError` with
    table and line where a rule is broken.
    """
    tables: list[str | Path] = [RULES] if own is None else [RULES, own]
    rules = tuple(_rule(f"{table}, line {number}", cells) for table in tables for number, cells in rows(table))
    patterns = ((at, rule.pattern) for at, rule in enumerate(rules))
    return RiskLexicon(rules, PhraseBook(read_classes(WORDS), patterns, blocking=_BLOCKING))


def _rule(where: str, cells: list[str]) -> RiskRule:
    if len(cells) != 4:
        raise ResourceError(f"{where}: {len(cells)} columns where 4 are due")
    theme, reading, weight, pattern = cells
    if theme not in _THEMES or reading not in _READINGS:
        raise ResourceError(f"{where}: unknown theme or status: {theme}, {reading}")
    try:
        return RiskRule(cast(Theme, theme), cast(Reading, reading), float(weight), pattern)
    except ValueError as error:
        raise ResourceError(f"{where}: the weight {weight!r} is no number") from error


def status_of(reading: Reading) -> RiskStatus | None:
    """Give the status that a rule fixes, or None where the words around decide."""
    return None if reading == "auto" else reading
