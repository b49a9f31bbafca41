"""Names of organisations and state bodies, by the words that end them and the places and bounds that begin them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from typing import Final

from finnlp_zh.stages.entities.candidates import Candidate, Label
from finnlp_zh.stages.entities.definitions import MARKS
from finnlp_zh.stages.entities.gazetteer import FORCES, Cover, Gazetteer, Hit, Scan, Word

_LONGEST: Final = 32
_JOINING: Final = frozenset("和与及以为系即到都等予诉其据")
"""Characters that bound a registered name only where the name on their left is complete."""
_DATED: Final = re.compile(
    r"(?:[0-9０-９]+(?:[.,:－\-][0-9]+)*(?:年度?|月份?|日|时|点|号|家|个|亿|万|元|%|％|股|届|次|名)?)+(?:晚间?|上午|下午|早间|起|讯)?"
)
_LEADING: Final = re.compile(r"[.*\-－·&＆）)]+")
_STATE: Final = re.compile(r"(?:国家|国务院|中共中央|中央|全国)")
_STATE_END: Final = re.compile(
    r"(?:国家[\u4e00-\u9fff]{2,12}?(?:总局|管理局|监督管理局|委员会|局)"
    r"|国务院(?:(?!决策|批准|部署|领导同志|有关)[\u4e00-\u9fff]{2,16}?(?:办公室|委员会|领导小组|国资委))?"
    r"|中共中央(?:[\u4e00-\u9fff]{2,10}?(?:委员会|办公厅|办公室|组织部|宣传部|纪委|对外联络部|政治局))?"
    r"|中央[\u4e00-\u9fff]{2,12}?(?:委员会|办公室|领导小组)"
    r"|全国(?:人大|政协|人民代表大会)(?:常务委员会|常委会)?)"
)
_AREA: Final = re.compile(r"(?:[\u4e00-\u9fff]{2,4}(?:自治州|自治县|自治区|地区|新区|省|市|县|区|州|旗|镇))+")
_TAIL: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{0,4}?(?:集团股份有限公司|集团有限公司|股份有限公司|有限责任公司|有限公司|集团(?:公司)?)"
    r"|(?:控股(?!股东|子公司|公司|权|的)|证券|基金|财险|人寿|银行|资本|公司|产险|寿险|信托|期货|资管|租赁|研究院|研究所|医院|大学)"
    r"(?!行业|市场|经理|人))"
)
WEAK: Final = 0.42
"""Too low to stand alone: such a name needs the head's support."""
_COMPANY_ACTS: Final = re.compile(
    "(?:发布公告|公告|披露|表示|回应|宣布|发布|[（(](?:行情|[0-9]{5,6}|S[HZ])|控股股东|实控人|实际控制人|股东|股价|董事长|董秘|总经理|创始人|拟|子公司|旗下|联合创始人)"
)
_COMPANY_WORDS: Final = re.compile(
    "(?:股票|股价|股份|市值|旗下|财报|年报|公告|方面|宣布|发布|CEO|首席|董事长|总裁|创始人|客户|供应商|概念股|产业链|等公司|等企业|等客户|等巨头)"
)
_LATIN_COMPANY: Final = re.compile(
    r"[A-Z][A-Za-z.&'\-]*(?:[ ,]{1,2}(?:[（(][A-Za-z ]{2,20}[)）]|[A-Za-z&.'\-]+)){0,7}?[ ,]{1,2}"
    r"(?:Ltd|Limited|Inc|Corp|Corporation|Incorporation|Incorporated|GmbH|B\.V|N\.V|S\.A|S\.p\.A|S\.R\.L|PLC|plc|LLC|LLP|LP|L\.P|AG|SE|Zrt|Holdings|Group|Company|Co)(?![A-Za-z])[.．]?"
    r"(?:,? ?(?:Ltd|Limited|Inc|LLC)[.．]?)?"
)
_LATIN_BODY: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9&.\-]*(?: [A-Z][A-Za-z0-9&.\-]*){0,4} ?(?:公司|集团|银行|资本|基金)(?!法|业|债)"
)
NO_PLACE: Final = re.compile("(?:(?:财经|主流|官方)?媒体|[东西南北中]?[一二三]?[路街](?!径|透|演|线)|大道|大街|弄)")
"""What stands after a place that is only part of another name."""
_BRANCH: Final = re.compile("(?:分行|分公司|分所|支行|子公司(?=总经理|负责人))(?!行长会)")
_SHARE_CLASS: Final = re.compile("-(?:SW|WR|UW|W|S|B|U|P)(?![A-Za-z])")
_SIDE: Final = re.compile(r"(?:^|(?<=[\n 　]))([美俄乌伊以日韩英法德欧朝印])(?=称|说|要求|将对)")
_DISTRICT: Final = re.compile(
    r"(?!本|该|全|市|城|郊|辖|园|山区|老|各|两|多|乡|中心|重点|棚户|主要|部分|周边)[\u4e00-\u9fff]{1,4}?(?:自治[州县旗]|地区|新区|开发区|[区县市镇乡盟])(?<!城市)(?![\u4e00-\u9fff]?(?:政策|块链|级|域|委|长|场|别|值))"
)
_FOREIGN_AREA: Final = re.compile("(?:地区|特区)")
_LOCAL: Final = re.compile(r"[\u4e00-\u9fff]{1,4}(?:中级|高级|基层|铁路运输|金融|知识产权|海事)?$")
_DEPARTMENT_BODY: Final = re.compile(r"[\u4e00-\u9fff]{2,12}")
_HEADQUARTERS: Final = re.compile(r"(?:[\u4e00-\u9fff]{2,8}?)(?:分公司|分行|支行|营业部|分局|支队)")
_CONTROLLING: Final = re.compile("(?:股东|子公司|孙公司|公司|权|的|地位|下|方)")
_COUNTY: Final = re.compile("[\u4e00-\u9fff]{2,3}[省市县区]")
_COUNTED: Final = re.compile(r"[0-9一二两三四五六七八九十百数多几]+[家个大所]")
_SCORES: Final = {
    "legal": 0.93,
    "weak": 0.42,
    "company": 0.72,
    "institution": 0.78,
    "press": 0.55,
    "state": 0.9,
    "organ": 0.9,
}


