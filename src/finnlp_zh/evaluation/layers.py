"""Compare one predicted article with its gold labels, layer by layer.

Every function takes a `Pair` whose two records share the gold offsets, and gives the article's `Tally` and the
differences to read. GUIDELINES.md says what the labels mean.

Where another library defines a figure, ours is the same number: ``mentions``, each type's and ``mentions macro`` are
seqeval's micro, per-type and macro F1 (Ramshaw and Marcus 1995 spans); ``mentions``, ``mentions untyped``, ``mentions
partial`` and ``mentions overlapping`` are nervaluate's strict, exact, partial and ent_type (SemEval-2013 task 9);
accuracies are scikit-learn's ``accuracy_score``; ``stance macro``, ``risks`` and ``risks theme macro`` are its
``f1_score``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Final, Literal, TypeVar, get_args

from finnlp_zh.evaluation.align import NOWHERE, project
from finnlp_zh.evaluation.metrics import Tally
from finnlp_zh.types import (
    PEOPLE,
    Claim,
    Entity,
    EntityType,
    Mention,
    Quote,
    Record,
    Risk,
    Span,
    Speaker,
    StanceLabel,
    Theme,
)

NAMED: Final = ("name", "alias")
FOUND = 0.5
"""Overlap (characters shared over characters in either) from which a quote, metric or subject counts as found."""

A = TypeVar("A")
B = TypeVar("B")
Scored = TypeVar("Scored", Quote, Claim)

LayerName = Literal["sentences", "entities", "quotes", "stance", "claims", "risks"]
DifferenceKind = Literal["missed", "spurious", "wrong"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One label that gold and prediction do not share.

    ``span`` and ``text`` say where in the gold text; ``gold`` and ``predicted`` are the spans that either side marks
    for what differs, empty where it marks none.
    """

    doc_id: str
    layer: LayerName
    kind: DifferenceKind
    span: Span
    text: str
    detail: str
    gold: list[Span]
    predicted: list[Span]


@dataclass
class Pair:
    """Gold and predicted labels of one article on the same offsets."""

    gold: Record
    predicted: Record
    differences: list[Difference] = field(default_factory=list)

    @classmethod
    def of(cls, gold: Record, predicted: Record) -> Pair:
        """Pair two records, the predicted one brought onto the gold text's offsets."""
        return cls(gold, project(predicted, gold.text))

    def differ(
        self,
        layer: LayerName,
        kind: DifferenceKind,
        span: Span | None,
        detail: str,
        *,
        gold: Iterable[Span | None] | None = None,
        predicted: Iterable[Span | None] | None = None,
    ) -> None:
        """Note a difference for the error listing; what either side marks is ``span`` itself unless given."""
        span = span or NOWHERE
        text = self.gold.text[span[0] : span[1]] if span != NOWHERE else ""
        if gold is None:
            gold = [] if kind == "spurious" else [span]
        if predicted is None:
            predicted = [] if kind == "missed" else [span]
        marked = [[one for one in spans if one is not None and one != NOWHERE] for spans in (gold, predicted)]
        self.differences.append(Difference(self.gold.doc_id, layer, kind, span, text, detail, *marked))

    @cached_property
    def entity_of(self) -> dict[str, str]:
        """Predicted entity id → the gold entity id with which it shares most mentions."""
        owner = {mention.span: entity.id for entity in self.gold.entities for mention in entity.mentions}
        spans = sorted(owner)
        votes: list[tuple[int, str, str]] = []
        for entity in self.predicted.entities:
            shared: Counter[str] = Counter()
            for mention in entity.mentions:
                if mention.span in owner:
                    shared[owner[mention.span]] += 4
                else:
                    shared.update({owner[span]: 1 for span in _touching(spans, mention.span)})
            votes.extend((count, entity.id, gold_id) for gold_id, count in shared.items())
        mapping: dict[str, str] = {}
        for _, predicted_id, gold_id in sorted(votes, key=lambda vote: -vote[0]):
            mapping.setdefault(predicted_id, gold_id)
        return mapping

    @cached_property
    def quote_pairs(self) -> list[tuple[float, Quote, Quote]]:
        """Predicted and gold quotes matched one to one by content, with their overlap, best first."""
        return match(
            self.predicted.quotes,
            self.gold.quotes,
            lambda predicted, gold: overlap(predicted.content, gold.content),
        )


