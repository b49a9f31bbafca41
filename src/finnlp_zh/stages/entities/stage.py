"""The stage that finds named entities, groups their mentions, and tells who the persons are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources import knowledge, organisation_words
from finnlp_zh.resources import people as public
from finnlp_zh.resources.codes import canonical_code
from finnlp_zh.resources.lexicon import LexiconEntry, read_lexicon
from finnlp_zh.stages.entities import (
    areas,
    definitions,
    documents,
    known,
    organisations,
    people,
    selection,
    state_bodies,
)
from finnlp_zh.stages.entities.candidates import Candidate, Definition
from finnlp_zh.stages.entities.evidence import HEAD, Evidence
from finnlp_zh.stages.entities.gazetteer import Cover, Gazetteer, Scan
from finnlp_zh.stages.entities.identity import group, last_part, short_forms, type_of
from finnlp_zh.stages.entities.names import Names
from finnlp_zh.stages.entities.roles import Person, Roles, final_role
from finnlp_zh.types import PEOPLE, Entity, Layer, Mention, Record, Span

_ADVERT: Final = re.compile(
    r"【[^】\n]{0,12}(?:点击|开户|投票|下载|领取|报名|订阅)[^】\n]{0,18}】|点击(?:领取|看详情|投票|查看|进入)"
    r"|(?:安装|下载)[^\n]{0,14}客户端|头条（[a-z]+）——|扫描?二维码|扫码(?:关注|下载)"
    r"|不构成(?:任何)?投资建议|未经[^\n]{0,20}(?:授权|许可)|著作权归|版权(?:归|所有)|免责声明"
)
_TRAILER: Final = re.compile(r"^海量资讯、精准解读，尽在", re.MULTILINE)
"""Opens the teasers of other articles, up to the end of the page."""
_ADVERT_LENGTH: Final = 260
# A finder's score, and the share of mentions with it that were right on development articles: rules alone, with head.
_RULES_ALONE: Final = ((0.5, 0.7, 0.8, 0.88, 0.92, 0.96, 1.0), (0.6, 0.75, 0.87, 0.94, 0.96, 0.99, 1.0))
_WITH_HEAD: Final = ((0.5, 0.58, 0.66, 0.78, 0.83, 0.88, 0.93, 1.0), (0.7, 0.8, 0.88, 0.9, 0.95, 0.98, 0.99, 1.0))

_VERSION: Final = "2"


class EntityStage:
    """Names of organisations, state bodies, persons, documents and places, their titles, roles and identities.

    ``lexicon`` holds the user's own names, or is the path of a file of them; they are found everywhere and win over
    everything else, and an entity takes the id of its name as ``kb_id``.
    """

    name: Final = "entities"
    requires: Final = frozenset[str]()
    provides: Final = frozenset({"entities", "titles"})

    def __init__(self, *, lexicon: Path | Iterable[LexiconEntry] = ()) -> None:
        own = read_lexicon(lexicon) if isinstance(lexicon, Path) else list(lexicon)
        # Another lexicon gives another output: a resumed run must see it.
        self.version = f"{_VERSION}+{sha256(repr(own).encode()).hexdigest()[:8]}" if own else _VERSION
        self._gazetteer = Gazetteer(own)
        self._names = Names()
        self._own_ids = {entry.form: entry.id for entry in own if entry.id}

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give entities and titles of each article, same length and order as ``docs``."""
        return [self._annotate(doc, feature) for doc, feature in zip(docs, features, strict=True)]

    def _annotate(self, doc: Record, features: Features) -> Layer:
        text = doc.text
        scan = self._gazetteer.scan(text)
        kept, found_definitions = self._find(scan, features)
        mentions = [candidate for candidate in kept if candidate.label != "TITLE"]
        titles = [candidate for candidate in kept if candidate.label == "TITLE"]
        groups = group(text, mentions, found_definitions, _codes(scan, mentions), self._own_ids)
        entities = _build(text, groups, titles, self._own_ids)
        knots = _WITH_HEAD if HEAD in features else _RULES_ALONE
        for entity in entities:
            for mention in entity.mentions:
                mention.score = round(float(np.interp(mention.score, *knots)), 4)
        return Layer(entities=entities, titles=[(title.start, title.end) for title in titles])

    def _find(self, scan: Scan, features: Features) -> tuple[list[Candidate], list[Definition]]:
        """Give the mentions and titles to keep, in text order, and the definitions that the article makes."""
        text = scan.text
        evidence = Evidence(features) if HEAD in features and text else None
        adverts, indexes = _adverts(text), Cover([match.span() for match in areas.INDEX.finditer(text)])

        def weigh(candidates: Iterable[Candidate]) -> list[Candidate]:
            merged = selection.merge(candidates)
            outside = (
                found
                for found in merged
                if not adverts.touches(found.start, found.end)
                and not (found.label == "LOC" and areas.NO_PLACE.match(text, found.end))
                and not _is_part(text, found)
                and not (found.label in ("LOC", "ORG", "REGULATOR") and indexes.holds(found.start, found.end))
            )
            return list(evidence.weigh(outside) if evidence else outside)

        found, defined = self._find_names(scan, evidence)
        edges = selection.select(weigh(found))
        doubtful = [candidate for candidate in found if candidate.rule == "weak" and candidate.score < selection.FLOOR]
        found += people.find_people(scan, self._names, edges, doubtful)
        weighed = weigh(found)
        kept = selection.select(weighed)
        loose = known.find_loose(scan, kept, _vouched(scan, kept))
        again = weigh((*loose, *selection.spread(text, kept, self._short(text, kept))))
        return selection.unify(text, selection.select([*weighed, *again])), defined

    def _find_names(self, scan: Scan, evidence: Evidence | None) -> tuple[list[Candidate], list[Definition]]:
        """Give all candidates but persons and titles, the head's own of every type among them."""
        own = evidence.candidates() if evidence else ()
        ordinary = self._gazetteer.unnamed | self._gazetteer.generic
        found = [candidate for candidate in own if scan.text[candidate.start : candidate.end] not in ordinary]
        found += known.find_known(scan)
        found += areas.find_places(scan)
        found += organisations.find_foreign(scan.text)
        found += organisations.find_organisations(scan, self._gazetteer)
        found += state_bodies.find_state_bodies(scan, self._gazetteer)
        found += organisations.extend_to_parts(scan, selection.select(found))
        found += documents.find_documents(scan.text)
        found += definitions.find_codes(scan)
        found += definitions.find_cited(scan)
        defined = list(definitions.find_definitions(scan, selection.merge(found)))
        found += [candidate for candidate, _ in defined]
        return found, [definition for _, definition in defined if definition]

    def _short(self, text: str, kept: Sequence[Candidate]) -> list[tuple[str, Candidate]]:
        """Give the short forms of registered and of foreign names, each with who vouches for it."""
        vouched: list[tuple[str, Candidate]] = []
        seen: set[str] = set()
        for candidate in kept:
            name = text[candidate.start : candidate.end]
            if candidate.label in PEOPLE and (last := last_part(name)) and last not in seen:
                seen.add(last)
                vouched.append((last, candidate._replace(score=0.85, rule="short")))
            if candidate.label == "ORG" and name not in seen:
                seen.add(name)
                if (plain := name.lstrip("*ST")) != name and len(plain) > 1 and name.endswith(plain):
                    vouched.append((plain, candidate._replace(score=0.9, rule="short")))
                forms = (form for form in short_forms(name) if form not in self._gazetteer.generic)
                vouched += [(form, candidate._replace(score=0.9, rule="short")) for form in forms]
        return vouched


