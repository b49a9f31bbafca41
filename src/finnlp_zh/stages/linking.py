"""Identity: which institution of the knowledge base an entity is, by its code in the text or by its names.

A stock code in brackets behind a mention decides; else the longest of the entity's names that the knowledge base
knows. What fits several institutions stays unlinked, and an identity that is there already stays. A company that is
listed twice goes by the code that the article gives, else by its primary listing: mainland before Hong Kong, and New
York for those that listed there first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.codes import canonical_code, code_identity
from finnlp_zh.resources.entries import Entry
from finnlp_zh.resources.knowledge import KnowledgeBase, load
from finnlp_zh.types import Entity, Layer, Mention, Record

_LINKED_TYPES: Final = ("ORG", "REGULATOR")
_MARKET: Final = r"SH|SZ|BJ|HK|US|NYSE|NASDAQ|AMEX|纽交所|纽约证券交易所|纳斯达克|美股|港股|港交所|上交所|深交所"
_BRACKET: Final = re.compile(r"\s{0,2}[(（]([^()（）\n]{3,60})[)）]")
_CODE: Final = re.compile(
    rf"(?:{_MARKET})(?:\s?[:：.]?\s?\d{{4,6}}(?!\d)|\s?[:：.]\s?[A-Z]{{1,5}}(?![A-Z]))"  # SZ 000000, NYSE:XXX
    r"|(?<!\d)\d{6}(?!\d)(?:\s?[.，,]\s?(?:SH|SZ|BJ))?"
    r"|(?<!\d)\d{4,5}\s?[.，,\-]\s?HK|(?<![\d.])0\d{4}(?![\d.])"
    r"|(?<![A-Z])[A-Z]{1,5}(?:\.[AB])?\.(?:US|N|O)(?![A-Z])",
    re.IGNORECASE,
)
# A bare number is a code only where the bracket says so or holds nothing else.
_CODE_CUES: Final = re.compile(r"行情|代码|代號|股吧|诊股|买入|收盘价|最新价|股票|[SB][HZJ]|HK|US|NYSE|NASDAQ")
_HEADER: Final = re.compile(r"(?:证券|股票)代码[:：\s]{0,3}(\d{6})[^\n\d]{0,12}(?:证券|股票)简称[:：\s]{0,3}$")
_INNER_BRACKET: Final = re.compile(r"[(（][^()（）]*(?:\d|诊股)[^()（）]*[)）]")
_QUOTE_NUMBERS: Final = re.compile(r"[-+\d.,%，\s]+")


class _Link(NamedTuple):
    """Where an entity belongs: the id that the article asks for, and the entry where the knowledge base has one."""

    kb_id: str
    entry: Entry | None
    certain: bool


class LinkingStage:
    """Gives organisations and regulators their ``kb_id`` and official name, and joins entities that are the same."""

    name = "linking"
    version = "1"
    requires = frozenset({"text", "entities"})
    provides = frozenset({"entities"})

    def __init__(self, knowledge: KnowledgeBase | None = None) -> None:
        self._knowledge = knowledge or load()

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give for every article its entities with identities, numbered by their first mention.

        Where quotes or claims stand already, entities keep their ids and none are joined.
        """
        return [Layer(entities=self._link_article(doc)) for doc in docs]

    def _link_article(self, doc: Record) -> list[Entity]:
        entities = []
        links: dict[str, _Link] = {}
        for entity in doc.entities:
            link = self._given(entity) or (self._link(entity, doc.text) if entity.type in _LINKED_TYPES else None)
            if link is not None:
                links[entity.id] = link
            entities.append(_identified(entity, link))
        if doc.quotes or doc.claims:
            return entities
        return _renumber(_join(entities, links))

    def _given(self, entity: Entity) -> _Link | None:
        """Keep the identity that an entity brings along, as those of a user's dictionary do."""
        if entity.kb_id is None:
            return None
        return _Link(entity.kb_id, self._knowledge.by_id(entity.kb_id), False)

    def _link(self, entity: Entity, text: str) -> _Link | None:
        mentions = [mention for mention in entity.mentions if mention.kind in ("name", "alias")]
        named = self._by_names(entity, mentions)
        code = next(filter(None, (_code_beside(mention, text) for mention in mentions)), None)
        if code is None:
            return _Link(named.id, named, True) if named else None
        if named is not None and code in named.codes:
            return _Link(code_identity(code), named, True)
        owner = self._knowledge.by_code(code)
        return _Link(code_identity(code), owner, owner is not None)

    def _by_names(self, entity: Entity, mentions: Iterable[Mention]) -> Entry | None:
        surfaces = {_without_brackets(mention.text) for mention in mentions}
        surfaces.add(entity.name)
        longest = max(map(len, surfaces))
        for surface in sorted(surfaces, key=lambda surface: (-len(surface), surface)):
            entry = self._knowledge.lookup(surface, entity.type) or self._knowledge.lookup(surface)
            if entry is None:
                continue
            # 海关 for a customs house that the article names in full, or for an organisation: not the authority.
            if surface not in entry.loose or (entry.type == entity.type and len(surface) == longest):
                return entry
        return None