def find_known(scan: Scan) -> Iterator[Candidate]:
    """Give the names that the resources hold, and places."""
    text = scan.text
    places = {(place.start, place.end) for place in scan.places}
    for hit in scan.hits:
        headed = text[hit.end - 1] in "部局司厅处署" and text.startswith("长", hit.end)
        if hit.loose or (hit.type == "REGULATOR" and (headed or (hit.start, hit.end) in places)):
            continue
        start = hit.start
        if hit.source == "knowledge" and hit.type == "ORG":
            start = next((start - len(mark) for mark in MARKS if text.endswith(mark, 0, start)), start)
        share = _SHARE_CLASS.match(text, hit.end) if hit.type == "ORG" else None
        if share:
            yield Candidate(start, share.end(), "ORG", 0.93, "share class")
        yield Candidate(start, hit.end, hit.type, 0.97 if hit.source == "lexicon" else 0.88, hit.source)
        if hit.type == "ORG" and (tail := _TAIL.match(text, hit.end)) and _joins(scan, hit.end, tail.end()):
            yield Candidate(start, tail.end(), "ORG", 0.9, "known+suffix")
    for start, end in _joined_places(scan):
        yield Candidate(start, end, "LOC", 0.8, "place")
    for place in scan.places:
        if (branch := _BRANCH.match(text, place.end)) and place.source in ("province", "city"):
            yield Candidate(place.start, branch.end(), "ORG", 0.78, "branch")
    for match in _LATIN_COMPANY.finditer(text):
        yield Candidate(match.start(), match.end(), "ORG", 0.92, "legal")
    for match in _LATIN_BODY.finditer(text):
        yield Candidate(match.start(), match.end(), "ORG", 0.88, "legal")
    for match in _SIDE.finditer(text):
        yield Candidate(match.start(1), match.end(1), "LOC", 0.8, "side")


