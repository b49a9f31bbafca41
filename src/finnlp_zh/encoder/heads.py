"""The learned heads: their names, labels and the way each is read. All are linear maps of a character's vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, get_args

from finnlp_zh.types import RiskStatus, Theme

Reading = Literal["tags", "choice", "flags"]

UPOS: Final = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "SYM", "VERB", "X",
)  # fmt: skip
ENTITY_TYPES: Final = ("ORG", "REGULATOR", "OFFICIAL", "PERSON", "POLICY", "LOC", "TITLE")
BIO: Final = ("O", "B", "I")
BMES: Final = ("B", "M", "E", "S")


class Head(NamedTuple):
    """One head: ``tags`` is read character by character, ``choice`` and ``flags`` as the mean over a span.

    ``choice`` picks one label (softmax), ``flags`` any number of them (sigmoid).
    """

    name: str
    labels: tuple[str, ...]
    reading: Reading = "tags"


def typed(types: tuple[str, ...]) -> tuple[str, ...]:
    """Give ``O`` and the BMES labels of every type."""
    return ("O", *(f"{place}-{kind}" for kind in types for place in BMES))


HEADS: Final = (
    Head("words", BMES),
    Head("pos", UPOS),
    Head("entities", typed(ENTITY_TYPES)),
    Head("content", BIO),
    Head("cue", BIO),
    Head("speaker", BIO),
    Head("figure", BIO),
    Head("metric", BIO),
    Head("subject", BIO),
    Head("period", BIO),
    Head("change", ("none", "increase", "decrease"), "choice"),
    Head("modality", ("actual", "estimate", "forecast", "target"), "choice"),
    Head("stance", ("neutral", "supportive", "critical"), "choice"),
    Head("risks", tuple(get_args(Theme)), "flags"),
    Head("risk_status", tuple(get_args(RiskStatus)), "choice"),
)


def columns_of(heads: Iterable[Head]) -> dict[str, slice]:
    """Give each head's columns in the output matrix, heads side by side in order."""
    columns, at = {}, 0
    for head in heads:
        columns[head.name] = slice(at, at + len(head.labels))
        at += len(head.labels)
    return columns