def _code_beside(mention: Mention, text: str) -> str | None:
    """Give the code in the brackets inside or right behind a mention, or before it in an announcement's header."""
    for bracket in _brackets(mention, text):
        found = _CODE.search(bracket)
        if found and (found[0] == bracket.strip() or _CODE_CUES.search(bracket)):
            code = canonical_code(re.sub(r"[，,\-]", ".", found[0]))
            if code:
                return code
    start = mention.span[0]
    header = _HEADER.search(text, max(0, start - 40), start)
    return canonical_code(header[1]) if header else None


def _brackets(mention: Mention, text: str) -> Iterator[str]:
    if "(" in mention.text or "（" in mention.text:
        yield from (match[0][1:-1] for match in _INNER_BRACKET.finditer(mention.text))
    position = mention.span[1]
    # Tickers put price, change and percent in a bracket of their own before the code.
    while match := _BRACKET.match(text, position):
        yield match[1]
        if not _QUOTE_NUMBERS.fullmatch(match[1]):
            break
        position = match.end()


def _without_brackets(surface: str) -> str:
    return _INNER_BRACKET.sub("", surface) or surface


def _identified(entity: Entity, link: _Link | None) -> Entity:
    if link is None:
        return entity
    if link.entry is None:
        return msgspec.structs.replace(entity, kb_id=link.kb_id)
    type = link.entry.type if link.certain else entity.type
    return msgspec.structs.replace(entity, kb_id=link.kb_id, name=link.entry.name, type=type)


def _join(entities: list[Entity], links: dict[str, _Link]) -> list[Entity]:
    """Join the entities of one entry into the one that comes first; affiliations follow."""
    first: dict[str, str] = {}
    target: dict[str, str] = {}
    for entity in sorted(entities, key=_position):
        link = links.get(entity.id)
        if link is not None:
            identity = link.entry.id if link.entry else link.kb_id
            target[entity.id] = first.setdefault(identity, entity.id)
    groups: dict[str, list[Entity]] = {}
    for entity in entities:
        groups.setdefault(target.get(entity.id, entity.id), []).append(entity)
    joined = []
    for id, members in groups.items():
        kept = next(entity for entity in members if entity.id == id)
        joined.append(kept if len(members) == 1 else _merged(kept, members))
    return [_moved(entity, target) for entity in joined]


def _merged(kept: Entity, members: list[Entity]) -> Entity:
    mentions = sorted((mention for entity in members for mention in entity.mentions), key=lambda mention: mention.span)
    titles = sorted({title for entity in members for title in entity.titles})
    relevance = max(entity.relevance for entity in members)
    return msgspec.structs.replace(kept, mentions=mentions, titles=titles, relevance=relevance)


def _moved(entity: Entity, target: dict[str, str]) -> Entity:
    place = target.get(entity.affiliation or "", entity.affiliation)
    return entity if place == entity.affiliation else msgspec.structs.replace(entity, affiliation=place)


def _renumber(entities: list[Entity]) -> list[Entity]:
    """Give the entities in the order of their first mentions, with ids e1, e2, …"""
    ordered = sorted(entities, key=_position)
    ids = {entity.id: f"e{number}" for number, entity in enumerate(ordered, 1)}
    return [
        msgspec.structs.replace(entity, id=ids[entity.id], affiliation=ids.get(entity.affiliation or ""))
        for entity in ordered
    ]


def _position(entity: Entity) -> tuple[float, float]:
    if not entity.mentions:
        return (float("inf"), float("inf"))
    start, end = min(mention.span for mention in entity.mentions)
    return (start, -end)