def find_loose(scan: Scan, kept: Sequence[Candidate], vouched: Container[str]) -> Iterator[Candidate]:
    """Give the ambiguous names that something shows to be names.

    That is an entity found under another form (``vouched``), a word of companies after it, or a list with companies.
    """
    text = scan.text
    ends = {candidate.end for candidate in kept if candidate.label == "ORG"}
    starts = {candidate.start for candidate in kept if candidate.label == "ORG"}
    loose = [hit for hit in scan.hits if hit.loose and not FORCES.fullmatch(text, hit.start, hit.end)]
    for hit in (*loose, *reversed(loose)):
        listed = (hit.start - 1 in ends and text[hit.start - 1] in "、和与") or (
            hit.end + 1 in starts and text[hit.end] in "、和与"
        )
        shown = hit.type == "ORG" and (listed or _COMPANY_WORDS.match(text, hit.end))
        if shown or text[hit.start : hit.end] in vouched:
            ends.add(hit.end)
            starts.add(hit.start)
            yield Candidate(hit.start, hit.end, hit.type, 0.82, "loose")


def _joins(scan: Scan, start: int, end: int) -> bool:
    return not _crosses(scan, start, end) and not _has_soft(scan, start, end) and not _holds_name(scan, start, end)


def _joined_places(scan: Scan) -> Iterator[tuple[int, int]]:
    """Join a place with the places inside it that follow: 山东 + 潍坊, 新疆阿勒泰地区 + 富蕴县."""
    pending: tuple[int, int, str] | None = None
    for place in scan.places:
        joins = pending is not None and place.start == pending[1] and place.source in ("city", "district")
        if pending and joins and pending[2] in ("province", "city"):
            pending = (pending[0], _area_end(scan, place.end, place.source), place.source)
            continue
        if pending:
            yield pending[:2]
        if place.source == "district" and scan.text[place.end : place.end + 1] not in "区县市":
            pending = None
            continue
        pending = (place.start, _area_end(scan, place.end, place.source), place.source)
    if pending:
        yield pending[:2]


def _area_end(scan: Scan, end: int, kind: str) -> int:
    """Give where the districts named after a place end: 包头市 + 昆都仑区."""
    if kind not in ("province", "city", "district", "foreign"):
        return end
    while area := (_FOREIGN_AREA if kind == "foreign" else _DISTRICT).match(scan.text, end):
        if _crosses(scan, end, area.end()) or scan.overhang.covers(area.end()) or _has_soft(scan, end, area.end()):
            return end
        end = area.end()
    return end


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
    for word in _last_words(scan.words, ("legal", "company", "weak", "institution", "press")):
        start = _without_country(scan, _left_edge(scan, word, known, places, (starts, ends)), word, countries)
        if start < owned.get(word.end, start) and not places.touches(start, word.start):
            continue
        candidate = _judge(scan, gazetteer, start, word, known=start in starts)
        if candidate:
            yield candidate._replace(label="REGULATOR") if start in states else candidate


def _last_words(words: Sequence[Word], kinds: Sequence[str]) -> Iterator[Word]:
    """Give the longest word at each end, leaving out those that a longer word of these kinds goes on from."""
    by_end: dict[int, Word] = {}
    for word in words:
        if word.kind in kinds:
            known = by_end.get(word.end)
            if known is None or word.start < known.start:
                by_end[word.end] = word
    inside = Cover(_maximal([(word.start, word.end) for word in by_end.values()]))
    for word in by_end.values():
        if not inside.holds(word.start, word.end):
            yield word


