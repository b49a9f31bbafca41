"""Ties each speaker to an entity: the named one, the one that a pronoun or 该行 takes up, or a new one."""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.stages.quotes.passage import Passage, between
from finnlp_zh.stages.quotes.speakers import Actor
from finnlp_zh.types import PEOPLE, Entity, EntityType, Mention, PersonRole, SourceClass, Span, Speaker

_ADDED: Final = "new"  # how the ids of added mentions start, until all are numbered
_BODIES: Final = frozenset({"ORG", "REGULATOR"})
_BACK_REFERENCE: Final = re.compile(r"^(?:该|上述|前述|这位|这名|这家|那位)")
_MEDIA: Final = re.compile(r"网|报$|社$|日报|晚报|时报|周刊|财经|新闻|电视|广播|快讯|媒体|杂志|通讯|界面|澎湃")
_COMPANY: Final = re.compile(
    r"公司|集团|股份|银行|保险|科技|实业|控股|电器|汽车|医药|能源|地产|置业|航空|航运|物流|钢铁|电子|食品|传媒|信托"
)
_ANALYST_HOUSE: Final = re.compile(
    r"证券|投行|银行|研究|资本|摩根|高盛|大摩|小摩|摩通|花旗|瑞银|瑞信|汇丰|野村|中金|大和|里昂|麦格理|杰富瑞|美银|评级|穆迪|惠誉|标普"
)


