"""Titles and the names of persons beside them, in bylines and where they speak."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from finnlp_zh.resources.positions import PositionClass
from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.stages.entities.gazetteer import Cover, Scan
from finnlp_zh.stages.entities.names import Names
from finnlp_zh.types import PEOPLE

_BEFORE_CHANGE: Final = re.compile(
    r"(?:(?:任|担任|出任|兼任|新任|继任|留任|升任|晋升|接任|辞任|辞去|免去|卸任|聘任|当选|历任|推举|选举|迎来|迎新任|聘请|委任|任命|担任其|聘任其为|任命其为"
    r"|聘任\S{2,4}为|任命\S{2,4}为|选举\S{2,4}为|[\u4e00-\u9fff]{2,3}为)(?:公司|集团|该行|本行|本公司|该公司|我行|新)?的?)$"
)
_ACTS: Final = re.compile("[\u4e00-\u9fff](?<![职兼及和并])")
_OFFICE: Final = re.compile(r"[^。；\n]{0,8}?(?:一职|职务|之职|的任职资格|的职务|等职)")
_HOLDER: Final = re.compile(
    r"(?:实际控制人|实控人|控股股东|第一大股东|大股东|自然人股东|自然人|股东|法定代表人|法人|高管|创始人|夫妇|之一|其父|其母|其妻|其子|其女|一致行动人|董监高)(?:为|是|系|即|分别为|变更为|包括)?"
)
_BYLINE: Final = re.compile(
    r"(?:实习记者|见习记者|特约记者|首席记者|记者|实习生|通讯员|作者|撰文|采写|文|编译)"
    r"\s?[|丨/：: \u3000]\s*"
)
_NAMES_APART: Final = re.compile(r"[ \u3000、,，]{1,3}")
_SIGNED: Final = re.compile(
    r"(?:讯|电|消息)?[（(]([\u4e00-\u9fff]{2,4})[）)](?=\s|$)"
    r"|(?:讯|电|消息)[ \u3000]?[（(]([\u4e00-\u9fff]{2,4})[ \u3000]([\u4e00-\u9fff]{2,4})[）)]"
)
_CLAUSE: Final = re.compile(r"(?:^|(?<=[\n。！？；：，“”》】\u3000 ]))")
_TITLE_JOINT: Final = re.compile(r"[兼、和及]|以及|\s")
_HONORIFIC: Final = re.compile(r"先生|女士|小姐|博士|教授|院士|老师")
_UNNAMED: Final = re.compile("([\u4e00-\u9fff])(?:某某?|先生|女士)(?![\u4e00-\u9fff]?(?:国|地|种|些|个|公司|企业))")
_BIRTH: Final = re.compile(r"[，,、（(]\s?(?:男|女|\d{4}年(?:\d+月)?(?:出)?生|\d{2}岁|现年|时年)")
_RELATION: Final = re.compile("(?:[、兼暨及和](?:实际控制人|实控人|控股股东|法定代表人|第一大股东)){1,2}|之一")
_OWN_BODY: Final = re.compile("^(?:机构|公司|集团|平台|企业|单位|行|协会|学会|商会|联合会|研究院|研究所|中心)")
_FORMER: Final = re.compile("^(?:前任|前|原任|原|时任|现任|新任|候任)")
_FORMERLY: Final = re.compile("(?:前任|原任|时任|现任|新任|候任|前|原)$")
_COPULA: Final = re.compile("(?:均|分别|都)?(?:是|为|系|由)")
_LINK: Final = re.compile(
    "(?:[、兼暨及和]|以及|[、，,；;](?:兼|并兼|同时兼任|兼任|现任|时任))(?:前任|前|原任|原|时任|现任|新任|候任)?"
)
"""What joins the positions that one person holds in several bodies."""
_BRACKET_OPENS: Final = re.compile(r"[（(]\s?(?:现任|时任|曾任|原|前|系|为|任)?(?:公司|该公司|本公司)?$")
_COMMA_OPENS: Final = re.compile("[，,—](?:现任|时任|曾任|原|前|系)?(?:公司|该公司|本公司)?$")
_IS_OPENS: Final = re.compile(
    "(?:先生|女士|教授|博士)?(?:现|目前|曾|曾经|原|均|也|正|还)?(?:是|为|系)(?:公司|该公司|本公司)?的?$"
)
_BAR: Final = re.compile(r"\s?[|丨/]\s?")
_HONOURED: Final = re.compile("(?:先生|女士|教授|博士)$")
_CV: Final = re.compile(
    "(?:曾任|历任|现任|先后任|先后担任|曾担任|曾先后|现担任|曾出任|曾兼任|现兼任|担任过|曾在|历经|先后在|此前任|此前担任|毕业于)"
)
"""Verbs that open the stations of a career; the positions that follow in the sentence are held by its subject."""
_STATION: Final = re.compile(
    r"[，,、；;兼及和与并以 ]{0,3}(?:[0-9０-９年月日至今起后.\-—－~～]{1,32}[，,：: ]{0,2})?"
    r"[\u4e00-\u9fffA-Za-z0-9（）()·&]{0,24}"
)
"""What stands between two stations of a career: the time, and the words of the next body that no rule knows."""
_LATIN_NAME: Final = re.compile(r"[A-Z][a-z]+(?: [A-Z]\.?)?(?: [A-Z][a-z]+){1,2}(?![A-Za-z])")


_ORIGINAL: Final = re.compile(r"[（(]\s?([A-Z][A-Za-z.'’\-]*(?: [A-Z][A-Za-z.'’\-]*){1,4})\s?[）)]")
"""The name of a foreigner in its own letters, behind its transcription."""
_LONG_NAME: Final = 40
_POINTED: Final = re.compile(
    "(?:该|本)(?:公司|集团|银行|行|机构|协会|学会|商会|企业|平台|研究院|研究所|研究中心|中心|联盟|组织|基金)|(?<=时任)"
)
"""Words that stand for a body: the position in it begins after them."""
_NO_OFFICE: Final = ("other", "private")
_COUNCIL: Final = ("董事", "监事", "理事", "委员", "股东")
"""Positions whose holders form a 会: the word for it is no position."""
_COMMITTEE: Final = re.compile(
    "(?:董事会)?[\u4e00-\u9fff]{0,10}(?:审计|薪酬|提名|战略|风险|关联交易|消费者权益|可持续发展|合规|投资决策|预算|治理)[\u4e00-\u9fff]{0,12}委员会$"
)
_COMMITTEE_OPENS: Final = re.compile("[任为、，兼及和与；;职]|同时")
_COMMITTEE_LEAVES: Final = re.compile("(?:同时|并|兼|[担出]?任|为|本?公司|[本该]行|集团|第.{1,3}届(?=董事会))*")


class Title(NamedTuple):
    """A position in the text; ``attached`` where a name or an office change stands by it."""

    start: int
    end: int
    role: PositionClass
    office: bool


def find_people(
    scan: Scan, names: Names, edges: Sequence[Candidate], doubtful: Sequence[Candidate]
) -> Iterator[Candidate]:
    """Give titles and the persons beside them; ``edges`` are the organisations and places found so far.

    A ``doubtful`` organisation right before the titles of a named person is one.
    """
    sure = Cover([(edge.start, edge.end) for edge in edges])
    weak = {found.end: found for found in doubtful if not sure.touches(found.start, found.end)}
    bounds = sorted([*edges, *weak.values()])
    titles = [_specified(scan, names, bounds, title) for title in find_titles(scan, bounds)]
    bodies = {bound.end: bound.start for bound in bounds if bound.label in ("ORG", "REGULATOR")}
    last: Title | None = None
    for run in _runs(scan.text, list(_chains(scan.text, titles)), bodies):
        held, persons = _held(scan, names, run, bodies)
        if not held and last is not None and _goes_on(scan, last, run[0][0], bodies):
            held = _ON_CAREER
        if held:
            last = None if persons else run[-1][-1]
            yield from persons
            for chain in run:
                yield from _as_candidates(chain, held)
                if chain[0].start in weak and not _changes_office(scan.text, chain, None):
                    yield weak[chain[0].start]._replace(score=0.8)
    dotted = list(names.dotted(scan))
    yield from dotted
    for found in dotted:
        original = _ORIGINAL.match(scan.text, found.end)
        if original:
            yield Candidate(*original.span(1), "PERSON", 0.95, "original")
    for start, end, ratio in names.likely(scan):
        score = min(0.4 + 0.035 * ratio + (0.12 if end in scan.speech else 0.0), 0.84)
        yield Candidate(start, end, "PERSON", score if end - start > 2 else score - 0.15, "likely")
    yield from _movers(scan, names)
    yield from _holders(scan, names)
    yield from _bylines(scan, names)
    yield from _speakers(scan, names)


_ON_CAREER: Final = 0.68


def _held(
    scan: Scan, names: Names, run: Sequence[Sequence[Title]], bodies: Mapping[int, int]
) -> tuple[float, list[Candidate]]:
    """Give how sure it is that someone holds the positions of ``run``, 0 where nobody does, and the persons beside."""
    first, last = run[0], run[-1][-1]
    relation = _RELATION.match(scan.text, last.end)
    bar = _BAR.match(scan.text, last.end) if last.role == "journalist" else None
    after = bar.end() if bar else _skip_space(scan.text, relation.end() if relation else last.end)
    end = _name_at(scan, names, after, last)
    if end is not None:
        score = 0.9 if scan.starts_follow(end) else 0.75
        return 0.88, [Candidate(after, end, "PERSON", score, "apposition"), *_listed(scan, names, end)]
    before = _name_before(scan, names, first[0])
    if before is not None:
        return 0.85, [Candidate(before, first[0].start, "PERSON", 0.85, "apposition")]
    opens = _body_start(scan.text, first[0].start, bodies) or first[0].start
    named = _named_before(scan, names, opens, last.end)
    if named is not None:
        return 0.85, [Candidate(*named, "PERSON", 0.85, "apposition")]
    if any(_changes_office(scan.text, chain, start) for chain in run for start in (bodies.get(chain[0].start), None)):
        return 0.7, []
    named = _named_after(scan, names, last)
    return (0.85, [Candidate(*named, "PERSON", 0.85, "apposition")]) if named is not None else (0.0, [])


def _named_before(scan: Scan, names: Names, opens: int, ends: int) -> tuple[int, int] | None:
    """Give the name before positions in brackets, between commas, or after 是: 李明（星河科技董事长）."""
    text = scan.text
    window = max(0, opens - 12)
    bracket = _BRACKET_OPENS.search(text, window, opens)
    comma = _COMMA_OPENS.search(text, window, opens)
    copula = _IS_OPENS.search(text, window, opens)
    if bracket and text[ends : ends + 1] in tuple("）)，,；;"):
        return _name_ending(scan, names, bracket.start())
    if comma and (ends == len(text) or text[ends] in "，,。；;）)—\n"):
        return _name_ending(scan, names, comma.start())
    return _name_ending(scan, names, copula.start()) if copula else None


def _name_ending(scan: Scan, names: Names, end: int) -> tuple[int, int] | None:
    """Give the name of a person that ends at ``end``, 先生 and the like left out."""
    honoured = _HONOURED.search(scan.text, max(0, end - 2), end)
    end = honoured.start() if honoured else end
    index = bisect_left(scan.hits, end - 12, key=lambda hit: hit.start)
    for hit in scan.hits[index : index + 8]:
        if hit.end == end and hit.type in PEOPLE:
            return hit.start, end
    for length in (3, 2, 4):
        start = end - length
        if start < scan.break_before(end) or scan.overhang.covers(start):
            continue
        held = bisect_left(scan.positions, start, key=lambda position: position.start)
        if held < len(scan.positions) and scan.positions[held].end == end:
            return None
        if names.chinese(scan, start, strict=True, floor=2.0) == end and start in scan.borders:
            return start, end
    return None


def _runs(text: str, chains: Sequence[list[Title]], bodies: Mapping[int, int]) -> Iterator[list[list[Title]]]:
    """Group chains that one person holds: 甲公司董事长、乙大学教授 + name."""
    run: list[list[Title]] = []
    for chain in chains:
        body = _body_start(text, chain[0].start, bodies)
        joined = run and body is not None and _LINK.fullmatch(text, run[-1][-1].end, body)
        if run and not joined:
            yield run
            run = []
        run.append(chain)
    if run:
        yield run


_NO_STATION: Final = re.compile("[会处团人级制]|候选|选举|竞选|提名|工作|岗位|的(?!职务)")
"""What shows that a position is nobody's station."""


