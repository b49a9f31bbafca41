"""The lexicon of policy tone: rules over word classes that tell which way a central bank or a supervisor leans."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple, cast, get_args

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import PhraseBook, read_classes, rows
from finnlp_zh.types import ToneLabel

RULES: Final = "tone.rules.tsv"
WORDS: Final = "tone.words.tsv"
_TONES: Final = frozenset(get_args(ToneLabel))


class ToneRule(NamedTuple):
    """One pattern: the tone that it tells of, and how much a match counts."""

    tone: ToneLabel
    weight: float
    pattern: str


class ToneLexicon(NamedTuple):
    """The rules and the compiled phrases; a match's label is the index of its rule."""

    rules: tuple[ToneRule, ...]
    phrases: PhraseBook


@cache
def tone_lexicon() -> ToneLexicon:
    """Give the rules of tone, compiled. Raises `ResourceError` with table and line where one is broken."""
    rules = tuple(_rule(number, cells) for number, cells in rows(RULES))
    return ToneLexicon(rules, PhraseBook(read_classes(WORDS), ((at, rule.pattern) for at, rule in enumerate(rules))))


def _rule(number: int, cells: list[str]) -> ToneRule:
    if len(cells) != 3 or cells[0] not in _TONES:
        raise ResourceError(f"{RULES}, line {number}: a tone, a weight and a pattern are due")
    try:
        return ToneRule(cast(ToneLabel, cells[0]), float(cells[1]), cells[2])
    except ValueError as error:
        raise ResourceError(f"{RULES}, line {number}: the weight {cells[1]!r} is no number") from error
