"""Names of organisations, by the words that end them and the bounds that begin them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from finnlp_zh.stages.entities.candidates import Candidate, Label
from finnlp_zh.stages.entities.gazetteer import Cover, Gazetteer, Scan, Word

_LONGEST: Final = 32
_JOINING: Final = frozenset("和与及以为系即到都等予诉其据")
"""Characters that bound a registered name only where the name on their left is complete."""
_DATED: Final = re.compile(
    r"(?:[0-9０-９]+(?:[.,:－\-][0-9]+)*(?:年度?|月份?|日|时|点|号|家|个|亿|万|元|%|％|股|届|次|名)?)+(?:晚间?|上午|下午|早间|起|讯)?"
)
_LEADING: Final = re.compile(r"[.*\-－·&＆）)]+")
WEAK: Final = 0.42
"""Too low to stand alone: such a name needs the head's support."""
_COMPANY_ACTS: Final = re.compile(
    "(?:发布公告|公告|披露|表示|回应|宣布|发布|[（(](?:行情|[0-9]{5,6}|S[HZ])|控股股东|实控人|实际控制人|股东|股价|董事长|董秘|总经理|创始人|拟|子公司|旗下|联合创始人)"
)
_LATIN_COMPANY: Final = re.compile(
    r"[A-Z][A-Za-z.&'\-]{0,40}(?:[ ,]{1,2}(?:[（(][A-Za-z ]{2,20}[)）]|[A-Za-z&.'\-]{1,40})){0,7}?[ ,]{1,2}"
    r"(?:Ltd|Limited|Inc|Corp|Corporation|Incorporation|Incorporated|GmbH|B\.V|N\.V|S\.A|S\.p\.A|S\.R\.L|PLC|plc|LLC|LLP|LP|L\.P|AG|SE|Zrt|Holdings|Group|Company|Co)(?![A-Za-z])[.．]?"
    r"(?:,? ?(?:Ltd|Limited|Inc|LLC)[.．]?)?"
)
_LATIN_BODY: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9&.\-]{0,40}(?: [A-Z][A-Za-z0-9&.\-]{0,40}){0,4}"
    r" ?(?:公司|集团|银行|资本|基金)(?!法|业|债)"
)
_CONTROLLING: Final = re.compile("(?:股东|子公司|孙公司|公司|权|的|地位|下|方)")
_COUNTY: Final = re.compile("[\u4e00-\u9fff]{2,3}[省市县区]")
_COUNTED: Final = re.compile(r"第?[0-9一二两三四五六七八九十百数多几]+[家个大所]")
_ONE_OF_A_KIND: Final = re.compile("(?:[一两三四五六七八九十几数多某][所座间]|其)$")
"""What shows that an institution is described and not named: 一所 + 寄宿学校."""
_OPENS: Final = re.compile("含(?![山光羞章])|继(?=[^。；\n]{2,80}后)")
"""Words of one character right before the first of several names: 含甲中心, 继甲大学、乙学院之后."""
_WITHIN: Final = re.compile("自(?:动|然|控|主|来水|由|贸|助|强|立|治)|系统")
"""Words that begin with a character that else bounds names."""
_SCORES: Final = {
    "legal": 0.93,
    "weak": 0.42,
    "company": 0.72,
    "institution": 0.78,
    "press": 0.55,
    "state": 0.9,
    "organ": 0.9,
}
_ATTACHED: Final = re.compile(
    "附属(?:第[一二三四五六七八九十]+)?[\u4e00-\u9fff]{0,6}?(?:医院|中学|小学|幼儿园|实验学校)"
    "|[（(](?:特殊普通合伙|普通合伙|有限合伙)[）)]"
)
"""What belongs to a name though its words bound names: 附属第二医院 of a university, the form of a partnership."""
_SOME_BRANCH: Final = re.compile("某(?:支行|分行|分公司|营业部|网点)")
_BANKING_PART: Final = re.compile("(?:分行|支行|研究[所院])[\u4e00-\u9fff]{0,6}银行$")
_NO_PARTS: Final = frozenset(("部署", "好处", "之处", "深处"))