_CONTROLS: Final = re.compile("(?:股东|子公司|孙公司)")
_MEETING: Final = re.compile("(?:党组|常务|全体|专题|常委)(?:（扩大）)?会议?")
_LAST_ONLY: Final = re.compile("(?<=部)(?:署(?!名)|门(?!户)|队)|(?<=大学)城(?!市)")
"""What makes the last character of a seeming name part of another word: 学习教育 + 部署, 卫生 + 部门, 大学城."""


def _is_part(text: str, found: Candidate) -> bool:
    """Tell whether a body's name is cut wrong or part of something else: X控股|股东, 国务院 in 国务院常务会议."""
    if found.label not in ("ORG", "REGULATOR"):
        return False
    if _LAST_ONLY.match(text, found.end):
        return True
    follows = _CONTROLS if text.endswith("控股", found.start, found.end) else _MEETING
    return follows.match(text, found.end) is not None


def _vouched(scan: Scan, kept: Sequence[Candidate]) -> set[str]:
    """Give the ambiguous forms whose entity the article names in another form too."""
    base, bodies = knowledge.load(), organisation_words.load_bodies()
    found: set[str] = set()
    for candidate in kept:
        form = scan.text[candidate.start : candidate.end]
        entry = base.lookup(form) if candidate.label in ("ORG", "REGULATOR") else None
        if entry is not None:
            found.add(entry.id)
        if form in bodies:
            found.add(bodies[form].canonical)
    forms: set[str] = set()
    for form in {scan.text[hit.start : hit.end] for hit in scan.hits if hit.loose}:
        entry, body = base.lookup(form), bodies.get(form)
        if (entry is not None and entry.id in found) or (body is not None and body.canonical in found):
            forms.add(form)
    return forms