def overlap(one: Iterable[Span], other: Iterable[Span]) -> float:
    """Give the characters that both sets of spans cover over those that either covers (Jaccard), 0 to 1.

    >>> overlap([(0, 4)], [(2, 6)])
    0.3333333333333333
    """
    first, second = _characters(one), _characters(other)
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def match(predicted: Sequence[A], gold: Sequence[B], likeness: Callable[[A, B], float]) -> list[tuple[float, A, B]]:
    """Match one to one, the most alike pairs first; pairs without likeness stay unmatched."""
    graded = [
        (likeness(one, other), -first, -second)
        for first, one in enumerate(predicted)
        for second, other in enumerate(gold)
    ]
    taken_predicted: set[int] = set()
    taken_gold: set[int] = set()
    pairs: list[tuple[float, A, B]] = []
    for grade, first, second in sorted(graded, reverse=True):
        if grade <= 0:
            break
        if first not in taken_predicted and second not in taken_gold:
            taken_predicted.add(first)
            taken_gold.add(second)
            pairs.append((grade, predicted[-first], gold[-second]))
    return pairs


def score_sentences(pair: Pair) -> Tally:
    """Sentences with exactly the same characters, blanks at the edges aside."""
    tally = Tally()
    text = pair.gold.text
    gold = {_stripped(span, text) for span in pair.gold.sentences}
    predicted = {_stripped(span, text) for span in pair.predicted.sentences}
    tally.count("sentences", right=len(gold & predicted), predicted=len(predicted), gold=len(gold))
    for span in sorted(gold - predicted):
        pair.differ("sentences", "missed", span, "")
    for span in sorted(predicted - gold):
        pair.differ("sentences", "spurious", span, "")
    return tally


def score_entities(pair: Pair) -> Tally:
    """Mentions, titles, identity within the article, identity in the knowledge base, roles and affiliations."""
    tally = Tally()
    gold, predicted = _mentions(pair.gold), _mentions(pair.predicted)
    gold_named = {span: kind for span, (kind, mention) in gold.items() if mention.kind in NAMED}
    predicted_named = {span: kind for span, (kind, mention) in predicted.items() if mention.kind in NAMED}
    gold_types = {span: kind for span, (kind, _) in gold.items()}
    predicted_types = {span: kind for span, (kind, _) in predicted.items()}
    _count_typed(tally, "mentions", predicted_named, gold_named)
    _count_typed(tally, "mentions all kinds", predicted_types, gold_types)
    core_gold = {span: kind for span, kind in gold_named.items() if kind != "LOC"}
    core_predicted = {span: kind for span, kind in predicted_named.items() if kind != "LOC"}
    _count_typed(tally, "mentions without LOC", core_predicted, core_gold)
    for kind in get_args(EntityType):
        right = sum(1 for span, found in predicted_named.items() if found == kind == gold_named.get(span))
        total_predicted = sum(1 for found in predicted_named.values() if found == kind)
        total_gold = sum(1 for found in gold_named.values() if found == kind)
        tally.count_class("mentions macro", f"mentions {kind}", right=right, predicted=total_predicted, gold=total_gold)
    _count_overlapping(tally, predicted_named, gold_named)
    tally.calibrate(
        "mentions calibration",
        [(mention.score, gold_types.get(span) == kind) for span, (kind, mention) in predicted.items()],
    )
    gold_titles, predicted_titles = set(pair.gold.titles), set(pair.predicted.titles)
    tally.count(
        "titles", right=len(gold_titles & predicted_titles), predicted=len(predicted_titles), gold=len(gold_titles)
    )
    _list_mention_differences(pair, gold, predicted)
    for span in sorted(gold_titles ^ predicted_titles):
        pair.differ("entities", "missed" if span in gold_titles else "spurious", span, "title")
    _score_identity(pair, tally)
    _score_people(pair, tally)
    return tally