class Resolver:
    """Resolves the speakers of one article in text order; remembers who spoke last."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self._entities = list(passage.entities)
        self._mentions: dict[int, list[Mention]] = {n: list(e.mentions) for n, e in enumerate(self._entities)}
        self._by_span: dict[Span, tuple[str, int]] = {
            mention.span: (mention.id, number)
            for number, entity in enumerate(self._entities)
            for mention in entity.mentions
        }
        self._last_person: int | None = None
        self._last_person_at = -1
        self._last_body: int | None = None
        self._unnamed: dict[str, int] = {}
        self._added = 0
        self._speaking: set[str] = set()

    def resolve(self, candidate: Candidate) -> Speaker | None:
        """Give the quote's speaker; ``mention`` is an id of `entities`."""
        actor = candidate.actor
        if actor is None:
            return None
        known = self._by_span.get(actor.span)
        if known is None:
            number = self._entity_for(actor)
            known = self._add_mention(actor, number)
        mention, number = known
        self._speaking.add(mention)
        entity = self._entities[number]
        self._remember(number, entity, actor.end)
        named = actor.guess is not None or any(m.kind in ("name", "alias") for m in self._mentions[number])
        return Speaker(mention, actor.span, entity.id, named, self._source_class(actor, entity, named, candidate))

    def entities(self) -> list[Entity]:
        """Give the article's entities with the mentions and entities that were added; mentions in text order."""
        swallowed = [m.span for mentions in self._mentions.values() for m in mentions if m.id.startswith(_ADDED)]
        given = []
        for number, entity in enumerate(self._entities):
            mentions = [m for m in self._mentions[number] if m.id in self._speaking or not _is_inside(m, swallowed)]
            if mentions:
                given.append(replace(entity, mentions=sorted(mentions, key=lambda m: m.span)))
        kept = {entity.id for entity in given}
        return [
            entity if entity.affiliation is None or entity.affiliation in kept else replace(entity, affiliation=None)
            for entity in given
        ]

    def _remember(self, number: int, entity: Entity, at: int) -> None:
        if entity.type in PEOPLE:
            self._last_person = number
            self._last_person_at = at
        elif entity.type in _BODIES:
            self._last_body = number

    def _add_mention(self, actor: Actor, number: int) -> tuple[str, int]:
        self._added += 1
        kind = actor.kind
        mention = Mention(f"{_ADDED}{self._added}", actor.span, self.passage.doc.text[slice(*actor.span)], kind, 0.9)
        self._mentions[number].append(mention)
        self._by_span[actor.span] = (mention.id, number)
        return mention.id, number

    def _entity_for(self, actor: Actor) -> int:
        text = self.passage.text[slice(*actor.span)]
        if actor.entry is None:
            known = self._known_by(text)
            return known if known is not None else self._new_name(actor, text)
        means = actor.entry.means
        found: int | None = None
        if means == "person":
            found = self._person_before(actor.start)
        elif means == "any":
            found = self._person_before(actor.start) if self._last_body is None else self._latest(actor.start)
        elif means == "self":
            found = self._answerer(actor.start)
        elif means == "lender":
            found = self._lender(actor.start)
        elif means == "company":
            found = self._company(actor.start)
        elif means == "side":
            found = self._side(text)
        elif means == "office":
            found = self._holder(actor, text)
        elif _BACK_REFERENCE.match(text):
            found = self._unnamed_before(text)
        if found is not None:
            return found
        known_unnamed = self._unnamed.get(_short_form(text))
        return known_unnamed if known_unnamed is not None else self._new_entity(actor, text)

    def _person_before(self, at: int) -> int | None:
        for name in reversed(list(between(self.passage.names, max(0, at - 300), at))):
            if name.start < self._last_person_at:
                break
            if self._entities[name.entity].type in PEOPLE and not self._is_journalist(name.entity):
                return name.entity
        return self._last_person

    def _answerer(self, at: int) -> int | None:
        """我 in an interview's answer is whom the line names before its colon, else who spoke last."""
        line, _ = self.passage.paragraph(at)
        names = [name for name in between(self.passage.names, line, line + 24) if name.end < at]
        return names[0].entity if names else self._last_person

    def _is_journalist(self, number: int) -> bool:
        return self._entities[number].role == "journalist"

    def _latest(self, at: int) -> int | None:
        return self._person_before(at)

    def _lender(self, at: int) -> int | None:
        """该行 is the house that spoke last, else the last one named, else whoever spoke last."""
        last = self._last_body
        if last is not None and _ANALYST_HOUSE.search(self._entities[last].name):
            return last
        for name in reversed(list(between(self.passage.names, 0, at))):
            entity = self._entities[name.entity]
            if entity.type == "ORG" and _ANALYST_HOUSE.search(entity.name):
                return name.entity
        return last

    def _company(self, at: int) -> int | None:
        """公司 is the company that spoke last, else the one that the article names most."""
        last = self._last_body
        if last is not None and self._entities[last].type == "ORG" and not _MEDIA.search(self._entities[last].name):
            return last
        counts: dict[int, int] = {}
        for name in self.passage.names:
            entity = self._entities[name.entity]
            if entity.type == "ORG" and not _MEDIA.search(entity.name):
                counts[name.entity] = counts.get(name.entity, 0) + (2 if name.start < at else 1)
        return max(counts, key=lambda number: (counts[number], -number)) if counts else None

    def _side(self, text: str) -> int | None:
        place = text[0]
        for number, entity in enumerate(self._entities):
            if entity.type == "LOC" and any(m.text.startswith(place) for m in entity.mentions):
                return number
        return None

    def _holder(self, actor: Actor, text: str) -> int | None:
        """Give the person who holds the office that a title alone names (总书记强调)."""
        titles = {self.passage.text[start:end] for start, end in self.passage.doc.titles}
        if not any(title.endswith(text) for title in titles):
            return None
        where = set(self.passage.text[max(0, actor.start - 3) : actor.start])
        best: tuple[int, int] | None = None
        for number, entity in enumerate(self._entities):
            for start, end in entity.titles if entity.type in PEOPLE else ():
                if self.passage.text[start:end].endswith(text):
                    shared = len(where & set(self.passage.text[max(0, start - 5) : start]))
                    if best is None or shared > best[0]:
                        best = (shared, number)
        return best[1] if best is not None else None

    def _unnamed_before(self, text: str) -> int | None:
        head = text[2:]
        for known, number in reversed(self._unnamed.items()):
            if head and (known.endswith(head[-3:]) or head.endswith(known[-2:])):
                return number
        return None

    def _known_by(self, text: str) -> int | None:
        for number, mentions in self._mentions.items():
            if any(mention.text == text for mention in mentions):
                return number
        return None

    def _new_name(self, actor: Actor, text: str) -> int:
        type_: EntityType = actor.guess or "ORG"
        number = len(self._entities)
        self._entities.append(
            Entity(id=self._free_id(), type=type_, name=text, role="other" if type_ == "PERSON" else None)
        )
        self._mentions[number] = []
        return number

    def _new_entity(self, actor: Actor, text: str) -> int:
        assert actor.entry is not None
        body = self._body_adjoining(actor.start)
        type_, role = self._type_and_role(actor, body)
        number = len(self._entities)
        affiliation = self._entities[body].id if body is not None and type_ in PEOPLE else None
        entity = Entity(id=self._free_id(), type=type_, name=text, role=role, affiliation=affiliation)
        self._entities.append(entity)
        self._mentions[number] = []
        self._unnamed[_short_form(text)] = number
        return number

    def _free_id(self) -> str:
        numbers = [int(e.id[1:]) for e in self._entities if e.id[1:].isdigit()]
        return f"e{max(numbers, default=0) + 1}"

    def _body_adjoining(self, start: int) -> int | None:
        for name in reversed(list(between(self.passage.names, max(0, start - 40), start))):
            gap = self.passage.masked[name.end : start]
            if self._entities[name.entity].type in ("ORG", "REGULATOR", "LOC") and not re.search("[，。；：\n]", gap):
                return name.entity
            break
        return None

    def _type_and_role(self, actor: Actor, body: int | None) -> tuple[EntityType, PersonRole | None]:
        assert actor.entry is not None
        entry = actor.entry
        if entry.type not in PEOPLE:
            return entry.type, None
        type_: EntityType = entry.type
        role = entry.role
        adjoining = self._entities[body].type if body is not None else None
        if adjoining == "REGULATOR" and entry.source in ("official", "company") and entry.role != "expert":
            return "OFFICIAL", "official"
        if adjoining == "ORG" and type_ == "OFFICIAL" and entry.means == "office":
            return "PERSON", "executive"
        if entry.head in ("负责人", "发言人") and body is None and self._state_speaks():
            return "OFFICIAL", "official"
        return type_, role

    def _state_speaks(self) -> bool:
        """Tell whether an unattached 相关负责人 is a state body's: regulators are named, companies are not."""
        types = [entity.type for entity in self._entities]
        return types.count("REGULATOR") > 0 and (
            self._last_body is None or self._entities[self._last_body].type == "REGULATOR"
        )

    def _source_class(self, actor: Actor, entity: Entity, named: bool, candidate: Candidate) -> SourceClass:
        if named:
            if entity.type == "POLICY":
                return "document"
            if entity.type == "ORG" and _ANALYST_HOUSE.search(entity.name) and "银行" not in entity.name:
                return "analyst"
            listed = "stock" in (entity.kb_id or "")
            return "company" if entity.type == "ORG" and (listed or _COMPANY.search(entity.name)) else "named"
        if entity.type in ("OFFICIAL", "REGULATOR"):
            return "official"
        return actor.entry.source if actor.entry is not None and actor.entry.source != "official" else "company"


def _is_inside(mention: Mention, spans: list[Span]) -> bool:
    return not mention.id.startswith(_ADDED) and any(s <= mention.span[0] and mention.span[1] <= e for s, e in spans)


def _short_form(text: str) -> str:
    """美国媒体 and 美媒 are one source."""
    return f"{text[0]}媒" if text.endswith(("媒体", "媒")) and len(text) <= 6 else text