def _adverts(text: str) -> Cover:
    spans = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if len(line) <= _ADVERT_LENGTH and _ADVERT.search(line):
            spans.append((start, end))
        start = end + 1
    trailer = _TRAILER.search(text)
    if trailer is not None:
        spans = [span for span in spans if span[1] <= trailer.start()] + [(trailer.start(), len(text))]
    return Cover(spans)


def _codes(scan: Scan, mentions: Sequence[Candidate]) -> dict[str, str]:
    codes: dict[str, str] = {}
    for mention in mentions:
        if mention.label == "ORG":
            match = definitions.CODE_AFTER.match(scan.text, mention.end)
            code = canonical_code(match[1]) if match else None
            if code:
                codes.setdefault(scan.text[mention.start : mention.end], code)
    return codes


def _build(
    text: str, groups: Sequence[Sequence[Candidate]], titles: Sequence[Candidate], own_ids: Mapping[str, str]
) -> list[Entity]:
    mentions = sorted(mention for members in groups for mention in members)
    owners = {(mention.start, mention.end): index for index, members in enumerate(groups) for mention in members}
    told = Roles(text, mentions, owners, titles).read()
    numbers = {(mention.start, mention.end): f"m{index}" for index, mention in enumerate(mentions, 1)}
    entities = [_entity(text, index, members, told.get(index), numbers) for index, members in enumerate(groups)]
    for entity in entities:
        entity.kb_id = next((own_ids[m.text] for m in entity.mentions if m.text in own_ids), None)
    return entities


def _entity(
    text: str, index: int, members: Sequence[Candidate], person: Person | None, numbers: Mapping[Span, str]
) -> Entity:
    kind = type_of(members)
    # A foreigner's transcription goes before the original in brackets.
    name = max(
        (text[m.start : m.end] for m in members),
        key=lambda form: (kind not in PEOPLE or not form.isascii(), len(form)),
    )
    entity = Entity(f"e{index + 1}", kind, name)
    if kind in PEOPLE:
        person = person or Person()
        office = person.official or kind == "OFFICIAL" or public.load().get(name) == "OFFICIAL"
        entity.type = "OFFICIAL" if office else "PERSON"
        entity.role = final_role(person, official=office)
        entity.titles = sorted(person.titles)
        entity.affiliation = None if person.affiliation is None else f"e{person.affiliation + 1}"
    for member in members:
        surface = text[member.start : member.end]
        span = (member.start, member.end)
        score = min(max(member.score, 0.0), 1.0)
        entity.mentions.append(Mention(numbers[span], span, surface, "name" if surface == name else "alias", score))
    return entity
