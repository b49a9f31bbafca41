"""What persons are: their titles, the organisation that they belong to, and their role."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from finnlp_zh.resources import knowledge, positions
from finnlp_zh.resources.positions import PositionClass
from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.stages.entities.definitions import CODE_AFTER
from finnlp_zh.types import PEOPLE, PersonRole, Span

_JOINTS: Final = frozenset("、兼和及 \u3000：:|丨□\n")
_RELATION: Final = re.compile("(?:[、兼暨及和]?(?:实际控制人|实控人|控股股东|法定代表人|第一大股东)|之一)$")
_FORMER: Final = re.compile("(?:前任|原任|时任|现任|新任|候任|前|原|的)$")
_WAS: Final = re.compile("(?:前任|原任|曾任|历任|前|原)$")
_STATION: Final = re.compile(
    "(?P<past>曾任|历任|曾担任|曾为|曾是|(?:曾|此前|先后|历经)[^，。；\n]{0,40}?(?:担任|出任|任))"
    "|现任|现为|现担任|目前担任|担任|出任|聘任|兼任|任"
)
"""The verbs of a career; the positions that follow a ``past`` one are former."""
_CAREER: Final = re.compile(
    "(?:他|她|其)?(?:[0-9]{4}年[^。，,\n]{0,16}[，,]?)?(?:曾任|历任|曾担任|曾先后|先后|此前|曾在|现任|现为|现担任|目前担任|目前任|担任|任)"
)
"""How a sentence begins that goes on with the career of a person."""
_TAKEN_UP: Final = re.compile(
    "(?P<pointer>[该本])?(?P<word>公司|集团|企业|平台|银行|行|机构|协会|学会|商会|研究院|研究所|研究中心|联盟|组织|基金|大学|学院|医院|交易所)"
    "(?:前任|前|原任|原|时任|现任|新任)?的?(?:一[位名])?$"
)
_BESIDE: Final = re.compile(r"[ \u3000、,，|/]{0,3}(?:(?:实习|见习|特约)?记者|实习生|通讯员)?[ \u3000]{0,3}")
_HOLDER: Final = re.compile(
    r"(?:本公司|上市公司|公司)?(?:[、兼暨及和]?(?:控股股东|实际控制人|实控人|创始人|法定代表人)){1,3}(?:之一)?\s?$"
)
"""Who owns or runs a company, right before a name."""
_ALONE: Final = re.compile("(?:^|[^\u4e00-\u9fffA-Za-z0-9）)》”]|[由经据向对与和及兼]|时任|现任|新任)$")
"""What stands before a position that no body stands beside, not even an unknown one."""
_EMPLOYS: Final = re.compile("》?(?:首席|实习|见习|特约)?记者")
_PRESS: Final = re.compile("(?:网|报|社|日报|晚报|时报|周刊|财经|新闻|电视台?|广播|快讯|媒体|杂志)$")
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
_MEDIA_BEFORE: Final = re.compile(r"(?:讯|消息|电|网|报)?(?:驻[\u4e00-\u9fff]{1,6})?(?:特约|特派)?[（(【\s·]*$")
_OWN_PAPER: Final = re.compile("本[报刊网台社](?:首席|实习|见习|特约|特派)?[ \u3000]?$")
_OWN: Final = re.compile("(?:公司|集团|该行|本行)[^。；！？\n]{0,22}$|^[^\n]{0,24}$")
_SENTENCE_END: Final = "。！？\n"


@dataclass(slots=True)
class Person:
    """What the article tells of one person; ``bodies`` and ``former`` are indexes of the entities that the person
    belongs or belonged to, in the order in which the text gives them."""

    titles: list[Span] = field(default_factory=list)
    roles: list[PositionClass] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    former: list[int] = field(default_factory=list)
    official: bool = False

    @property
    def affiliation(self) -> int | None:
        """The first body that the person belongs to, or else the first that the person belonged to."""
        return next(iter((*self.bodies, *self.former)), None)


class Post(NamedTuple):
    """A position, the body that it is in, and whether it is a former one."""

    title: Candidate
    body: Candidate | None
    former: bool


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
        self._people = sorted(m for m in mentions if m.label in PEOPLE)
        self._person_starts = [mention.start for mention in self._people]
        self._classes = {position.form: position for position in positions.load()}
        self._used: set[Span] = set()
        self._medium = next((body for body in self._bodies if body.rule in _MEDIA), None)
        self._employer = next((b for b in self._bodies if _EMPLOYS.match(text, b.end)), self._medium)

    def read(self) -> dict[int, Person]:
        """Give what is told of each person, by the index of the entity."""
        people: dict[int, Person] = {}
        previous: Candidate | None = None
        for mention in self._people:
            person = people.setdefault(self._owners[mention.start, mention.end], Person())
            self._read_before(mention, person)
            if previous and not person.bodies and self._signs_with(previous, mention, people):
                person.bodies += people[self._owners[previous.start, previous.end]].bodies[:1]
            previous = mention
        given: Candidate | None = None
        for title in self._titles:
            if (title.start, title.end) not in self._used:
                self._give(title, given, people)
                given = title
        return people

    def _signs_with(self, previous: Candidate, mention: Candidate, people: Mapping[int, Person]) -> bool:
        """Tell whether two names of one byline belong to the same medium."""
        first = people[self._owners[previous.start, previous.end]]
        beside = mention.rule == "byline" or "journalist" in people[self._owners[mention.start, mention.end]].roles
        gap = self._text[previous.end : mention.start]
        return beside and "journalist" in first.roles and _BESIDE.fullmatch(gap) is not None

    def _read_before(self, mention: Candidate, person: Person) -> None:
        """Walk back from a name over its titles and the organisations before them; tell of them in text order."""
        posts: list[Post] = []
        offset = self._skip_joints(mention.start)
        title = self._title_ends.get(offset)
        while title is not None:
            body = self._body_ending(title.start)
            former = _WAS.search(self._text, max(0, title.start - 2), title.start) is not None
            offset = title.start
            if body is not None:
                offset = body.start
                former = former or _WAS.search(self._text, max(0, offset - 2), offset) is not None
            posts.append(Post(title, body, former))
            now = _FORMER.search(self._text, max(0, offset - 2), offset)
            before = self._skip_joints(now.start() if now else offset)
            title = self._title_ends.get(before) if before < offset or body is None else None
        posts.reverse()
        holder = _HOLDER.search(self._text, max(0, mention.start - 16), mention.start)
        if not posts and holder:
            body = self._body_ending(holder.start()) or self._company(holder.start(), about=True)
            person.bodies += [self._owners[body.start, body.end]] if body and body.label == "ORG" else []
        if posts and all(post.body is None for post in posts):
            posts = [self._placed(post, offset) for post in posts]
        self._tell(posts, person)
        if person.bodies or person.former:
            return
        if person.roles and person.roles[-1] == "journalist":
            self._find_medium(offset, person)
        elif mention.rule == "byline":
            person.roles.append("journalist")
            self._find_medium(mention.start, person)

    def _placed(self, post: Post, offset: int) -> Post:
        """Give a position that no body stands beside the body that it is meant to be in."""
        role = self._role(post.title)
        taken_up = _TAKEN_UP.search(self._text, max(0, offset - 6), offset)
        if taken_up:
            return post._replace(body=self._meant(taken_up, offset))
        if role not in ("executive", "any"):
            return post
        body = self._before(offset)
        if (
            body is None
            and role == "executive"
            and self._issuer
            and _ALONE.search(self._text, max(0, offset - 2), offset)
        ):
            body = self._company(offset, about=True)
        return post._replace(body=body)

    def _tell(self, posts: Sequence[Post], person: Person) -> None:
        """Note positions in text order; one without a body is in the body before it."""
        body: Candidate | None = next((post.body for post in posts if post.body), None)
        for post in posts:
            body = post.body or body
            self._add(post.title, person)
            self._judge(post.title, body, person)
            if post.body is not None:
                (person.former if post.former else person.bodies).append(self._owners[post.body.start, post.body.end])

    def _before(self, offset: int) -> Candidate | None:
        """Give the organisation that a position without one beside it belongs to.

        That is the last one of the sentence for a position that opens a clause, and the company that the article is
        about where 公司 or the like takes it up.
        """
        begin = max(self._text.rfind(mark, 0, offset) for mark in _SENTENCE_END) + 1
        index = bisect_left(self._body_starts, offset) - 1
        opens = _OPENS.search(self._text, max(begin, offset - 6), offset) is not None
        if opens and index >= 0 and self._body_starts[index] >= begin and not self._is_medium(self._bodies[index]):
            return self._bodies[index]
        own = _OWN.search(self._text, max(0, offset - 24), offset)
        return self._company(offset, about=own is not None) if opens or own else None

    def _meant(self, taken_up: re.Match[str], offset: int) -> Candidate | None:
        """Give the body that 该行, 公司 or 该协会 right before ``offset`` takes up."""
        word, pointed = taken_up["word"], taken_up["pointer"] == "该"
        if word in ("公司", "集团", "企业", "平台"):
            return self._company(offset, about=not pointed)
        index = bisect_left(self._body_starts, offset) - 1
        earlier = [body for body in reversed(self._bodies[: index + 1]) if not self._is_medium(body)]
        ends = "银行" if word == "行" else word
        same = next((body for body in earlier if self._surface(body).endswith(ends)), None)
        return same or next(iter(earlier), None)

    def _company(self, offset: int, *, about: bool) -> Candidate | None:
        """Give the company that 公司 means.

        That is the one whose announcement the sentence tells of, or the one that the article is ``about``, else the
        last one named.
        """
        index = bisect_left(self._body_starts, offset) - 1
        earlier = [b for b in self._bodies[: index + 1] if b.label == "ORG" and not self._is_medium(b)]
        if not about or not earlier:
            return earlier[-1] if earlier else None
        begin = max(self._text.rfind(mark, 0, offset) for mark in _SENTENCE_END) + 1
        told = next((body for body in earlier if body.start >= begin), None)
        if told is not None and self._is_coded(told):
            return told
        main = next((body for body in reversed(earlier) if self._owner(body) == self._main), None)
        line = self._text.rfind("\n", 0, offset) + 1
        here = {self._owner(body) for body in earlier if body.start >= line}
        return main if main is not None and (not here or self._main in here or not self._digest) else earlier[-1]

    def _owner(self, body: Candidate) -> int:
        return self._owners[body.start, body.end]

    def _is_coded(self, body: Candidate) -> bool:
        return CODE_AFTER.match(self._text, body.end) is not None

    @cached_property
    def _issuer(self) -> bool:
        """Whether the company that the article is about is listed."""
        base = knowledge.load()
        own = [body for body in self._bodies if self._owner(body) == self._main]
        listed = (base.lookup(form) for form in {self._surface(body) for body in own})
        return any(map(self._is_coded, own)) or any(entry is not None and entry.codes for entry in listed)

    @cached_property
    def _main(self) -> int | None:
        """The company that the headline names, or that the article names most and twice as often as any other."""
        counts = Counter(self._owner(b) for b in self._bodies if b.label == "ORG" and not self._is_medium(b))
        if headed := self._headed & counts.keys():
            return max(headed, key=lambda owner: (counts[owner], -owner))
        coded = {self._owner(body) for body in self._bodies if self._is_coded(body)}
        if len(coded) == 1:
            return coded.pop()
        most = counts.most_common(2)
        return most[0][0] if most and (len(most) == 1 or most[0][1] >= 2 * most[1][1]) else None

    @cached_property
    def _headed(self) -> set[int]:
        """The organisations that the first line names."""
        first = self._text.find("\n", len(self._text) - len(self._text.lstrip()))
        return {self._owner(body) for body in self._bodies if body.label == "ORG" and body.end <= first}

    @cached_property
    def _digest(self) -> bool:
        """Whether the article strings together news of several companies, each in a paragraph of its own."""
        coded = [body for body in self._bodies if self._is_coded(body)]
        return len({self._text.count("\n", 0, body.start) for body in coded}) > 3

    def _is_medium(self, body: Candidate) -> bool:
        return body.rule in _MEDIA or _PRESS.search(self._surface(body)) is not None

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
        department = self._text.endswith("部部长", title.start, title.end)  # 证券部部长, of a company
        role = "executive" if department and body is None else self._role(title)
        name = self._text[body.start : body.end] if body else ""
        if body is not None and role != "journalist":
            state = body.label == "REGULATOR" and not _EXCHANGE.search(name)
            if state or (role == "any" and _INTERNATIONAL.match(name)):
                role = "official"
                person.official = person.official or state
            elif role == "any":
                role = "expert" if _INSTITUTION.search(name) else "executive"
        person.roles.append(role)
        if title.rule == "office" and ((body is None and not department) or (body and body.label == "REGULATOR")):
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
            signed = self._text[:offset].rstrip().endswith(("（", "("))
            own = _OWN_PAPER.search(self._text, max(0, offset - 6), offset)
            body = self._medium if signed else self._employer if own else None
        if body is not None:
            person.bodies.append(self._owners[body.start, body.end])

    def _give(self, title: Candidate, previous: Candidate | None, people: dict[int, Person]) -> None:
        """Give a title that no name follows to the person of its sentence; ``previous`` is the one given before."""
        text = self._text
        begin = max(text.rfind(mark, 0, title.start) for mark in _SENTENCE_END) + 1
        mention = self._holder(title, begin)
        if mention is None:
            return
        person = people[self._owners[mention.start, mention.end]]
        body = self._body_ending(title.start)
        was = _WAS.search(text, max(0, (body or title).start - 2), (body or title).start)
        verbs = list(_STATION.finditer(text, begin, title.start))
        former = was is not None or (bool(verbs) and verbs[-1]["past"] is not None)
        taken_up = _TAKEN_UP.search(text, max(0, title.start - 6), title.start)
        follows = previous is not None and title.start - previous.end <= 1
        if body is None and taken_up:
            body = self._meant(taken_up, title.start)
        elif body is None and not person.bodies and not person.former and not follows:
            if verbs:
                body = self._body_in(verbs[-1].start(), title.start, first=True)
            if body is None and self._role(title) == "executive":
                body = self._body_in(begin, title.start)
        self._tell([Post(title, body, former)], person)

    def _holder(self, title: Candidate, begin: int) -> Candidate | None:
        """Give the person of the sentence from ``begin`` who holds ``title``; in a career, the person before it."""
        text = self._text
        index = bisect_left(self._person_starts, title.start)
        if index and self._person_starts[index - 1] >= begin:
            return self._people[index - 1]
        if index and _CAREER.match(text, begin) and text.rfind("\n", 0, begin - 1) < self._person_starts[index - 1]:
            return self._people[index - 1]
        finish = min((found for mark in _SENTENCE_END if (found := text.find(mark, title.end)) >= 0), default=len(text))
        return self._people[index] if index < len(self._people) and self._person_starts[index] < finish else None

    def _body_in(self, begin: int, end: int, *, first: bool = False) -> Candidate | None:
        """Give the ``first`` or the last organisation that begins in ``[begin, end)``."""
        inside = self._bodies[bisect_left(self._body_starts, begin) : bisect_left(self._body_starts, end)]
        return inside[0 if first else -1] if inside else None


def final_role(person: Person, *, official: bool) -> PersonRole:
    """Give the one role of a person from all that was told."""
    if official or person.official:
        return "official"
    for role in person.roles:
        if role in ("journalist", "official", "executive", "expert"):
            return role
    return "executive" if "any" in person.roles else "other"