def score_quotes(pair: Pair) -> Tally:
    """Quotes found by content, characters of content, speakers, kinds, cues and documents."""
    tally = Tally()
    gold, predicted = pair.gold.quotes, pair.predicted.quotes
    for floor in (0.3, FOUND, 0.8):
        found = sum(grade >= floor for grade, _, _ in pair.quote_pairs)
        tally.count(f"quotes overlap {floor}", right=found, predicted=len(predicted), gold=len(gold))
    pairs = [(one, other) for grade, one, other in pair.quote_pairs if grade >= FOUND]
    for kinds, name in ((("direct", "mixed"), "quotes direct and mixed"), (("indirect",), "quotes indirect")):
        tally.count(
            name,
            right=sum(one.kind in kinds and other.kind in kinds for one, other in pairs),
            predicted=sum(quote.kind in kinds for quote in predicted),
            gold=sum(quote.kind in kinds for quote in gold),
        )
    gold_characters = _characters(span for quote in gold for span in quote.content)
    predicted_characters = _characters(span for quote in predicted for span in quote.content)
    tally.count(
        "quotes content characters",
        right=len(gold_characters & predicted_characters),
        predicted=len(predicted_characters),
        gold=len(gold_characters),
    )
    spoken = [_same_speaker(pair, one.speaker, other.speaker) for one, other in pairs]
    tally.count("quotes with speaker", right=sum(spoken), predicted=len(predicted), gold=len(gold))
    tally.ask("quotes speaker", spoken)
    tally.ask("quotes kind", [one.kind == other.kind for one, other in pairs])
    tally.ask("quotes cue", [one.cue == other.cue for one, other in pairs])
    tally.ask("quotes cue overlap", [_both_overlap(one.cue, other.cue, 0.0) for one, other in pairs])
    tally.ask("quotes document", [_both_overlap(one.document, other.document) for one, other in pairs])
    tally.calibrate("quotes calibration", _scored(predicted, [one for one, _ in pairs]))
    _list_quote_differences(pair, pairs)
    return tally


def score_stance(pair: Pair) -> Tally:
    """Stance labels and targets on the quotes that both sides found."""
    tally = Tally()
    pairs = [(one, other) for grade, one, other in pair.quote_pairs if grade >= FOUND and other.stance]
    labels = [(one.stance.label if one.stance else None, other.stance.label) for one, other in pairs if other.stance]
    tally.confuse("stance macro", get_args(StanceLabel), labels)
    tally.ask("stance", [one == other for one, other in labels])
    targets = [
        _both_overlap(one.stance.target, other.stance.target)
        for one, other in pairs
        if one.stance and other.stance and other.stance.target
    ]
    tally.ask("stance target", targets)
    tally.calibrate(
        "stance calibration",
        [
            (one.stance.score, one.stance.label == other.stance.label)
            for one, other in pairs
            if one.stance and other.stance
        ],
    )
    for one, other in pairs:
        label = one.stance.label if one.stance else None
        if other.stance and label != other.stance.label:
            detail = f"predicted {label}, gold {other.stance.label}"
            pair.differ("stance", "wrong", _hull(other.content), detail, gold=other.content, predicted=one.content)
    return tally


def score_claims(pair: Pair) -> Tally:
    """Figures found, their values, and every attribute on the claims that both sides found."""
    tally = Tally()
    gold, predicted = pair.gold.claims, pair.predicted.claims
    counts = {"predicted": len(predicted), "gold": len(gold)}
    exact = {claim.span for claim in gold} & {claim.span for claim in predicted}
    tally.count("claims exact", right=len(exact), **counts)
    graded = match(predicted, gold, lambda one, other: overlap([one.span], [other.span]))
    pairs = [(one, other) for _, one, other in graded]
    tally.count("claims overlap", right=len(pairs), **counts)
    valued = [_same_value(one, other) for one, other in pairs]
    tally.count("claims value, unit and modifier", right=sum(valued), **counts)
    attributes = {
        "kind": [one.kind == other.kind for one, other in pairs],
        "low and high": [_close(one.low, other.low) and _close(one.high, other.high) for one, other in pairs],
        "unit": [one.unit == other.unit for one, other in pairs],
        "counter": [one.counter == other.counter for one, other in pairs],
        "modifier": [one.modifier == other.modifier for one, other in pairs],
        "change": [one.change == other.change for one, other in pairs],
        "modality": [one.modality == other.modality for one, other in pairs],
        "metric": [_both_overlap(one.metric, other.metric) for one, other in pairs],
        "subject": [_both_overlap(_subject(one), _subject(other)) for one, other in pairs],
        "period": [_interval(one) == _interval(other) for one, other in pairs],
        "source": [_same_source(pair, one.source, other.source) for one, other in pairs],
    }
    for name, right in attributes.items():
        tally.ask(f"claims {name}", right)
    tally.ask(
        "claims subject where gold has one",
        [right for right, (_, other) in zip(attributes["subject"], pairs, strict=True) if _subject(other)],
    )
    tally.ask(
        "claims period where gold has one",
        [right for right, (_, other) in zip(attributes["period"], pairs, strict=True) if _interval(other)[0]],
    )
    tally.calibrate("claims calibration", _scored(predicted, [one for one, _ in pairs]))
    _list_claim_differences(pair, pairs, attributes)
    return tally