def _body_start(text: str, start: int, bodies: Mapping[int, int]) -> int | None:
    """Give where the body before a position begins, over 原 or 前 between them."""
    former = _FORMERLY.search(text, max(0, start - 2), start)
    return bodies.get(former.start() if former else start)


def _goes_on(scan: Scan, last: Title, title: Title, bodies: Mapping[int, int]) -> bool:
    """Tell whether ``title`` is a further station of the career that ``last`` stands in."""
    if not 0 <= title.start - last.end <= _LONG_NAME or title.role in (*_NO_OFFICE, "journalist"):
        return False
    begin = max(scan.text.rfind(mark, max(0, last.end - _CAREER), last.end) for mark in "。！？\n") + 1
    if _NO_STATION.match(scan.text, title.end) or not _CV.search(scan.text, begin, last.end):
        return False
    start = _body_start(scan.text, title.start, bodies) or title.start
    return _STATION.fullmatch(scan.text, last.end, max(start, last.end)) is not None


_CAREER: Final = 600


def _as_candidates(chain: Sequence[Title], score: float) -> Iterator[Candidate]:
    for title in chain:
        if title.role != "private":
            yield Candidate(title.start, title.end, "TITLE", score, "office" if title.office else title.role)


def find_titles(scan: Scan, edges: Sequence[Candidate]) -> list[Title]:
    """Give every position that the text names, whether anyone beside it holds it or not.

    A position reaches back over the words that specify it, as far as the organisation or place before it.
    """
    text = scan.text
    ends = sorted(
        {edge.end for edge in edges if edge.label != "LOC" or not text.startswith("首席", edge.start - 2)}
        | {match.end() for match in _POINTED.finditer(text)}
    )
    prefixes = {held.end: held for held in scan.positions if held.position.kind == "prefix"}
    bodies = sorted({edge.end for edge in edges if edge.label != "LOC"})
    within = Cover([(edge.start, edge.end) for edge in edges])
    titles: list[Title] = []
    for held in scan.positions:
        if held.position.kind == "prefix" or (titles and held.start < titles[-1].end):
            continue
        if text.startswith("责任编辑", held.end - 4) or within.splits_before(held.start, held.end):
            continue
        if text.startswith("会", held.end) and text.endswith(_COUNCIL, held.start, held.end):
            continue
        start = held.start
        while start in prefixes:
            start = prefixes[start].start
        index = bisect_left(bodies, held.start + 1) - 1
        start = _to_edge(scan, ends, max(start, min(bodies[index], held.start) if index >= 0 else 0))
        if start not in ends:
            start = _with_committee(text, start, titles[-1].end if titles else 0)
        previous = titles[-1] if titles else None
        apart = index >= 0 and previous is not None and previous.end < bodies[index] <= held.start
        if previous and text[previous.end : previous.end + 1] == "兼" and start <= previous.end + 12 and not apart:
            start = previous.start
            titles.pop()
        elif previous and start < previous.end:
            start = previous.end
        if previous and previous.end == start and previous in titles:
            titles.pop()
            start = previous.start
        titles.append(Title(start, held.end, held.position.role, held.position.kind == "office"))
    return titles