def find_foreign(text: str) -> Iterator[Candidate]:
    """Give the names of organisations in Latin letters with a legal form, or a Chinese word for one, at their end."""
    for match in _LATIN_COMPANY.finditer(text):
        yield Candidate(match.start(), match.end(), "ORG", 0.92, "legal")
    for match in _LATIN_BODY.finditer(text):
        yield Candidate(match.start(), match.end(), "ORG", 0.88, "legal")


def find_organisations(scan: Scan, gazetteer: Gazetteer) -> Iterator[Candidate]:
    """Give the names that end in a word for an organisation."""
    known = Cover([(hit.start, hit.end) for hit in scan.hits if not hit.loose])
    places = Cover([(place.start, place.end) for place in scan.places])
    starts = {hit.start for hit in scan.hits if not hit.loose} | {place.start for place in scan.places}
    states = {hit.start for hit in scan.hits if hit.type == "REGULATOR" and not hit.loose}
    owned = {hit.end: hit.start for hit in scan.hits if not hit.loose}
    ends = set(owned)
    countries = {
        place.start: place.end
        for place in scan.places
        if place.source == "country" and not scan.text.startswith("中", place.start)
    }
    for word in scan.last_words(("legal", "company", "weak", "institution", "press")):
        start = _without_country(scan, _left_edge(scan, word, known, places, (starts, ends)), word, countries)
        if start < owned.get(word.end, start) and not places.touches(start, word.start):
            continue
        candidate = _judge(scan, gazetteer, start, word, known=start in starts)
        if candidate:
            yield candidate._replace(label="REGULATOR") if start in states else candidate


def _without_country(scan: Scan, start: int, word: Word, countries: dict[int, int]) -> int:
    """Leave a country that only describes out of a name: 美国 | 高盛集团."""
    end = countries.get(start)
    if end is None or word.kind not in ("company", "institution", "weak") or word.start - end < 2:
        return start
    if scan.text.startswith("国家", end):
        return start
    if word.kind == "institution" and scan.text[word.start : word.end] not in ("大学", "学院", "银行"):
        return start
    return end


def _left_edge(scan: Scan, word: Word, known: Cover, places: Cover, borders: tuple[set[int], set[int]]) -> int:
    """Give where the name that ends with ``word`` begins; ``borders`` are starts and ends of known names."""
    text = scan.text
    starts, ends = borders
    cut = scan.cut_before(word.start) if word.kind == "institution" else scan.noun_cut_before(word.start)
    edge = max(cut, word.start - _LONGEST)
    index = bisect_left(scan.soft, (edge, 0, ""))
    while index < len(scan.soft) and scan.soft[index].end <= word.start:
        soft = scan.soft[index]
        index += 1
        if soft.start < edge or known.holds(soft.start, soft.end) or places.holds(soft.start, soft.end):
            continue
        if _WITHIN.match(text, soft.start):
            continue
        joining = text[soft.start : soft.end] in _JOINING
        begins = soft.end in starts or _COUNTY.match(text, soft.end)
        ended = soft.start in ends or soft.start == edge or _ends_name(text, soft.start)
        if word.kind != "legal" or not joining or begins or ended:
            edge = soft.end
    for match in (_DATED.match(text, edge), _LEADING.match(text, edge), _OPENS.match(text, edge)):
        if match and match.end() <= word.start and match[0][-1] not in "0123456789":
            edge = match.end()
    return edge


def _ends_name(text: str, end: int) -> bool:
    return text.endswith(("公司", "集团", "银行", "中心", "合伙）", "合伙)"), 0, end)


def _judge(scan: Scan, gazetteer: Gazetteer, start: int, word: Word, *, known: bool) -> Candidate | None:
    """Give the name from ``start`` to the end of ``word``, if it is one; ``known`` where a known name begins it."""
    text = scan.text
    body = text[start : word.start]
    if len(body) < 2 or body in gazetteer.generic or _COUNTED.match(body) or "某" in body:
        return None
    if text.endswith("控股", 0, word.end) and _CONTROLLING.match(text, word.end):
        return None
    if word.kind == "legal":
        return Candidate(start, word.end, "ORG", _SCORES["legal"], "legal")
    if word.kind == "press":
        cited = text.startswith(("讯", "记者", "报道", "》", "消息"), word.end)
        return Candidate(start, word.end, "ORG", _SCORES["press"], "press") if cited and len(body) <= 8 else None
    return _judge_short(text, gazetteer, start, word, known=known)