def score_risks(pair: Pair) -> Tally:
    """Risk themes by sentence and by article, their status, evidence and calibration."""
    tally = Tally()
    gold = {_risk_key(pair.gold, risk): risk for risk in pair.gold.risks}
    predicted = {_risk_key(pair.gold, risk): risk for risk in pair.predicted.risks}
    shared = [key for key in gold if key in predicted]
    tally.count("risks", right=len(shared), predicted=len(predicted), gold=len(gold))
    for theme in get_args(Theme):
        tally.count_class(
            "risks theme macro",  # macro alone is a theme
            f"risks {theme}",
            right=sum(key[1] == theme for key in shared),
            predicted=sum(key[1] == theme for key in predicted),
            gold=sum(key[1] == theme for key in gold),
        )
    gold_sentences, predicted_sentences = {key[0] for key in gold}, {key[0] for key in predicted}
    tally.count(
        "risks any theme",
        right=len(gold_sentences & predicted_sentences),
        predicted=len(predicted_sentences),
        gold=len(gold_sentences),
    )
    gold_themes, predicted_themes = {key[1] for key in gold}, {key[1] for key in predicted}
    tally.count(
        "risks article",
        right=len(gold_themes & predicted_themes),
        predicted=len(predicted_themes),
        gold=len(gold_themes),
    )
    tally.ask("risks status", [gold[key].status == predicted[key].status for key in shared])
    tally.ask("risks evidence", [overlap(predicted[key].evidence, gold[key].evidence) >= FOUND for key in shared])
    gold_evidence = _characters(span for key in shared for span in gold[key].evidence)
    found_evidence = _characters(span for key in shared for span in predicted[key].evidence)
    tally.count(
        "risks evidence characters",
        right=len(gold_evidence & found_evidence),
        predicted=len(found_evidence),
        gold=len(gold_evidence),
    )
    tally.calibrate("risks calibration", [(risk.score, key in gold) for key, risk in predicted.items()])
    tally.calibrate(
        "themes calibration", [(score, theme in gold_themes) for theme, score in pair.predicted.themes.items()]
    )
    _list_risk_differences(pair, gold, predicted)
    return tally


SCORERS: Final[Mapping[LayerName, Callable[[Pair], Tally]]] = {
    "sentences": score_sentences,
    "entities": score_entities,
    "quotes": score_quotes,
    "stance": score_stance,
    "claims": score_claims,
    "risks": score_risks,
}


def _characters(spans: Iterable[Span]) -> set[int]:
    return {at for start, end in spans if start >= 0 for at in range(start, end)}


def _hull(spans: Sequence[Span]) -> Span:
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else NOWHERE


def _touching(spans: Sequence[Span], span: Span) -> list[Span]:
    return [other for other in spans if other[0] < span[1] and span[0] < other[1]]


def _stripped(span: Span, text: str) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _both_overlap(one: Span | None, other: Span | None, floor: float = FOUND) -> bool:
    if one is None or other is None:
        return one is other
    shared = overlap([one], [other])
    return shared >= floor if floor else shared > 0


def _scored(predicted: Sequence[Scored], right: Sequence[Scored]) -> list[tuple[float, bool]]:
    identities = {id(item) for item in right}
    return [(item.score, id(item) in identities) for item in predicted]


