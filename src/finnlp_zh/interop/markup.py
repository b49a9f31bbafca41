"""What the labelling tools share: a record as labelled spans and links between them, and back.

Marks carry one of the six entity types, or TITLE, QUOTE, CUE, SPEAKER, DOCUMENT, CONTINUATION, TARGET, CLAIM, METRIC,
SUBJECT, PERIOD, RISK or EVIDENCE. Links lead from a mention to an earlier one of its entity (Same), to its employer
(Affiliation) and its positions (Title); from a quote, claim or risk to its parts, each named as its label; and from a
SPEAKER or SUBJECT whose words are no mention to the entity meant (Is).

What the forms cannot hold: scores, relevance, the rule of a quote, sentences, tokens, repairs, source and source map,
byline, dateline, the article's title and date where the tool has no place for them, theme shares, warnings, and
entities without a mention; a subject without words comes back with its entity's first mention. Ids are numbered anew,
in the record's own order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct, field

from finnlp_zh import types
from finnlp_zh.errors import InputError
from finnlp_zh.types import Entity, Mention, Record, Span

ENTITY_LABELS: Final[tuple[str, ...]] = get_args(types.EntityType)
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "QUOTE": ("CUE", "SPEAKER", "DOCUMENT", "CONTINUATION", "TARGET"),
    "CLAIM": ("METRIC", "SUBJECT", "PERIOD"),
    "RISK": ("EVIDENCE",),
}
LABELS: Final = (*ENTITY_LABELS, "TITLE", *(label for head, parts in PARTS.items() for label in (head, *parts)))

# What a person picks from a list: attribute → (labels it belongs to, its values).
CHOICES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "mention": (ENTITY_LABELS, get_args(types.MentionKind)),
    "role": (types.PEOPLE, get_args(types.PersonRole)),
    "quote": (("QUOTE",), get_args(types.QuoteKind)),
    "stance": (("QUOTE",), get_args(types.StanceLabel)),
    "source_class": (("QUOTE",), get_args(types.SourceClass)),
    "named": (("QUOTE",), ("yes", "no")),
    "kind": (("CLAIM",), get_args(types.ClaimKind)),
    "modifier": (("CLAIM",), get_args(types.Modifier)),
    "change": (("CLAIM",), get_args(types.Change)),
    "basis": (("CLAIM",), get_args(types.Basis)),
    "modality": (("CLAIM",), get_args(types.Modality)),
    "theme": (("RISK",), get_args(types.Theme)),
    "status": (("RISK",), get_args(types.RiskStatus)),
}


class Mark(Struct):
    """A labelled stretch of text, in one or several fragments; ``choices`` out of `CHOICES`, ``values`` free."""

    id: str
    label: str
    fragments: list[Span]
    choices: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


class Link(Struct):
    """A named arrow between two marks, by their ids."""

    label: str
    head: str
    tail: str


class Markup(Struct):
    """The labels of one article."""

    marks: list[Mark] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def mark_up(record: Record) -> Markup:
    """Give the record's entities, titles, quotes, claims and risks as marks and links."""
    return _Writer(record).markup