def _maximal(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


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
        joining = text[soft.start : soft.end] in _JOINING
        begins = soft.end in starts or _COUNTY.match(text, soft.end)
        ended = soft.start in ends or soft.start == edge or _ends_name(text, soft.start)
        if word.kind != "legal" or not joining or begins or ended:
            edge = soft.end
    for match in (_DATED.match(text, edge), _LEADING.match(text, edge)):
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
    if word.kind == "institution" and body[-1] in "大中小各所家本该名":
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


def find_state_bodies(scan: Scan, gazetteer: Gazetteer) -> Iterator[Candidate]:
    """Give the state bodies that a place or 国家, 中央, 国务院 begins, at home and abroad."""
    text = scan.text
    ends = {place.end: place for place in scan.places if place.source != "country"}
    for match in _STATE.finditer(text):
        body = _STATE_END.match(text, match.start())
        if body and not _crosses(scan, body.start() + 2, body.end()) and not _holds_title(scan, *body.span()):
            start = _with_places(ends, body.start(), scan.cut_before(body.start()))
            yield Candidate(start, body.end(), "REGULATOR", 0.87, "national")
    ends = {place.end: place for place in scan.places}
    for word in _last_words(scan.words, ("state", "organ")):
        seat = _seat(scan, word, ends, gazetteer)
        headed = text[word.end - 1] in "部局司厅处署" and text.startswith("长", word.end)
        if seat is not None and not headed:
            start = _with_places(ends, seat, scan.cut_before(seat))
            yield Candidate(start, word.end, "REGULATOR", _SCORES[word.kind], word.kind)


def _seat(scan: Scan, word: Word, ends: dict[int, Hit], gazetteer: Gazetteer) -> int | None:
    """Give where the place before a state body begins, or None where none stands there."""
    text = scan.text
    edge = scan.cut_before(word.start)
    start = word.start
    if word.kind == "organ" and start not in ends:
        before = text[start - 1 : start]
        abbreviated = before in gazetteer.abbreviations and (start - 1 == edge or start - 1 in scan.follows)
        return start - 1 if abbreviated and word.end - word.start > 2 else None
    while start in ends and ends[start].start >= edge:
        start = ends[start].start
    if start < word.start or word.kind != "state":
        return start if start < word.start else None
    area = _AREA.search(text, edge, word.start)
    if area and area.end() == word.start:
        first = area.start()
        while first in ends and ends[first].start >= edge:
            first = ends[first].start
        return first
    for start in range(word.start - 1, max(edge, word.start - 6), -1):
        local = _LOCAL.fullmatch(text, start, word.start) if start in ends else None
        if local and not local[0].startswith(("相关", "有关", "当地", "地方", "各级", "多地", "的")):
            return ends[start].start
    return None


def _with_places(ends: dict[int, Hit], start: int, edge: int) -> int:
    """Give the start of the places that stand right before ``start``."""
    while start in ends and ends[start].start >= edge and ends[start].source != "country":
        start = ends[start].start
    return start


def _holds_title(scan: Scan, start: int, end: int) -> bool:
    index = bisect_left(scan.positions, start, key=lambda held: held.start)
    inside = (held for held in scan.positions[index : index + 8] if held.start < end)
    return any(held.position.kind == "office" for held in inside)


def _crosses(scan: Scan, start: int, end: int) -> bool:
    return scan.cut_before(end) > start


def extend_to_parts(scan: Scan, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Give the longest unit for names that a part follows: 工信部 + 网安局, 清华大学 + 五道口金融学院 + 研究中心."""
    by_end: dict[int, list[Word]] = {}
    for word in scan.words:
        if word.kind in ("part", "department"):
            by_end.setdefault(word.end, []).append(word)
    part_ends = sorted(by_end)
    for candidate in found:
        if candidate.label not in ("ORG", "REGULATOR"):
            continue
        kind = "part" if candidate.label == "ORG" else "department"
        end = candidate.end
        while (longer := _part_end(scan, end, kind, by_end, part_ends)) is not None:
            end = longer
        if end > candidate.end:
            yield candidate._replace(end=end, score=max(candidate.score - 0.02, 0.5), rule=candidate.rule + "+part")


_NO_PARTS: Final = frozenset(("部署", "好处", "之处", "深处"))


def _part_end(scan: Scan, start: int, kind: str, by_end: dict[int, list[Word]], ends: Sequence[int]) -> int | None:
    text = scan.text
    limit = min(start + 16, scan.break_after(start))
    cut = _first_cut(scan, start)
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
            if (not body and end - word.start < 3) or len(body) == 1 or _holds_name(scan, start, word.start):
                continue
            if _has_soft(scan, start, word.start) and (kind == "department" or len(body) < 5):
                continue
            if text[end - 2 : end] in _NO_PARTS or text.startswith(tuple("长员股于理置罚在"), end):
                continue
            if any(start <= held.start < word.start for held in scan.positions if held.position.kind != "prefix"):
                continue
            return end
    return None


def _holds_name(scan: Scan, start: int, end: int) -> bool:
    index = bisect_left(scan.hits, start, key=lambda hit: hit.start)
    return index < len(scan.hits) and scan.hits[index].end <= end and not scan.hits[index].loose


def _first_cut(scan: Scan, offset: int) -> int | None:
    index = bisect_left(scan.cuts, offset + 1)
    return scan.cuts[index] if index < len(scan.cuts) else None


def _has_soft(scan: Scan, start: int, end: int) -> bool:
    index = bisect_left(scan.soft, (start, 0, ""))
    return index < len(scan.soft) and scan.soft[index].end <= end