def _mentions(record: Record) -> dict[Span, tuple[EntityType, Mention]]:
    return {mention.span: (entity.type, mention) for entity in record.entities for mention in entity.mentions}


def _count_typed(
    tally: Tally, name: str, predicted: Mapping[Span, EntityType], gold: Mapping[Span, EntityType]
) -> None:
    counts = {"predicted": len(predicted), "gold": len(gold)}
    tally.count(name, right=sum(gold.get(span) == kind for span, kind in predicted.items()), **counts)
    tally.count(f"{name} untyped", right=sum(span in gold for span in predicted), **counts)


def _count_overlapping(tally: Tally, predicted: Mapping[Span, EntityType], gold: Mapping[Span, EntityType]) -> None:
    """The two relaxed schemes of SemEval-2013 task 9, in reading order as nervaluate takes them.

    partial: right edges count one, an overlap one half, types aside. ent_type: an overlap of the same type counts one;
    where there is none, an overlap of another type uses the gold mention up.
    """
    edges, types = 0.0, 0
    for_edges, for_types = sorted(gold), sorted(gold)
    for span in sorted(predicted):
        touched = _touching(for_edges, span)
        if touched:
            edges += 1 if span in touched else 0.5
            for_edges.remove(span if span in touched else touched[0])
        touched = _touching(for_types, span)
        alike = [other for other in touched if gold[other] == predicted[span]]
        types += bool(alike)
        if touched:
            for_types.remove(min(alike or touched[:1], key=lambda other: _apart(other, span)))
    tally.count("mentions partial", right=edges, predicted=len(predicted), gold=len(gold))
    tally.count("mentions overlapping", right=types, predicted=len(predicted), gold=len(gold))


def _apart(one: Span, other: Span) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _list_mention_differences(
    pair: Pair,
    gold: Mapping[Span, tuple[EntityType, Mention]],
    predicted: Mapping[Span, tuple[EntityType, Mention]],
) -> None:
    for span, (kind, mention) in sorted(gold.items()):
        if span not in predicted:
            pair.differ("entities", "missed", span, f"{kind} {mention.kind}")
        elif predicted[span][0] != kind:
            pair.differ("entities", "wrong", span, f"predicted {predicted[span][0]}, gold {kind}")
    for span, (kind, mention) in sorted(predicted.items()):
        if span not in gold:
            pair.differ("entities", "spurious", span, f"{kind} {mention.kind}: {mention.text}")


def _links(entities: Sequence[Entity], keep: set[Span]) -> set[tuple[Span, Span]]:
    return {
        link
        for entity in entities
        for link in combinations(sorted({mention.span for mention in entity.mentions} & keep), 2)
    }


def _aliases(record: Record) -> set[tuple[str, str]]:
    """Pairs of different names that the record says are one."""
    text = record.text
    return {
        link
        for entity in record.entities
        for link in combinations(
            sorted({text[m.span[0] : m.span[1]] for m in entity.mentions if m.kind in NAMED and m.span != NOWHERE}), 2
        )
    }


def _score_identity(pair: Pair, tally: Tally) -> None:
    gold_spans, predicted_spans = set(_mentions(pair.gold)), set(_mentions(pair.predicted))
    both = gold_spans & predicted_spans
    for name, keep_predicted, keep_gold in (
        ("links", predicted_spans, gold_spans),
        ("links over shared mentions", both, both),
    ):
        gold, predicted = _links(pair.gold.entities, keep_gold), _links(pair.predicted.entities, keep_predicted)
        tally.count(name, right=len(gold & predicted), predicted=len(predicted), gold=len(gold))
    gold_aliases, predicted_aliases = _aliases(pair.gold), _aliases(pair.predicted)
    tally.count(
        "aliases",
        right=len(gold_aliases & predicted_aliases),
        predicted=len(predicted_aliases),
        gold=len(gold_aliases),
    )
    gold_ids = {(entity.id, entity.kb_id) for entity in pair.gold.entities if entity.kb_id}
    predicted_ids = {
        (pair.entity_of.get(entity.id, f"?{entity.id}"), entity.kb_id)
        for entity in pair.predicted.entities
        if entity.kb_id
    }
    tally.count("kb_id", right=len(gold_ids & predicted_ids), predicted=len(predicted_ids), gold=len(gold_ids))
    # Gold may leave out ids that the knowledge base has: this figure asks only where gold gives one.
    given = {gold_id for gold_id, _ in gold_ids}
    asked = {link for link in predicted_ids if link[0] in given}
    tally.count("kb_id where gold has one", right=len(gold_ids & asked), predicted=len(asked), gold=len(gold_ids))
    entities = {entity.id: entity for entity in pair.gold.entities}
    for gold_id, kb_id in sorted(gold_ids ^ predicted_ids, key=str):
        kind: Literal["missed", "spurious"] = "missed" if (gold_id, kb_id) in gold_ids else "spurious"
        entity = entities.get(gold_id)
        span = entity.mentions[0].span if entity and entity.mentions else None
        pair.differ("entities", kind, span, f"kb_id {kb_id} of {entity.name if entity else gold_id}")


