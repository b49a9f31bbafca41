"""The quote stage: rules and learned evidence in, quotes and speaking mentions out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.stages.quotes.pages import Page
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.stages.quotes.ranking import Choice, SpeakerRanker
from finnlp_zh.stages.quotes.resolution import Resolver
from finnlp_zh.stages.quotes.rules import QuoteRules
from finnlp_zh.types import Entity, Layer, Mention, Quote, Record, Speaker

VERSION: Final = "2"


class QuoteStage:
    """Finds quotes and their speakers; adds the unnamed sources and pronouns that speak to the entities."""

    name = "quotes"
    version = VERSION
    requires = frozenset({"sentences", "entities"})
    provides = frozenset({"quotes", "entities"})

    def __init__(self, *, speakers: Choice = "mixed") -> None:
        """Choose who chooses the speakers; `benchmarks/quotes_baseline.py` sets the choices side by side."""
        self._choice = speakers

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give the quotes and the extended entities of each article."""
        return [self._annotate(doc, feature) for doc, feature in zip(docs, features, strict=True)]

    def _annotate(self, doc: Record, features: Features) -> Layer:
        page = Page.of(doc, features)
        passage = Passage(page.doc)
        evidence = HeadEvidence(page.features)
        rules = QuoteRules(passage, evidence)
        candidates = rules.candidates()
        SpeakerRanker(passage, rules.finder, evidence, choice=self._choice).choose(candidates)
        resolver = Resolver(passage)
        speakers = [resolver.resolve(candidate) for candidate in candidates]
        entities, numbers = number_mentions(resolver.entities())
        quotes = [
            _quote(f"q{number}", candidate, speaker, numbers, evidence.score(candidate))
            for number, (candidate, speaker) in enumerate(zip(candidates, speakers, strict=True), 1)
        ]
        return Layer(quotes=page.quotes(quotes), entities=page.entities(entities, doc.text))


def _quote(id_: str, candidate: Candidate, speaker: Speaker | None, numbers: dict[str, str], score: float) -> Quote:
    if speaker is not None and speaker.mention is not None:
        speaker = replace(speaker, mention=numbers.get(speaker.mention))
    return Quote(
        id=id_,
        kind=candidate.kind,
        content=candidate.content,
        cue=candidate.cue,
        speaker=speaker,
        document=candidate.document,
        continuation=candidate.continuation,
        score=round(score, 3),
        rule=candidate.rule,
    )


def number_mentions(entities: list[Entity]) -> tuple[list[Entity], dict[str, str]]:
    """Number the mentions m1, m2 … in text order; gives the entities anew and old id → new id."""
    order = sorted((mention.span, mention.id) for entity in entities for mention in entity.mentions)
    numbers = {id_: f"m{number}" for number, (_, id_) in enumerate(order, 1)}
    renumbered = [
        replace(entity, mentions=[_renamed(mention, numbers) for mention in entity.mentions]) for entity in entities
    ]
    return renumbered, numbers


def _renamed(mention: Mention, numbers: dict[str, str]) -> Mention:
    return replace(mention, id=numbers[mention.id])