def _judge_short(text: str, gazetteer: Gazetteer, start: int, word: Word, *, known: bool) -> Candidate | None:
    body = text[start : word.start]
    if body.startswith(gazetteer.generic_starts) or len(body) > 14:
        return None
    described = body[-1] in "大中小各所家本该名" or _ONE_OF_A_KIND.search(text, max(0, start - 2), start)
    if word.kind == "institution" and described:
        return None
    if body[-1] == "系" and text.startswith("公司", word.start):  # 云帆新材系公司全资子公司
        return None
    if word.kind == "weak":
        return _judge_weak(text, start, word)
    exchange = text.endswith(("证券交易所", "期货交易所"), start, word.end)
    label: Label = "REGULATOR" if exchange else "ORG"
    score = _SCORES[word.kind] + (0.1 if known else -0.15 if len(body) > 8 else 0.0)
    return Candidate(start, word.end, label, score, word.kind)


def _judge_weak(text: str, start: int, word: Word) -> Candidate | None:
    """Judge what may be a company's short name or an ordinary phrase: 云帆新材, but also 新型电池."""
    length = word.start - start
    if length > 4 or not text[start : word.end].isalnum():
        return None
    opens = start == 0 or text[start - 1] in "，。；：、“（(【》\n \u3000"
    shown = opens and length <= 3 and _COMPANY_ACTS.match(text, word.end)
    return Candidate(start, word.end, "ORG", 0.66 if shown else WEAK, "weak")


def extend_to_parts(scan: Scan, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Give the longest unit for names that a part follows: 工信部 + 网安局, 清华大学 + 五道口金融学院 + 研究中心."""
    by_end: dict[int, list[Word]] = {}
    for word in scan.words:
        if word.kind in ("part", "department"):
            by_end.setdefault(word.end, []).append(word)
    part_ends = sorted(by_end)
    seats = {place.start: place.end for place in scan.places}
    named = {hit.end: hit.start for hit in scan.hits if not hit.loose}
    for candidate in found:
        if candidate.label not in ("ORG", "REGULATOR"):
            continue
        kind = "part" if candidate.label == "ORG" else "department"
        end = candidate.end
        while (longer := _part_end(scan, end, kind, by_end, part_ends, named)) is not None:
            end = longer
        attached = _ATTACHED.match(scan.text, end) if candidate.label == "ORG" else None
        if attached:
            end = attached.end()
        if branch := _SOME_BRANCH.match(scan.text, seats.get(end, end)):
            end = branch.end()
        if _BANKING_PART.search(scan.text, candidate.start, end):  # 交易银行 is the name of a department: 交易银行 + 部
            end = next((o for o in (end + 1, end + 3) if o in by_end and _opens_position(scan, o)), end)
        if end > candidate.end:
            yield candidate._replace(end=end, score=max(candidate.score - 0.02, 0.5), rule=candidate.rule + "+part")


def _opens_position(scan: Scan, offset: int) -> bool:
    index = bisect_left(scan.positions, offset, key=lambda held: held.start)
    return index < len(scan.positions) and scan.positions[index].start == offset


def _part_end(
    scan: Scan, start: int, kind: str, by_end: dict[int, list[Word]], ends: Sequence[int], named: dict[int, int]
) -> int | None:
    text = scan.text
    limit = min(start + 16, scan.break_after(start))
    cut = scan.first_cut(start)
    index = bisect_left(ends, start + 2)
    while index < len(ends) and ends[index] <= limit:
        end = ends[index]
        index += 1
        for word in by_end[end]:
            if word.kind != kind or word.start < start or (cut is not None and cut <= word.start):
                continue
            body = text[start : word.start]
            if body.startswith(("有关", "相关")):
                continue
            if (not body and end - word.start < 3) or len(body) == 1 or scan.holds_name(start, word.start):
                continue
            if scan.has_soft(start, word.start) and (kind == "department" or len(body) < 5):
                continue
            single = end - word.start == 1
            if text[end - 2 : end] in _NO_PARTS or text.startswith(
                tuple("长员股于理置罚在" if single else "长员"), end
            ):
                continue
            if start < named.get(end, 0) <= word.start:  # the part is a body of its own
                continue
            if any(start <= held.start < word.start for held in scan.positions if held.position.kind != "prefix"):
                continue
            return end
    return None
