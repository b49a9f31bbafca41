"""The article's own attitude to its main entities: supportive, critical or neutral, with the sentences that show it.

Runs only where it is asked for by name (``stages=[..., "attitude"]``), and fills `Record.stances` with one entry for
every entity of relevance 0.3 and more (places and the article's journalists left out). Read are the sentences that
name the entity, without what stands in quotes: a speaker's praise is not the newspaper's.

The rated words are those of the quotes' stance (``resources/stance.words.tsv``), with weights of their own
(``attitude.weights.tsv``): a word counts for the entity named last before it in its sentence (else for the first one
after it), most after 但 or 不过, and a negated good word counts as a bad one, a negated bad word not at all. What an
entity itself says or feels (批评, 感谢) is no judgement on it unless it befalls it (遭批评), and good that is only
planned (将提振) counts little (``attitude.words.tsv``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.attitude import AttitudeWeights, AttitudeWords, attitude_weights, attitude_words
from finnlp_zh.resources.phrases import Hit, PhraseBook, Sightings
from finnlp_zh.resources.stance import stance_phrases
from finnlp_zh.types import Entity, EntityStance, Layer, Record, Span, StanceLabel

LEAST_RELEVANCE: Final = 0.3
_NEGATION_REACH: Final = 4
_AFTER_CONTRAST: Final = 1.5
_BEFORE_CONTRAST: Final = 0.4
_BEFALLING_REACH: Final = 4
_PLAN_REACH: Final = 24
_PLANNED: Final = 0.3
_NEGATED_GOOD: Final = -0.7  # of the word's own weight


class Rating(NamedTuple):
    """One rated word as it counts: where it stands, and its weight (below zero: critical)."""

    start: int
    weight: float


class AttitudeStage:
    """Gives `Record.stances`: the article's own attitude to each of its main entities."""

    name: Final = "attitude"
    version: Final = "1"
    requires: Final = frozenset({"text", "sentences", "entities", "quotes"})
    provides: Final = frozenset({"stances"})

    def __init__(self) -> None:
        self._phrases = stance_phrases()
        self._weights = attitude_weights()
        self._words = attitude_words()

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give the article's attitude to its main entities, in the order of the entities."""
        return [Layer(stances=list(_stances(doc, self._phrases, self._weights, self._words))) for doc in docs]


def _stances(
    doc: Record, phrases: PhraseBook, weights: AttitudeWeights, words: AttitudeWords
) -> Iterator[EntityStance]:
    main = [entity for entity in doc.entities if _is_main(entity)]
    if not main:
        return
    quoted = _union(span for quote in doc.quotes for span in (*quote.content, *quote.continuation))
    rated = _ratings(phrases.sight(doc.text), doc, weights, words)
    ratings = [rating for rating in rated if not _covered(rating.start, quoted)]
    owned = _by_owner(ratings, doc, quoted, words.source)
    for entity in main:
        yield _weigh(entity.id, owned.get(entity.id, []), doc.sentences, weights)


def _is_main(entity: Entity) -> bool:
    return entity.relevance >= LEAST_RELEVANCE and entity.type != "LOC" and entity.role != "journalist"


def _weigh(entity: str, ratings: Sequence[Rating], sentences: Sequence[Span], weights: AttitudeWeights) -> EntityStance:
    total = sum(rating.weight for rating in ratings)
    mass = sum(abs(rating.weight) for rating in ratings)
    clear = abs(total) >= weights.least and abs(total) >= weights.share * mass
    label: StanceLabel = "neutral" if not clear else "supportive" if total > 0 else "critical"
    lean = abs(total) / (mass + weights.least)
    score = 0.5 + 0.5 * lean if clear else 1 - 0.5 * lean
    shown = {
        bisect_right(sentences, (rating.start, len(sentences) and sentences[-1][1])) - 1
        for rating in ratings
        if clear and rating.weight * total > 0
    }
    return EntityStance(entity, label, round(min(score, 0.95), 3), [sentences[at] for at in sorted(shown)])


def _ratings(sightings: Sightings, doc: Record, weights: AttitudeWeights, words: AttitudeWords) -> list[Rating]:
    """Give every rated word with its weight in place, in reading order; of overlapping words the longest counts."""
    hits = sorted(
        ((hit, weight) for name, weight in weights.classes.items() for hit in sightings.of(f"@{name}")),
        key=lambda item: (item[0].start, -item[0].end, item[1]),
    )
    negated = {hit.end for hit in sightings.of("@negation")}
    turns = _turns(sightings, doc.sentences)
    starts = [start for start, _ in doc.sentences]
    ratings: list[Rating] = []
    reach = 0
    for hit, plain in hits:
        at = bisect_right(starts, hit.start) - 1
        if hit.start < reach or at < 0 or hit.end > doc.sentences[at][1]:
            continue
        reach = hit.end
        weight = plain * _place_in_contrast(hit, turns.get(at)) * _own_share(doc.text, hit, starts[at], plain, words)
        if any(end in negated for end in range(max(hit.start - _NEGATION_REACH, starts[at]), hit.start + 1)):
            weight *= _NEGATED_GOOD if plain > 0 else 0.0
        if weight:
            ratings.append(Rating(hit.start, weight))
    return ratings


def _own_share(text: str, hit: Hit, sentence: int, plain: float, words: AttitudeWords) -> float:
    """Give how far the word is the article's judgement: not where somebody says it, little where good is planned."""
    if text[hit.start : hit.end] in words.plain:
        return 0.0
    if text[hit.start : hit.end] in words.spoken:
        before = text[max(hit.start - _BEFALLING_REACH, sentence) : hit.start]
        return float(any(word in before for word in words.befalls))
    before = text[max(hit.start - _PLAN_REACH, sentence) : hit.start]
    return _PLANNED if plain > 0 and any(word in before for word in words.plan) else 1.0


def _turns(sightings: Sightings, sentences: Sequence[Span]) -> dict[int, int]:
    """Give for each sentence that has one where its last 但 stands."""
    starts = [start for start, _ in sentences]
    return {bisect_right(starts, hit.start) - 1: hit.start for hit in sightings.of("@contrast")}


def _place_in_contrast(hit: Hit, turn: int | None) -> float:
    if turn is None:
        return 1.0
    return _AFTER_CONTRAST if hit.start > turn else _BEFORE_CONTRAST


def _by_owner(
    ratings: Sequence[Rating], doc: Record, quoted: Sequence[Span], source: tuple[str, ...]
) -> dict[str, list[Rating]]:
    """Give each entity the ratings of the sentences in which it is named last before them, outside quotes."""
    mentions = sorted(
        (*mention.span, entity.id)
        for entity in doc.entities
        if entity.type != "LOC"
        for mention in entity.mentions
        if not _covered(mention.span[0], quoted) and not doc.text.startswith(source, mention.span[1])
    )
    places = [start for start, _, _ in mentions]
    starts = [start for start, _ in doc.sentences]
    owned: dict[str, list[Rating]] = {}
    for rating in ratings:
        start, end = doc.sentences[bisect_right(starts, rating.start) - 1]
        low, high = bisect_left(places, start), bisect_left(places, end)
        if low < high:
            at = max(bisect_right(places, rating.start, low, high) - 1, low)
            owned.setdefault(mentions[at][2], []).append(rating)
    return owned


def _union(spans: Iterator[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _covered(place: int, spans: Sequence[Span]) -> bool:
    at = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return at >= 0 and place < spans[at][1]