class _Writer:
    """Collects the marks of one record; parts with the same words are marked once."""

    def __init__(self, record: Record) -> None:
        self.markup = Markup()
        self._labels: dict[str, str] = {}
        self._parts: dict[tuple[str, Span, str | None], str] = {}
        self._mentions: dict[str, str] = {}  # mention → mark
        self._firsts: dict[str, str] = {}  # entity → mark of its first mention
        self._places: dict[tuple[Span | None, str | None], str] = {}  # mention by span and entity → mark
        self._quotes: dict[str, str] = {}
        for span in record.titles:
            self._part("TITLE", span)
        self._add_entities(record)
        for quote in record.quotes:
            self._add_quote(quote)
        for claim in record.claims:
            self._add_claim(claim)
        for risk in record.risks:
            mark = self._mark("RISK", [risk.sentence], theme=risk.theme, status=risk.status)
            for span in risk.evidence:
                self._link(mark, self._part("EVIDENCE", span))

    def _mark(self, label: str, fragments: Sequence[Span], **choices: str | None) -> Mark:
        kept = {name: value for name, value in choices.items() if value is not None}
        mark = Mark(f"T{len(self.markup.marks) + 1}", label, list(fragments), kept)
        self.markup.marks.append(mark)
        self._labels[mark.id] = label
        return mark

    def _part(self, label: str, span: Span, meant: str | None = None) -> str:
        key = (label, span, meant)
        if key not in self._parts:
            self._parts[key] = self._mark(label, [span]).id
            if meant is not None:
                self.markup.links.append(Link("Is", self._parts[key], meant))
        return self._parts[key]

    def _link(self, head: Mark, tail: str, label: str | None = None) -> None:
        name = label or self._labels[tail].capitalize()
        self.markup.links.append(Link(name, head.id, tail))

    def _add_entities(self, record: Record) -> None:
        firsts: dict[str, Mark] = {}
        for entity in record.entities:
            for mention in entity.mentions:
                mark = self._mark(entity.type, [mention.span], mention=mention.kind)
                self._mentions[mention.id] = mark.id
                self._places[mention.span, entity.id] = mark.id
                if entity.id in firsts:
                    self._link(mark, firsts[entity.id].id, "Same")
                    continue
                firsts[entity.id] = mark
                self._firsts[entity.id] = mark.id
                mark.choices |= {"role": entity.role} if entity.role else {}
                mark.values = {"name": entity.name, **({"kb_id": entity.kb_id} if entity.kb_id else {})}
        for entity in record.entities:
            if entity.id in firsts:
                for span in entity.titles:
                    self._link(firsts[entity.id], self._part("TITLE", span))
                if entity.affiliation in self._firsts:
                    self._link(firsts[entity.id], self._firsts[entity.affiliation], "Affiliation")

    def _add_quote(self, quote: types.Quote) -> None:
        mark = self._mark("QUOTE", quote.content, quote=quote.kind)
        self._quotes[quote.id] = mark.id
        if quote.cue:
            self._link(mark, self._part("CUE", quote.cue))
        if quote.document:
            self._link(mark, self._part("DOCUMENT", quote.document))
        for span in quote.continuation:
            self._link(mark, self._part("CONTINUATION", span))
        if quote.stance:
            mark.choices["stance"] = quote.stance.label
            if quote.stance.target:
                self._link(mark, self._part("TARGET", quote.stance.target))
        if quote.speaker:
            mark.choices |= {
                "source_class": quote.speaker.source_class,
                "named": "yes" if quote.speaker.named else "no",
            }
            self._add_speaker(mark, quote.speaker)

    def _add_speaker(self, mark: Mark, speaker: types.Speaker) -> None:
        meant = self._firsts.get(speaker.entity or "")
        if speaker.mention in self._mentions:
            self._link(mark, self._mentions[speaker.mention], "Speaker")
        elif speaker.span:
            self._link(mark, self._part("SPEAKER", speaker.span, meant))
        elif meant:
            self._link(mark, meant, "Speaker")

    def _add_claim(self, claim: types.Claim) -> None:
        mark = self._mark(
            *("CLAIM", [claim.span]),
            kind=claim.kind,
            modifier=claim.modifier,
            change=claim.change,
            basis=claim.basis,
            modality=claim.modality,
        )
        period = claim.period
        values = {"low": claim.low, "high": claim.high, "unit": claim.unit, "counter": claim.counter}
        values |= {"start": period.start, "end": period.end} if period else {}
        mark.values = {name: value for name, value in values.items() if value is not None}
        if claim.metric:
            self._link(mark, self._part("METRIC", claim.metric))
        if claim.subject:
            meant = self._firsts.get(claim.subject.entity or "")
            same = self._places.get((claim.subject.span, claim.subject.entity))
            if same:
                self._link(mark, same, "Subject")
            elif claim.subject.span:
                self._link(mark, self._part("SUBJECT", claim.subject.span, meant))
            elif meant:
                self._link(mark, meant, "Subject")
        if period and period.span:
            self._link(mark, self._part("PERIOD", period.span))
        source = self._quotes.get(claim.source or "") or self._firsts.get(claim.source or "")
        if source:
            self._link(mark, source, "Source")