def _with_committee(text: str, start: int, floor: int) -> int:
    """Reach back, not beyond ``floor``, over the board's committee that a position is in: 审计委员会 + 委员."""
    if not text.endswith("委员会", 0, start):
        return start
    for opening in _COMMITTEE_OPENS.finditer(text, max(0, floor, start - 28), start):
        begin = _COMMITTEE_LEAVES.match(text, opening.end()).end()  # type: ignore[union-attr]
        if _COMMITTEE.fullmatch(text, begin, start):
            return begin
    return start


def _to_edge(scan: Scan, ends: Sequence[int], start: int) -> int:
    """Move the start of a position back to the organisation before it, where only specifying words lie between."""
    index = bisect_left(ends, start + 1) - 1
    if index < 0 or start - ends[index] > 14 or ends[index] == start:
        return start
    edge = ends[index]
    between = scan.text[edge:start]
    opened = edge + 2 if between.startswith("首席") else edge
    if scan.cut_before(start) > opened or not all("\u4e00" <= c <= "\u9fff" for c in between):
        return start
    edge += len(between) - len(_FORMER.sub("", between))
    soft = bisect_left(scan.soft, (edge, 0, ""))
    joined = soft < len(scan.soft) and scan.soft[soft].end <= start
    listing = len(between) > 4 and joined and scan.text[scan.soft[soft].start] in "与和"
    return start if joined and not listing else edge


