"""The words of reported speech: cues, the nouns of unnamed speakers, and the documents that speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import ahocorasick
import msgspec

from finnlp_zh.errors import ResourceError
from finnlp_zh.types import EntityType, MentionKind, PersonRole, SourceClass

Force = Literal["factual", "claim", "forecast", "demand", "denial"]
SubjectRule = Literal["free", "near"]
ObjectRule = Literal["any", "comma", "quote"]
Reference = Literal["company", "lender", "person", "any", "office", "side", "self", "none"]
EntryT = TypeVar("EntryT", bound=msgspec.Struct)
DocumentKind = Literal["filing", "report", "press", "text", "data"]


class CueEntry(msgspec.Struct, frozen=True):
    """A reporting word: its force, and the frame in which it opens a quote (see the head of ``cues.tsv``)."""

    cue: str
    force: Force
    subject: SubjectRule
    object: ObjectRule
    noun: bool
    blocked_before: frozenset[str]
    blocked_after: frozenset[str]


class SpeakerEntry(msgspec.Struct, frozen=True):
    """The head noun or pronoun of an unnamed source, and the entity that it stands for or opens."""

    head: str
    kind: MentionKind
    type: EntityType
    role: PersonRole | None
    source: SourceClass
    means: Reference


class DocumentEntry(msgspec.Struct, frozen=True):
    """A noun that names a speaking text."""

    noun: str
    kind: DocumentKind


@cache
def cue_lexicon() -> dict[str, CueEntry]:
    """Give the reporting words by surface."""
    entries = (
        {
            "cue": cue,
            "force": force,
            "subject": subject,
            "object": object_rule,
            "noun": noun == "yes",
            "blocked_before": _characters(before),
            "blocked_after": _characters(after),
        }
        for cue, force, subject, object_rule, noun, before, after in _rows("cues.tsv", 7)
    )
    return {entry.cue: entry for entry in (_convert(row, CueEntry, "cues.tsv") for row in entries)}


@cache
def speaker_lexicon() -> dict[str, SpeakerEntry]:
    """Give the heads of unnamed speakers by surface."""
    entries = (
        {
            "head": head,
            "kind": kind,
            "type": type_,
            "role": None if role == "-" else role,
            "source": source,
            "means": means,
        }
        for head, kind, type_, role, source, means in _rows("cues.speakers.tsv", 6)
    )
    return {entry.head: entry for entry in (_convert(row, SpeakerEntry, "cues.speakers.tsv") for row in entries)}


@cache
def document_lexicon() -> dict[str, DocumentEntry]:
    """Give the nouns of speaking documents by surface."""
    entries = ({"noun": noun, "kind": kind} for noun, kind in _rows("cues.documents.tsv", 2))
    return {entry.noun: entry for entry in (_convert(row, DocumentEntry, "cues.documents.tsv") for row in entries)}


@cache
def gap_words() -> frozenset[str]:
    """Give the words that may stand between a speaker and the cue."""
    return frozenset(word for word, _ in _rows("cues.gaps.tsv", 2))


@cache
def speech_automaton() -> ahocorasick.Automaton:
    """Give one automaton over the three lexicons; a value is (length, cue, speaker, document), with None for most."""
    cues, speakers, documents = cue_lexicon(), speaker_lexicon(), document_lexicon()
    automaton = ahocorasick.Automaton()
    for word in dict.fromkeys([*cues, *speakers, *documents]):
        automaton.add_word(word, (len(word), cues.get(word), speakers.get(word), documents.get(word)))
    automaton.make_automaton()
    return automaton


def _characters(cell: str) -> frozenset[str]:
    return frozenset() if cell == "-" else frozenset(cell)


def _rows(table: str, width: int) -> Iterator[list[str]]:
    for number, line in enumerate((files(__package__) / table).read_text("utf-8").splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        cells = line.split("\t")
        if len(cells) != width:
            raise ResourceError(f"{table}, line {number}: {len(cells)} columns where {width} are due")
        yield cells


def _convert(row: Mapping[str, object], entry: type[EntryT], table: str) -> EntryT:
    try:
        return msgspec.convert(row, entry)
    except msgspec.ValidationError as error:
        raise ResourceError(f"{table}: {row}: {error}") from error
