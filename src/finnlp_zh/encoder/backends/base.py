"""What every backend gives, and how foreign label sets map to ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from finnlp_zh.types import Span, Token


class Named(NamedTuple):
    """A named span; ``label`` is one of our entity types or ``TITLE``."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a backend says of one text; ``None`` where it has no opinion on that layer."""

    words: list[Token] | None = None
    entities: list[Named] | None = field(default=None)


class Backend(Protocol):
    """A foreign analyser. ``id`` names it and what it loaded, for the pipeline's version."""

    @property
    def id(self) -> str: ...

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """Give one analysis a text, same length and order."""
        ...


# OntoNotes 5, MSRA (SIGHAN 2006), PKU / People's Daily, CoNLL-style and CLUENER names for what we distinguish.
# A foreign ORG may be a REGULATOR and a foreign PERSON an OFFICIAL: gazetteers and context decide that later.
ENTITY_LABELS: Final = {
    "ORG": "ORG",
    "ORGANIZATION": "ORG",
    "NT": "ORG",
    "CORPORATION": "ORG",
    "COMPANY": "ORG",
    "GOVERNMENT": "REGULATOR",
    "PERSON": "PERSON",
    "PER": "PERSON",
    "NR": "PERSON",
    "NAME": "PERSON",
    "GPE": "LOC",
    "LOC": "LOC",
    "LOCATION": "LOC",
    "FAC": "LOC",
    "NS": "LOC",
    "ADDRESS": "LOC",
    "LAW": "POLICY",
    "POSITION": "TITLE",
    "TITLE": "TITLE",
    "REGULATOR": "REGULATOR",
    "OFFICIAL": "OFFICIAL",
    "POLICY": "POLICY",
}

# Chinese Treebank and PKU parts of speech as Universal Dependencies tags.
UPOS: Final = {
    "AD": "ADV", "AS": "PART", "BA": "ADP", "CC": "CCONJ", "CD": "NUM", "CS": "SCONJ", "DEC": "PART", "DEG": "PART",
    "DER": "PART", "DEV": "PART", "DT": "DET", "ETC": "PART", "FW": "X", "IJ": "INTJ", "JJ": "ADJ", "LB": "ADP",
    "LC": "ADP", "M": "NOUN", "MSP": "PART", "NN": "NOUN", "NR": "PROPN", "NT": "NOUN", "OD": "ADJ", "ON": "INTJ",
    "P": "ADP", "PN": "PRON", "PU": "PUNCT", "SB": "AUX", "SP": "PART", "URL": "X", "VA": "ADJ", "VC": "AUX",
    "VE": "VERB", "VV": "VERB",
    "a": "ADJ", "ad": "ADV", "an": "NOUN", "b": "ADJ", "c": "CCONJ", "d": "ADV", "e": "INTJ", "f": "ADP", "g": "X",
    "h": "PART", "i": "NOUN", "j": "NOUN", "k": "PART", "l": "NOUN", "m": "NUM", "n": "NOUN", "nr": "PROPN",
    "ns": "PROPN", "nt": "PROPN", "nz": "PROPN", "o": "INTJ", "p": "ADP", "q": "NOUN", "r": "PRON", "s": "NOUN",
    "t": "NOUN", "u": "PART", "v": "VERB", "vd": "ADV", "vn": "NOUN", "w": "PUNCT", "x": "X", "y": "PART", "z": "ADJ",
}  # fmt: skip


def map_entity(label: str) -> str | None:
    """Give our type for a foreign entity label, or ``None`` where we mark nothing (dates, numbers, works …)."""
    return ENTITY_LABELS.get(label.upper())


def map_pos(tag: str | None) -> str | None:
    """Give the Universal Dependencies tag for a foreign one: itself, by the table, or by its first letter (PKU)."""
    if not tag:
        return None
    return tag if tag in UPOS.values() else UPOS.get(tag) or UPOS.get(tag[0])


def pieces(text: str, *, longest: int) -> Iterator[Span]:
    """Cut a text into lines of at most ``longest`` characters, for analysers with a limit; nothing is left out."""
    start = 0
    while start < len(text):
        end = min(len(text), start + longest)
        line = text.find("\n", start, end)
        if line >= 0:
            end = line + 1
        elif end < len(text):
            stop = max(text.rfind(mark, start, end) for mark in "。！？；，")
            end = stop + 1 if stop > start else end
        if text[start:end].strip():
            yield start, end
        start = end


def align(text: str, words: Sequence[str], start: int = 0) -> list[Span]:
    """Find words, in order, in the text from ``start`` on; white space between them may have been dropped.

    One span a word. A word whose characters the analyser changed has no place in the text and gets an empty span.
    """
    spans = []
    for word in words:
        found = text.find(word, start)
        if found < 0:
            spans.append((start, start))
            continue
        start = found + len(word)
        spans.append((found, start))
    return spans