def _chains(text: str, titles: Sequence[Title]) -> Iterator[list[Title]]:
    """Group titles that 、 or 兼 joins; the name after the last holds them all."""
    chain: list[Title] = []
    for title in titles:
        if chain and not (
            title.start - chain[-1].end <= 1 and _TITLE_JOINT.fullmatch(text, chain[-1].end, title.start)
        ):
            yield chain
            chain = []
        chain.append(title)
    if chain:
        yield chain


def _skip_space(text: str, offset: int) -> int:
    while offset < len(text) and text[offset] in " \u3000：:":
        offset += 1
    return offset


def _name_at(scan: Scan, names: Names, start: int, title: Title) -> int | None:
    if scan.text[title.end : title.end + 1] in "会处团人" and title.end == start:
        return None
    named = False
    index = bisect_left(scan.hits, start, key=lambda hit: hit.start)
    if index < len(scan.hits) and scan.hits[index].start == start:
        hit = scan.hits[index]
        if hit.type in PEOPLE:
            return hit.end
        named = not hit.loose and hit.end - hit.start > 2
    if named or start in scan.speech or start in scan.longer_follows:
        return None
    foreign = names.foreign(scan, start)
    chinese = names.chinese(
        scan, start, strict=foreign is not None and foreign - start > 3, floor=2.0 if title.role in _NO_OFFICE else -4.0
    )
    if title.office and foreign is not None and (chinese is None or foreign - start > 3):
        return foreign
    if chinese is not None:
        return chinese
    return foreign if foreign is not None and scan.starts_follow(foreign) and foreign - start <= 12 else None


