"""How much an article is about each of its entities."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from finnlp_zh.encoder.features import Features
from finnlp_zh.types import Entity, Layer, Record, Span

_TITLE, _LEAD, _SHARE, _CLAIMS = 0.35, 0.2, 0.3, 0.15


class RelevanceStage:
    """Gives every entity its relevance, from 0 to 1.

    ``relevance = 0.35 title + 0.20 lead + 0.30 share + 0.15 claims``, rounded to three decimals, where

    - ``title`` is 1 if the headline (the first line where none is known) mentions the entity, else 0;
    - ``lead`` falls from 1 for a first mention at the start of the body to 0 for one at its end;
    - ``share`` is the square root of its mentions over those of the most mentioned entity;
    - ``claims`` is its share of the figures whose subject is an entity of the article.

    Mentions in the byline count for nothing. An entity without any other mention has relevance 0.
    """

    name: Final = "relevance"
    version: Final = "1"
    requires: Final = frozenset({"entities"})
    provides: Final = frozenset({"entities"})

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give the entities of each article with their relevance, in the same order."""
        return [Layer(entities=_weigh(doc)) for doc in docs]


def _weigh(doc: Record) -> list[Entity]:
    title = doc.title or _first_line(doc.text)
    spans = {entity.id: _counted(entity, doc.byline) for entity in doc.entities}
    most = max((len(found) for found in spans.values()), default=0)
    subjects = Counter(claim.subject.entity for claim in doc.claims if claim.subject and claim.subject.entity)
    figures = subjects.total()
    weighed: list[Entity] = []
    for entity in doc.entities:
        found = spans[entity.id]
        claims = subjects[entity.id] / figures if figures else 0.0
        weighed.append(msgspec.structs.replace(entity, relevance=_relevance(found, title, len(doc.text), most, claims)))
    return weighed


def _relevance(found: Sequence[Span], title: Span, length: int, most: int, claims: float) -> float:
    if not found:
        return 0.0
    in_title = any(title[0] <= start and end <= title[1] for start, end in found)
    body = [start for start, _ in found if start >= title[1]]
    lead = 1 - (body[0] - title[1]) / (length - title[1]) if body else 0.0
    share = math.sqrt(len(found) / most)
    return round(_TITLE * in_title + _LEAD * lead + _SHARE * share + _CLAIMS * claims, 3)


def _counted(entity: Entity, byline: Sequence[Span]) -> list[Span]:
    """Give the spans of the mentions outside the byline, in text order."""
    spans = (mention.span for mention in entity.mentions)
    return sorted(span for span in spans if not any(start <= span[0] and span[1] <= end for start, end in byline))


def _first_line(text: str) -> Span:
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    return start, end if end >= 0 else start
