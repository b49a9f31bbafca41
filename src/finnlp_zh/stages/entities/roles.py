"""What persons are: their titles, the organisation that they belong to, and their role."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from finnlp_zh.resources import positions
from finnlp_zh.resources.positions import PositionClass
from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.types import PersonRole, Span

_JOINTS: Final = frozenset("、兼和及 \u3000：:|丨□\n")
_RELATION: Final = re.compile("(?:[、兼暨及和]?(?:实际控制人|实控人|控股股东|法定代表人|第一大股东)|之一)$")
_FORMER: Final = re.compile("(?:前任|原任|时任|现任|新任|候任|前|原|的)$")
_OPENS: Final = re.compile("(?:[，。；、\n](?:时任|其|原)?|时任)$")
_MEDIA: Final = frozenset(("source", "press"))
_INSTITUTION: Final = re.compile(
    r"(?:大学|学院|研究院|研究所|研究中心|研究会|实验室|科学院|社科院|社会科学院|智库|设计院|信通院|医院|党校)"
)
_INTERNATIONAL: Final = re.compile(
    r"^(?:联合国|国际货币基金|世界银行|世界贸易|世贸组织|世界卫生|世卫组织|欧盟|北约|东盟|国际原子能|国际能源署|欧佩克|上合组织|非盟|阿盟|亚投行|亚洲开发)"
)
_EXCHANGE: Final = re.compile(r"(?:交易所|[沪深北港上伦纽]交所|联交所|股转)")
_BRACKET_TAIL: Final = re.compile(r"[（(][^（）()\n]{1,40}[）)]$")
_MEDIA_BEFORE: Final = re.compile(r"(?:讯|消息|电|网|报)?[（(【\s·]*$")
_OWN: Final = re.compile("(?:公司|集团|该行|本行)[^。；！？\n]{0,22}$|^[^\n]{0,24}$")
_SENTENCE_END: Final = "。！？\n"


@dataclass(slots=True)
class Person:
    """What the article tells of one person; ``body`` is the index of the entity that the person belongs to."""

    titles: list[Span] = field(default_factory=list)
    roles: list[PositionClass] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    official: bool = False


class Roles:
    """Reads the surroundings of person mentions; built from the mentions and titles of one article."""

    def __init__(
        self, text: str, mentions: Sequence[Candidate], owners: Mapping[Span, int], titles: Sequence[Candidate]
    ):
        self._text = text
        self._owners = owners
        self._titles = sorted(titles)
        self._title_ends = {title.end: title for title in titles}
        self._bodies = sorted(m for m in mentions if m.label in ("ORG", "REGULATOR"))
        self._body_ends = {body.end: body for body in self._bodies}
        self._body_starts = [body.start for body in self._bodies]
        self._people = sorted(m for m in mentions if m.label in ("PERSON", "OFFICIAL"))
        self._person_starts = [mention.start for mention in self._people]
        self._classes = {position.form: position for position in positions.load()}
        self._used: set[Span] = set()
        self._medium = next((body for body in self._bodies if body.rule in ("source", "press")), None)

    def read(self) -> dict[int, Person]:
        """Give what is told of each person, by the index of the entity."""
        people: dict[int, Person] = {}
        previous: Candidate | None = None
        for mention in self._people:
            person = people.setdefault(self._owners[mention.start, mention.end], Person())
            self._read_before(mention, person)
            if previous and not person.bodies and mention.rule == "byline" and mention.start - previous.end <= 3:
                person.bodies += people[self._owners[previous.start, previous.end]].bodies[:1]
            previous = mention
        for title in self._titles:
            if (title.start, title.end) not in self._used:
                self._give(title, people)
        return people

    def _read_before(self, mention: Candidate, person: Person) -> None:
        """Walk back from a name over its titles and the organisations before them."""
        offset = self._skip_joints(mention.start)
        title = self._title_ends.get(offset)
        nearest: Candidate | None = None
        while title is not None:
            self._add(title, person)
            offset = title.start
            body = self._body_ending(offset)
            if body is not None:
                nearest = nearest or body
                self._judge(title, body, person)
                offset = body.start
            else:
                self._judge(title, nearest, person)
            before = self._skip_joints(offset)
            title = self._title_ends.get(before) if before < offset or body is None else None
        if nearest is None and person.roles[-1:] in (["executive"], ["any"]):
            nearest = self._before(offset)
            if nearest is not None and nearest.label == "REGULATOR" and not _EXCHANGE.search(self._surface(nearest)):
                person.official = True
        if nearest is not None:
            person.bodies.append(self._owners[nearest.start, nearest.end])
        elif person.roles and person.roles[-1] == "journalist":
            self._find_medium(offset, person)
        elif mention.rule == "byline":
            person.roles.append("journalist")
            self._find_medium(mention.start, person)

    def _before(self, offset: int) -> Candidate | None:
        """Give the organisation that a position without one beside it belongs to.

        That is the last one of the sentence for a position that opens a clause, and the last company of the article
        where 公司 or the like takes it up.
        """
        begin = max(self._text.rfind(mark, 0, offset) for mark in _SENTENCE_END) + 1
        index = bisect_left(self._body_starts, offset) - 1
        opens = _OPENS.search(self._text, max(begin, offset - 6), offset) is not None
        if opens and index >= 0 and self._body_starts[index] >= begin and self._bodies[index].rule != "source":
            return self._bodies[index]
        if not opens and not _OWN.search(self._text, max(0, offset - 24), offset):
            return None
        earlier = reversed(self._bodies[: index + 1])
        return next((body for body in earlier if body.rule not in _MEDIA and body.label == "ORG"), None)

    def _surface(self, body: Candidate) -> str:
        return self._text[body.start : body.end]

    def _skip_joints(self, offset: int) -> int:
        while offset and self._text[offset - 1] in _JOINTS:
            offset -= 1
        relation = _RELATION.search(self._text, max(0, offset - 7), offset)
        return self._skip_joints(relation.start()) if relation else offset

    def _body_ending(self, offset: int) -> Candidate | None:
        former = _FORMER.search(self._text, max(0, offset - 2), offset)
        offset = former.start() if former else offset
        body = self._body_ends.get(offset)
        if body is None and offset and self._text[offset - 1] in "）)":
            bracket = _BRACKET_TAIL.search(self._text, max(0, offset - 42), offset)
            body = self._body_ends.get(bracket.start()) if bracket else None
        return body

    def _add(self, title: Candidate, person: Person) -> None:
        self._used.add((title.start, title.end))
        if (title.start, title.end) not in person.titles:
            person.titles.append((title.start, title.end))

    def _judge(self, title: Candidate, body: Candidate | None, person: Person) -> None:
        role = self._role(title)
        name = self._text[body.start : body.end] if body else ""
        if body is not None and role != "journalist":
            state = body.label == "REGULATOR" and not _EXCHANGE.search(name)
            if state or (role == "any" and _INTERNATIONAL.match(name)):
                role = "official"
                person.official = person.official or state
            elif role == "any":
                role = "expert" if _INSTITUTION.search(name) else "executive"
        person.roles.append(role)
        if title.rule == "office" and (body is None or body.label == "REGULATOR"):
            person.official = True

    def _role(self, title: Candidate) -> PositionClass:
        form = self._text[title.start : title.end]
        for start in range(len(form) - 1):
            position = self._classes.get(form[start:])
            if position is not None and position.kind != "prefix":
                return position.role
        return "any"

    def _find_medium(self, offset: int, person: Person) -> None:
        """Give a journalist the medium that stands last before the byline on the same line."""
        line = self._text.rfind("\n", 0, offset) + 1
        index = bisect_right(self._body_starts, offset) - 1
        body = self._bodies[index] if index >= 0 else None
        beside = body is not None and body.start >= max(line, offset - 16) and body.label == "ORG"
        if body is None or not beside or not _MEDIA_BEFORE.fullmatch(self._text, body.end, offset):
            body = self._medium if self._text[:offset].rstrip().endswith(("（", "(")) else None
        if body is not None:
            person.bodies.append(self._owners[body.start, body.end])

    def _give(self, title: Candidate, people: dict[int, Person]) -> None:
        """Give a title that no name follows to the person of its sentence."""
        text = self._text
        begin = max(text.rfind(mark, 0, title.start) for mark in _SENTENCE_END) + 1
        ends = [found for mark in _SENTENCE_END if (found := text.find(mark, title.end)) >= 0]
        finish = min(ends, default=len(text))
        index = bisect_left(self._person_starts, title.start)
        if index and self._person_starts[index - 1] >= begin:
            mention = self._people[index - 1]
        elif index < len(self._people) and self._person_starts[index] < finish:
            mention = self._people[index]
        else:
            return
        person = people[self._owners[mention.start, mention.end]]
        self._add(title, person)
        body = self._body_ending(title.start)
        if body is None and not person.bodies and self._role(title) == "executive":
            body = self._body_in(begin, title.start)
        self._judge(title, body, person)
        if body is not None:
            person.bodies.append(self._owners[body.start, body.end])

    def _body_in(self, begin: int, end: int) -> Candidate | None:
        first, last = bisect_left(self._body_starts, begin), bisect_left(self._body_starts, end)
        return self._bodies[last - 1] if last > first else None


def final_role(person: Person, *, official: bool) -> PersonRole:
    """Give the one role of a person from all that was told."""
    if official or person.official:
        return "official"
    for role in person.roles:
        if role in ("journalist", "official", "executive", "expert"):
            return role
    return "executive" if "any" in person.roles else "other"