def _listed(scan: Scan, names: Names, end: int) -> Iterator[Candidate]:
    """Give the names that go on after a person: 、李四, 和王五."""
    text = scan.text
    while end < len(text) and text[end] in "、和及与 ":
        start = end + 1
        following = names.chinese(scan, start, strict=True, floor=0.0)
        if following is None:
            return
        yield Candidate(start, following, "PERSON", 0.72, "list")
        end = following


def _changes_office(text: str, chain: Sequence[Title], body: int | None) -> bool:
    """Tell whether the words around titles speak of taking, holding or leaving an office; ``body`` starts the
    organisation right before them, if one stands there."""
    first, last = chain[0], chain[-1]
    if text[last.end : last.end + 1] in tuple("会处团人级制") or last.role in (*_NO_OFFICE, "journalist"):
        return False
    start = first.start if body is None else body
    before = text[max(0, start - 8) : start]
    if _BEFORE_CHANGE.search(before):
        return not (first.office and before.endswith("现任") and _ACTS.match(text, last.end))
    return bool(_OFFICE.match(text, last.end)) and last.role in ("executive", "any", "official")


def _named_after(scan: Scan, names: Names, title: Title) -> tuple[int, int] | None:
    """Give the name after a title and 是 or 为: 董事长是李明."""
    copula = _COPULA.match(scan.text, title.end)
    if copula is None:
        return None
    end = names.chinese(scan, copula.end(), strict=True, floor=1.0) or _latin_name(scan.text, copula.end())
    return (copula.end(), end) if end is not None else None