def read_markup(doc_id: str, text: str, markup: Markup, *, published: str | None = None) -> Record:
    """Give the record that the marks describe; labels that are none of `LABELS` become a warning.

    Raises `InputError` naming the article where a claim has no kind, a value is not one of the schema's, or a span
    does not lie in the text.
    """
    record = _Reader(doc_id, text, markup, published).record
    try:
        record = msgspec.convert(msgspec.to_builtins(record), Record)
    except msgspec.ValidationError as error:
        raise InputError(f"{doc_id}: the labels do not fit the schema: {error}") from error
    types.check(record)
    return record


class _Reader:
    """Builds one record out of marks and links."""

    def __init__(self, doc_id: str, text: str, markup: Markup, published: str | None) -> None:
        self._marks = {mark.id: mark for mark in markup.marks}
        self._links: defaultdict[tuple[str, str], list[Mark]] = defaultdict(list)
        for mark in markup.marks:
            if not mark.fragments or not all(0 <= start < end <= len(text) for start, end in mark.fragments):
                raise InputError(f"{doc_id}: {mark.label} {mark.id} lies outside the text: {mark.fragments}")
        for link in markup.links:
            for end in (link.head, link.tail):
                if end not in self._marks:
                    raise InputError(f"{doc_id}: link {link.label} leads to {end!r}, which is no mark")
            self._links[link.head, link.label].append(self._marks[link.tail])
        self.record = Record(doc_id, text, published=published)
        self._roots = {mark.id: self._root(mark) for mark in markup.marks if mark.label in ENTITY_LABELS}
        self._entities: dict[str, Entity] = {}  # by the root's mark
        self._mentions: dict[str, Mention] = {}
        self._quotes: dict[str, str] = {}
        self._read(markup)

    def _read(self, markup: Markup) -> None:
        by_label: defaultdict[str, list[Mark]] = defaultdict(list)
        for mark in markup.marks:
            by_label["ENTITY" if mark.label in ENTITY_LABELS else mark.label].append(mark)
        record = self.record
        record.titles = sorted({span for mark in by_label["TITLE"] for span in mark.fragments})
        self._read_entities(by_label["ENTITY"])
        record.quotes = [self._quote(number, mark) for number, mark in enumerate(by_label["QUOTE"], start=1)]
        record.claims = [self._claim(number, mark) for number, mark in enumerate(by_label["CLAIM"], start=1)]
        record.risks = [self._risk(mark) for mark in by_label["RISK"]]
        foreign = sorted({mark.label for mark in markup.marks} - set(LABELS))
        if foreign:
            record.warnings.append(f"labels that no layer has were left out: {', '.join(foreign)}")

    def _root(self, mark: Mark) -> str:
        seen = {mark.id}
        while following := self._links.get((mark.id, "Same")):
            mark = following[0]
            if mark.id in seen:  # a ring of links: its smallest id stands for all of it
                return min(seen)
            seen.add(mark.id)
        return mark.id

    def _read_entities(self, marks: Sequence[Mark]) -> None:
        groups: defaultdict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            groups[self._roots[mark.id]].append(mark)
        number = 0
        for root, group in groups.items():
            first = self._marks[root]
            text = [self._surface(mark) for mark in group]
            entity = Entity(f"e{len(self._entities) + 1}", first.label, max(text, key=len))  # type: ignore[arg-type]
            entity.name = str(first.values.get("name") or entity.name)
            entity.kb_id = first.values.get("kb_id")
            entity.role = first.choices.get("role")  # type: ignore[assignment]
            entity.titles = [tail.fragments[0] for tail in self._tails(group, "Title")]
            for mark in group:
                number += 1
                kind: Any = mark.choices.get("mention", "name")
                mention = Mention(f"m{number}", mark.fragments[0], self._surface(mark), kind)
                self._mentions[mark.id] = mention
                entity.mentions.append(mention)
            self._entities[root] = entity
            self.record.entities.append(entity)
        for root, group in groups.items():
            employers = self._tails(group, "Affiliation")
            self._entities[root].affiliation = self._entity_of(employers[0]) if employers else None

    def _tails(self, heads: Sequence[Mark], label: str) -> list[Mark]:
        return [tail for head in heads for tail in self._links.get((head.id, label), ())]

    def _entity_of(self, mark: Mark) -> str | None:
        for meant in (mark, *self._tails([mark], "Is")):
            if meant.id in self._roots:
                return self._entities[self._roots[meant.id]].id
        return None

    def _surface(self, mark: Mark) -> str:
        start, end = mark.fragments[0]
        return self.record.text[start:end]

    def _place(self, mark: Mark) -> str:
        return f"{self.record.doc_id}: {mark.label} {mark.id} ({self._surface(mark)!r})"

    def _span(self, mark: Mark, label: str) -> Span | None:
        tails = self._tails([mark], label)
        return tails[0].fragments[0] if tails else None

    def _quote(self, number: int, mark: Mark) -> types.Quote:
        kind: Any = mark.choices.get("quote", "indirect")
        quote = types.Quote(f"q{number}", kind, mark.fragments, self._span(mark, "Cue"))
        self._quotes[mark.id] = quote.id
        quote.document = self._span(mark, "Document")
        quote.continuation = [span for tail in self._tails([mark], "Continuation") for span in tail.fragments]
        stance: Any = mark.choices.get("stance")
        if stance is not None:
            quote.stance = types.Stance(stance, self._span(mark, "Target"))
        speakers = self._tails([mark], "Speaker")
        if speakers or "source_class" in mark.choices or "named" in mark.choices:
            quote.speaker = self._speaker(mark, speakers)
        return quote

    def _speaker(self, mark: Mark, speakers: Sequence[Mark]) -> types.Speaker:
        kind: Any = mark.choices.get("source_class", "unknown")
        if not speakers:
            return types.Speaker(named=mark.choices.get("named") == "yes", source_class=kind)
        mention = self._mentions.get(speakers[0].id)
        said = mention is not None and mention.kind in ("name", "alias")
        named = mark.choices["named"] == "yes" if "named" in mark.choices else said
        return types.Speaker(
            mention.id if mention else None, speakers[0].fragments[0], self._entity_of(speakers[0]), named, kind
        )

    def _claim(self, number: int, mark: Mark) -> types.Claim:
        if "kind" not in mark.choices:
            raise InputError(f"{self._place(mark)} has no kind; give one")
        kind: Any = mark.choices["kind"]
        claim = types.Claim(f"c{number}", mark.fragments[0], self._surface(mark), kind)
        claim.metric = self._span(mark, "Metric")
        for name in ("modifier", "change", "basis", "modality"):
            if name in mark.choices:
                setattr(claim, name, mark.choices[name])
        for name in ("low", "high", "unit", "counter"):
            setattr(claim, name, mark.values.get(name))
        claim.subject = self._subject(mark)
        span = self._span(mark, "Period")
        if span or "start" in mark.values or "end" in mark.values:
            claim.period = types.Period(span, mark.values.get("start"), mark.values.get("end"))
        for source in self._tails([mark], "Source"):
            claim.source = self._quotes.get(source.id) or self._entity_of(source)
        return claim

    def _subject(self, mark: Mark) -> types.Subject | None:
        for tail in self._tails([mark], "Subject"):
            return types.Subject(tail.fragments[0], self._entity_of(tail))
        return None

    def _risk(self, mark: Mark) -> types.Risk:
        evidence = [span for tail in self._tails([mark], "Evidence") for span in tail.fragments]
        theme: Any = mark.choices.get("theme")
        status: Any = mark.choices.get("status", "potential")
        if theme is None:
            raise InputError(f"{self._place(mark)} has no theme; give one")
        return types.Risk(theme, status, mark.fragments[0], evidence)