def _score_people(pair: Pair, tally: Tally) -> None:
    gold = {entity.id: entity for entity in pair.gold.entities if entity.type in PEOPLE}
    people = [
        (entity, gold[pair.entity_of[entity.id]])
        for entity in pair.predicted.entities
        if pair.entity_of.get(entity.id) in gold and entity.type in PEOPLE
    ]
    tally.ask("role", [one.role == other.role for one, other in people if other.role])
    right = [(one.affiliation and pair.entity_of.get(one.affiliation)) == other.affiliation for one, other in people]
    tally.ask("affiliation", right)
    tally.ask(
        "affiliation where gold has one", [r for r, (_, other) in zip(right, people, strict=True) if other.affiliation]
    )
    for (one, other), good in zip(people, right, strict=True):
        if not good:
            detail = (
                f"affiliation of {other.name}: predicted {_name_of(pair.predicted, one.affiliation)}, "
                f"gold {_name_of(pair.gold, other.affiliation)}"
            )
            pair.differ("entities", "wrong", other.mentions[0].span if other.mentions else None, detail)


def _name_of(record: Record, entity: str | None) -> str:
    return next((one.name for one in record.entities if one.id == entity), "null")


def _same_speaker(pair: Pair, one: Speaker | None, other: Speaker | None) -> bool:
    one_empty = one is None or (one.span is None and one.entity is None)
    other_empty = other is None or (other.span is None and other.entity is None)
    if one is None or other is None or one_empty or other_empty:
        return one_empty and other_empty
    if one.span and other.span and overlap([one.span], [other.span]) > 0:
        return True
    return bool(one.entity and other.entity and pair.entity_of.get(one.entity) == other.entity)


def _list_quote_differences(pair: Pair, pairs: Sequence[tuple[Quote, Quote]]) -> None:
    seen_predicted, seen_gold = {id(one) for one, _ in pairs}, {id(other) for _, other in pairs}
    for quote in pair.gold.quotes:
        if id(quote) not in seen_gold:
            detail = f"{quote.kind}, cue {_show(pair, quote.cue)}"
            pair.differ("quotes", "missed", _hull(quote.content), detail, gold=[*quote.content, quote.cue])
    for quote in pair.predicted.quotes:
        if id(quote) not in seen_predicted:
            detail = f"{quote.kind}, cue {_show(pair, quote.cue)}"
            pair.differ("quotes", "spurious", _hull(quote.content), detail, predicted=[*quote.content, quote.cue])
    for one, other in pairs:
        if not _same_speaker(pair, one.speaker, other.speaker):
            found = one.speaker.span if one.speaker else None
            wanted = other.speaker.span if other.speaker else None
            _differ_in(pair, "quotes", _hull(other.content), "speaker", found, wanted)
        if one.kind != other.kind:
            detail = f"kind: predicted {one.kind}, gold {other.kind}"
            pair.differ("quotes", "wrong", _hull(other.content), detail, gold=other.content, predicted=one.content)
        if one.cue != other.cue:
            _differ_in(pair, "quotes", _hull(other.content), "cue", one.cue, other.cue)
        if sorted(one.content) != sorted(other.content):
            detail = "content: predicted " + " … ".join(_show(pair, span) for span in one.content)
            pair.differ("quotes", "wrong", _hull(other.content), detail, gold=other.content, predicted=one.content)