def _latin_name(text: str, start: int) -> int | None:
    match = _LATIN_NAME.match(text, start)
    return match.end() if match else None


def _specified(scan: Scan, names: Names, edges: Sequence[Candidate], title: Title) -> Title:
    """Reach back over the words that say in what a named holder is an expert: 产业经济 + 观察家."""
    if title.role != "expert" or _name_at(scan, names, title.end, title) is None:
        return title
    edge = max(scan.cut_before(title.start), title.start - 14)
    words = scan.text[edge : title.start]
    soft = bisect_left(scan.soft, edge, key=lambda word: word.start)
    crossed = soft < len(scan.soft) and scan.soft[soft].end <= title.start
    index = bisect_left(edges, edge - _LONG_NAME, key=lambda found: found.start)
    while index < len(edges) and edges[index].start < title.start:
        crossed = crossed or edges[index].end > edge
        index += 1
    if not words or crossed or not all("\u4e00" <= c <= "\u9fff" for c in words):
        return title
    return title._replace(start=edge + len(words) - len(_OWN_BODY.sub("", words)))


def _name_before(scan: Scan, names: Names, title: Title) -> int | None:
    """Give where a name that stands right before an office begins: 李明 + 主席."""
    if title.role not in ("official", "any", "executive") or title.end - title.start > 4:
        return None
    if scan.text.endswith("代表", title.start, title.end):  # a verb: 李明代表公司发言
        return None
    index = bisect_left(scan.hits, title.start - 4, key=lambda hit: hit.start)
    for hit in scan.hits[index : index + 3]:
        if hit.end == title.start and hit.type in PEOPLE:
            return hit.start
    for length in (3, 2, 4):
        start = title.start - length
        if start < 0 or scan.overhang.covers(start) or start < scan.break_before(title.start):
            continue
        if names.chinese(scan, start, strict=True, floor=5.0) == title.start and start in scan.borders:
            return start
    return None


_TAKES_OFFICE: Final = re.compile(
    r"(?:出任|辞任|担任|接任|升任|兼任|辞去|获任|获聘|卸任|履新|就任|上任|当选|不再担任|不再兼任|空降|接棒|到龄退休|因工作|因个人|因任职|因年龄|因涉嫌|已免去|被免去|任职资格|将任|拟任|加盟|旗下|曾任|历任|现任|现为|曾先后|曾担任|此前任|此前担任|先后任|毕业于)"
)
_APPOINTS: Final = re.compile(
    "(?:聘任|任命|选举|提名|推选|推举|增补|委任|聘请|改选)(?=[\u4e00-\u9fff]{2,4}(?:先生|女士)?(?:为|担任|出任|任))"
)
_BECOMES: Final = re.compile("(?:先生|女士)?(?:为|担任|出任|任)")


def _movers(scan: Scan, names: Names) -> Iterator[Candidate]:
    """Give the names before the verbs of taking and leaving an office."""
    for match in _TAKES_OFFICE.finditer(scan.text):
        for length in (3, 2):
            start = match.start() - length
            if start < 0 or scan.overhang.covers(start) or start < scan.break_before(match.start()):
                continue
            end = names.chinese(scan, start, strict=True, floor=3.0)
            if end == match.start() and start in scan.borders:
                yield Candidate(start, end, "PERSON", 0.78, "mover")
                break
    for match in _APPOINTS.finditer(scan.text):
        for length in (3, 2, 4):
            end = match.end() + length
            becomes = _BECOMES.match(scan.text, end)
            if scan.text[end - 1 : end + 1] in ("担任", "出任", "接任", "兼任"):
                continue
            if becomes and names.ratio(scan.text[match.end() : end]) > 0.0 and names.is_surname(scan.text[match.end()]):
                yield Candidate(match.end(), end, "PERSON", 0.95, "mover")
                break


def _holders(scan: Scan, names: Names) -> Iterator[Candidate]:
    for match in _HOLDER.finditer(scan.text):
        if _skip_space(scan.text, match.end()) in scan.longer_follows:
            continue
        end = names.chinese(scan, _skip_space(scan.text, match.end()), strict=True, floor=1.0)
        if end is not None:
            start = _skip_space(scan.text, match.end())
            yield Candidate(start, end, "PERSON", 0.8, "holder")
            yield from _listed(scan, names, end)


def _bylines(scan: Scan, names: Names) -> Iterator[Candidate]:
    text = scan.text
    for match in _BYLINE.finditer(text):
        start = match.end()
        while (end := names.chinese(scan, start, strict=True, floor=-3.0)) is not None:
            yield Candidate(start, end, "PERSON", 0.9, "byline")
            apart = _NAMES_APART.match(text, end)
            if apart is None:
                break
            start = apart.end()
    for match in _SIGNED.finditer(text):
        for group in (2, 3) if match[2] else ():
            if names.chinese(scan, match.start(group), strict=True, floor=-1.0) == match.end(group):
                yield Candidate(*match.span(group), "PERSON", 0.88, "byline")
        if match[1] and names.chinese(scan, match.start(1), strict=True, floor=-1.0) == match.end(1):
            last = match.end() >= len(text.rstrip()) or text[match.start()] in "讯电消"
            if last:
                yield Candidate(match.start(1), match.end(1), "PERSON", 0.88, "byline")


def _speakers(scan: Scan, names: Names) -> Iterator[Candidate]:
    """Give Chinese names at the start of a clause whose next word is one of speech, and names with 先生 or a birth."""
    text = scan.text
    for match in _CLAUSE.finditer(text):
        start = match.end()
        end = names.chinese(scan, start, strict=True, floor=2.5)
        if end is None:
            foreign = names.foreign(scan, start)
            if foreign is not None and foreign - start >= 3 and foreign in scan.speech:
                yield Candidate(start, foreign, "PERSON", 0.7, "speaker")
            continue
        if end in scan.speech and scan.text[end : end + 1] not in "还也则均同":
            yield Candidate(start, end, "PERSON", 0.78 if end - start == 3 else 0.6, "speaker")
        elif _BIRTH.match(text, end):
            yield Candidate(start, end, "PERSON", 0.85, "birth")
    for match in _UNNAMED.finditer(text):
        start = match.start()
        if names.is_surname(match[1]) and start in scan.borders:
            yield Candidate(start, match.end(), "PERSON", 0.75, "surname")
    for match in _HONORIFIC.finditer(text):
        for length in (3, 2):
            start = match.start() - length
            if start >= scan.break_before(match.start()) and names.chinese(scan, start, strict=False) == match.start():
                yield Candidate(start, match.start(), "PERSON", 0.75, "honorific")
                break