def _differ_in(pair: Pair, layer: LayerName, span: Span, name: str, predicted: Span | None, gold: Span | None) -> None:
    """Note two labels that lie in different places of the text."""
    detail = f"{name}: predicted {_show(pair, predicted)}, gold {_show(pair, gold)}"
    pair.differ(layer, "wrong", span, detail, gold=[gold], predicted=[predicted])


def _show(pair: Pair, span: Span | None) -> str:
    return "null" if span is None else pair.gold.text[span[0] : span[1]] if span != NOWHERE else "(not in gold's text)"


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-6 * max(abs(one), abs(other), 1e-9)


def _same_value(one: Claim, other: Claim) -> bool:
    return (
        _close(one.low, other.low)
        and _close(one.high, other.high)
        and one.unit == other.unit
        and one.modifier == other.modifier
    )


def _subject(claim: Claim) -> Span | None:
    return claim.subject.span if claim.subject else None


def _interval(claim: Claim) -> tuple[str | None, str | None]:
    return (claim.period.start, claim.period.end) if claim.period else (None, None)


def _same_source(pair: Pair, one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    quotes = {predicted.id: gold.id for grade, predicted, gold in pair.quote_pairs if grade >= FOUND}
    return (quotes.get(one) or pair.entity_of.get(one)) == other


def _list_claim_differences(
    pair: Pair, pairs: Sequence[tuple[Claim, Claim]], attributes: Mapping[str, Sequence[bool]]
) -> None:
    seen_predicted, seen_gold = {id(one) for one, _ in pairs}, {id(other) for _, other in pairs}
    for claim in pair.gold.claims:
        if id(claim) not in seen_gold:
            pair.differ("claims", "missed", claim.span, claim.kind)
    for claim in pair.predicted.claims:
        if id(claim) not in seen_predicted:
            pair.differ("claims", "spurious", claim.span, f"{claim.kind}: {claim.text}")
    for at, (one, other) in enumerate(pairs):
        if one.span != other.span:
            pair.differ("claims", "wrong", other.span, f"span: predicted {one.text}", predicted=[one.span])
        for name, right in attributes.items():
            if right[at]:
                continue
            if name in ("metric", "subject"):
                found, wanted = (one.metric, other.metric) if name == "metric" else (_subject(one), _subject(other))
                _differ_in(pair, "claims", other.span, name, found, wanted)
            else:
                detail = f"{name}: predicted {_attribute(one, name)}, gold {_attribute(other, name)}"
                pair.differ("claims", "wrong", other.span, detail, predicted=[one.span])


def _attribute(claim: Claim, name: str) -> str:
    match name:
        case "low and high":
            return f"{claim.low} to {claim.high}"
        case "period":
            return "{} to {}".format(*_interval(claim))
        case _:
            return str(getattr(claim, name))


def _risk_key(gold: Record, risk: Risk) -> tuple[Span, Theme]:
    """The gold sentence that shares most characters with the risk's sentence, and the theme."""
    start, end = risk.sentence
    best, most = risk.sentence, 0
    for sentence in gold.sentences:
        shared = min(end, sentence[1]) - max(start, sentence[0])
        if shared > most:
            best, most = sentence, shared
    return best, risk.theme


def _list_risk_differences(
    pair: Pair, gold: Mapping[tuple[Span, Theme], Risk], predicted: Mapping[tuple[Span, Theme], Risk]
) -> None:
    for key, risk in gold.items():
        evidence = " … ".join(_show(pair, span) for span in risk.evidence)
        if key not in predicted:
            pair.differ("risks", "missed", key[0], f"{risk.theme} {risk.status}: {evidence}", gold=risk.evidence)
        elif predicted[key].status != risk.status:
            detail = f"{risk.theme}: predicted {predicted[key].status}, gold {risk.status}: {evidence}"
            pair.differ("risks", "wrong", key[0], detail, gold=risk.evidence, predicted=predicted[key].evidence)
    for key, risk in predicted.items():
        if key not in gold:
            evidence = " … ".join(_show(pair, span) for span in risk.evidence)
            detail = f"{risk.theme} {risk.status} {risk.score:.2f}: {evidence}"
            pair.differ("risks", "spurious", key[0], detail, predicted=risk.evidence)
